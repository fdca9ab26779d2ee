import { setTimeout as sleep } from 'node:timers/promises';
import { RedisServer } from './support/redis-server.js';
import { closeRests, openRest, type Answered } from './support/rest.js';

const ENTRY = '/api/v1/caches/c/entries/k';
const BATCH = '/api/v1/caches/c/entries/batch';

describe('What is not the fault of the client', () => {
  afterEach(closeRests);

  const kind = ({ status, json }: Answered) => [status, (json.type as string).split('/').at(-1)];

  it('is 503 when Redis is away, with Retry-After, and over when Redis is back', async () => {
    const redis = await RedisServer.start();
    const away = await openRest({ redis });
    try {
      expect((await away.ask('PUT', ENTRY, { body: { value: 1 } })).status).toBe(201);
      await redis.kill();
      for (const [method, path, body] of [
        ['GET', '/api/v1/caches'],
        ['PUT', '/api/v1/caches/c', {}],
        ['GET', '/api/v1/caches/c'],
        ['DELETE', '/api/v1/caches/c'],
        ['GET', '/api/v1/caches/c/entries'],
        ['POST', '/api/v1/caches/c/entries', { value: 1 }],
        ['POST', BATCH, { operations: [{ op: 'delete', key: 'k' }] }],
        ['PUT', ENTRY, { value: 1 }],
        ['GET', ENTRY],
        ['PATCH', ENTRY, { ttlMs: 1 }],
        ['DELETE', ENTRY],
        ['GET', '/api/v1/caches/c/events'],
      ] as const) {
        const answer = await away.ask(method, path, { body });
        expect([...kind(answer), answer.headers['retry-after']])
          .withContext(`${method} ${path}`)
          .toEqual([503, 'redis-unavailable', '1']);
      }
      await redis.start();
      let status = 503;
      for (let tries = 0; status === 503 && tries < 100; tries++) {
        status = (await away.ask('PUT', ENTRY, { body: { value: 2 } })).status;
        if (status === 503) await sleep(50);
      }
      expect([200, 201]).toContain(status);
    } finally {
      await redis.stop();
    }
  });

  it('is 507 when Redis is full, and what is there can still be read and deleted', async () => {
    const redis = await RedisServer.start(['--maxmemory', '8mb']);
    const full = await openRest({ redis });
    try {
      let status = 0;
      let n = 0;
      for (; n < 1_000 && status !== 507; n++) {
        const answer = await full.ask('PUT', `${ENTRY}${n}`, { body: { value: 'x'.repeat(60_000) } });
        status = answer.status;
        if (status === 507) expect(kind(answer)).toEqual([507, 'redis-full']);
      }
      expect(n).toBeGreaterThan(1);
      expect(status).toBe(507);
      expect((await full.ask('GET', `${ENTRY}0`)).status).toBe(200);
      expect((await full.ask('DELETE', `${ENTRY}0`)).status).toBe(204);
    } finally {
      await redis.stop();
    }
  });

  it("is 500 when it is Lapse's own without a word of it; the log has it under the request's id", async () => {
    const broken = await openRest({ ready: () => Promise.reject(new TypeError('secret detail')) });
    const answer = await broken.send('GET', '/readyz', { headers: { 'x-request-id': 'trace-7' } });
    expect(kind(answer)).toEqual([500, 'internal']);
    expect(answer.headers['x-request-id']).toBe('trace-7');
    expect(answer.text).not.toContain('secret');
    expect(broken.logged).toEqual([
      jasmine.objectContaining({
        requestId: 'trace-7',
        err: jasmine.objectContaining({ message: 'secret detail' }),
      }),
    ]);
  });
});
