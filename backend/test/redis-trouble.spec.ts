import { startBackend, stopBackends, type RunningBackend } from './support/backend.js';
import { becomes } from './support/eventually.js';
import { RedisServer } from './support/redis-server.js';
import { WsClient, closeClients } from './support/ws-client.js';

interface Answer {
  status: number;
  retryAfter: string | null;
  body: { type?: string; detail?: string; value?: unknown; entries?: number };
}

describe('When Redis', () => {
  const servers: RedisServer[] = [];

  afterEach(async () => {
    closeClients();
    await stopBackends();
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  function server(options?: string[]): RedisServer {
    const created = new RedisServer(options);
    servers.push(created);
    return created;
  }

  async function call(
    { url }: RunningBackend,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Answer> {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      body: (text ? JSON.parse(text) : {}) as Answer['body'],
    };
  }

  const ready = (backend: RunningBackend) => async () => (await fetch(`${backend.url}/readyz`)).status;

  it('is away from the start, calls answer 503 until it is there', async () => {
    const redis = server();
    const backend = await startBackend({ server: redis, wait: false });
    expect(await ready(backend)()).toBe(503);
    expect((await fetch(`${backend.url}/livez`)).status).toBe(200);
    const refused = await call(backend, 'PUT', '/caches/c/entries/k', { value: 1 });
    expect([refused.status, refused.retryAfter]).toEqual([503, '1']);
    const client = await WsClient.connect(`${backend.ws}?cache=c`);
    expect((await client.frame('error')).code).toBe('unavailable');
    await redis.start();
    await becomes(ready(backend), 200);
    expect((await call(backend, 'PUT', '/caches/c/entries/k', { value: 1 })).status).toBe(201);
  });

  it('dies and comes back, subscribers notice nothing but delay', async () => {
    const redis = server();
    await redis.start();
    const backend = await startBackend({ server: redis });
    const client = await WsClient.subscribe(backend.ws, 'c');
    await call(backend, 'PUT', '/caches/c/entries/before', { value: 1 });
    await redis.kill('SIGKILL');
    await becomes(async () => (await call(backend, 'GET', '/caches/c/entries/before')).status, 503);
    expect(await ready(backend)()).toBe(503);
    await redis.start();
    await becomes(ready(backend), 200);
    expect((await call(backend, 'GET', '/caches/c/entries/before')).body.value).toBe(1);
    await call(backend, 'PUT', '/caches/c/entries/after', { value: 2 });
    await becomes(() => client.told, ['created before', 'created after']);
    expect(client.closed).toBeUndefined();
  });

  it('hangs, calls give up with 503 instead of hanging too', async () => {
    const redis = server();
    await redis.start();
    const backend = await startBackend({ server: redis });
    redis.signal('SIGSTOP');
    const answer = await call(backend, 'GET', '/caches/c/entries/k');
    redis.signal('SIGCONT');
    expect(answer.status).toBe(503);
    await becomes(
      async () => (await call(backend, 'PUT', '/caches/c/entries/k', { value: 1 })).status < 300,
      true,
    );
  });

  it('is full, writes are refused with 507 and nothing is lost; lives still end, and reads go on', async () => {
    const redis = server();
    await redis.start();
    const backend = await startBackend({ server: redis });
    const client = await WsClient.subscribe(backend.ws, 'c', { types: ['expired', 'deleted'] });
    await call(backend, 'PUT', '/caches/c/entries/mortal', { value: 'last words', ttlMs: 500 });
    for (let i = 0; i < 30; i++) {
      await call(backend, 'PUT', `/caches/c/entries/k${i}`, { value: 'x'.repeat(60_000) });
    }
    const admin = await redis.connect();
    await admin.configSet('maxmemory', '1mb');
    const operations = [{ op: 'set', key: 'b', value: 1 }];
    for (const refused of [
      await call(backend, 'PUT', '/caches/c/entries/new', { value: 1 }),
      await call(backend, 'PUT', '/caches/c/entries/k0', { value: 1 }),
      await call(backend, 'POST', '/caches/c/entries', { value: 1 }),
      await call(backend, 'POST', '/caches/c/entries/batch', { operations }),
      await call(backend, 'PUT', '/caches/another', {}),
    ]) {
      expect([refused.status, refused.body.type]).toEqual([507, '/api/v1/problems/redis-full']);
    }
    await becomes(() => client.told, ['expired mortal']);
    expect(client.events[0]!.value).toBe('last words');
    expect((await call(backend, 'GET', '/caches/c/entries/k0')).body.value).toBe('x'.repeat(60_000));
    expect((await call(backend, 'PATCH', '/caches/c/entries/k1', { ttlMs: 60_000 })).status).toBe(200);
    expect((await call(backend, 'DELETE', '/caches/c/entries/k2')).status).toBe(204);
    expect((await call(backend, 'GET', '/caches/c')).body.entries).toBe(29);
    await admin.configSet('maxmemory', '0');
    admin.destroy();
    expect((await call(backend, 'PUT', '/caches/c/entries/new', { value: 1 })).status).toBe(201);
  });
});
