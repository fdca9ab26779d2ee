import type { BatchResult, Cache, Entry, LapseEvent } from '@lapse/protocol';
import { closeRests, openRest, type Rest } from './support/rest.js';

const CACHES = '/api/v1/caches';

describe('The calls for lists, batches, caches and events', () => {
  let rest: Rest;
  beforeEach(async () => (rest = await openRest()));
  afterEach(closeRests);

  const set = (cache: string, key: string, value: unknown = key, ttlMs: number | null = 60_000) =>
    rest.ask('PUT', `${CACHES}/${cache}/entries/${encodeURIComponent(key)}`, { body: { value, ttlMs } });

  describe('a list of entries', () => {
    it('goes on page by page, by key, to the end', async () => {
      for (let n = 0; n < 7; n++) await set('c', `k${n}`);
      const seen: string[] = [];
      let next: string | null = '';
      while (next !== null) {
        const page = await rest.ask(
          'GET',
          `${CACHES}/c/entries?limit=3${next && `&after=${encodeURIComponent(next)}`}`,
        );
        expect(page.json.total).toBe(7);
        seen.push(...page.json.items.map((entry: Entry) => entry.key));
        next = page.json.next;
      }
      expect(seen).toEqual(['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6']);
    });

    it('has 100 a page unless asked otherwise', async () => {
      const operations = Array.from({ length: 101 }, (_, n) => ({ op: 'set', key: `k${n}`, value: n }));
      await rest.ask('POST', `${CACHES}/c/entries/batch`, { body: { operations } });
      expect((await rest.ask('GET', `${CACHES}/c/entries`)).json.items.length).toBe(100);
      expect((await rest.ask('GET', `${CACHES}/c/entries?limit=1000`)).json.items.length).toBe(101);
    });

    it('sorts by soonest deadline and finds by prefix', async () => {
      await set('c', 'user:1', 1, 50_000);
      await set('c', 'user:2', 1, 10_000);
      await set('c', 'other', 1, 1_000);
      const page = await rest.ask('GET', `${CACHES}/c/entries?sort=expiry&prefix=user%3A`);
      expect(page.json.items.map((entry: Entry) => entry.key)).toEqual(['user:2', 'user:1']);
    });

    it('is empty for a cache that nobody wrote to, with a cursor to go on from', async () => {
      const page = await rest.ask('GET', `${CACHES}/c/entries`);
      expect([page.status, page.json.items, page.json.next, page.json.total]).toEqual([200, [], null, 0]);
      expect(page.headers['cache-control']).toBe('no-store');
      await set('c', 'k');
      const events = await rest.ask('GET', `${CACHES}/c/events?after=${page.json.cursor}`);
      expect(events.json.items.map((event: LapseEvent) => event.type)).toEqual(['created']);
    });

    for (const query of [
      'limit=0',
      'limit=1001',
      'limit=1.5',
      'limit=1e2',
      'limit=',
      'limit=1&limit=2',
      'sort=size',
      'after=x',
    ]) {
      it(`refuses ${query}`, async () => {
        const answer = await rest.ask('GET', `${CACHES}/c/entries?${query}`);
        expect(answer.status).toBe(422);
        expect(answer.json.errors.map((error: { parameter: string }) => error.parameter)).toEqual([
          query.split('=')[0],
        ]);
      });
    }

    it('refuses a query parameter that it does not know, and every other call does too', async () => {
      for (const [method, path] of [
        ['GET', `${CACHES}/c/entries?Limit=1`],
        ['GET', `${CACHES}?all`],
        ['GET', `${CACHES}/c/entries/k?peak=true`],
        ['DELETE', `${CACHES}/c/entries/k?force=1`],
        ['GET', '/livez?x=1'],
      ] as const) {
        const answer = await rest.ask(method, path);
        expect([answer.status, answer.json.errors.length]).withContext(path).toEqual([422, 1]);
      }
    });
  });

  describe('a batch', () => {
    const batch = (operations: unknown) =>
      rest.ask('POST', `${CACHES}/c/entries/batch`, { body: { operations } });

    it('answers each operation in order with what the call on its own would have', async () => {
      await set('c', 'old');
      const { status, json } = await batch([
        { op: 'set', key: 'new', value: null, ttlMs: 5_000 },
        { op: 'set', key: 'old', value: 2 },
        { op: 'renew', key: 'absent', ttlMs: 1 },
        { op: 'renew', key: 'old', ttlMs: null },
        { op: 'delete', key: 'new' },
        { op: 'delete', key: 'new' },
        { op: 'set', key: '', value: 1 },
        { op: 'set', key: 'big', value: 'x'.repeat(70_000) },
      ]);
      const results = json.results as BatchResult[];
      expect(status).toBe(200);
      expect(results.map((result) => result.status)).toEqual([201, 200, 404, 200, 204, 404, 422, 413]);
      expect(results[0]!.entry).toEqual(jasmine.objectContaining({ key: 'new', value: null, ttlMs: 5_000 }));
      expect(results[3]!.entry).toEqual(jasmine.objectContaining({ key: 'old', value: 2, expiresAt: null }));
      expect(results[2]!.error!.type).toBe('/api/v1/problems/entry-not-found');
      expect(results[6]!.error!.errors).toEqual([jasmine.objectContaining({ pointer: '/operations/6/key' })]);
      expect(results[7]!.error!.type).toBe('/api/v1/problems/value-too-large');
    });

    it('of nothing is nothing', async () => {
      expect((await batch([])).json).toEqual({ results: [] });
    });

    it('takes 1000 operations of several MiB, and not one more', async () => {
      const many = (length: number) =>
        Array.from({ length }, (_, n) => ({ op: 'set', key: `k${n}`, value: 'x'.repeat(4_000) }));
      expect((await batch(many(1000))).status).toBe(200);
      const refused = await batch(many(1001));
      expect([refused.status, refused.json.errors[0].pointer]).toEqual([422, '/operations']);
    });

    it('that is wrong in form is refused as a whole, each fault by its pointer', async () => {
      const { status, json } = await batch([
        { op: 'set', key: 'k', value: 1 },
        { op: 'put', key: 'k' },
        { op: 'set', key: 'k' },
        { op: 'renew', key: 5, ttlMs: 'null' },
        { op: 'delete', key: 'k', value: 1 },
        { op: ['set'], key: 'k', value: 1 },
        null,
        {},
      ]);
      expect(status).toBe(422);
      expect(json.errors.map((error: { pointer: string }) => error.pointer)).toEqual([
        '/operations/1/op',
        '/operations/2/value',
        '/operations/3/key',
        '/operations/3/ttlMs',
        '/operations/4/value',
        '/operations/5/op',
        '/operations/6',
        '/operations/7/op',
      ]);
      expect((await rest.ask('GET', `${CACHES}/c/entries/k`)).status).toBe(404);
    });
  });

  describe('a cache', () => {
    it('is created by PUT with the default policy where nothing is said, then changed as a whole', async () => {
      const created = await rest.ask('PUT', `${CACHES}/c`, { body: { maxEntries: 5, sliding: true } });
      expect(created.status).toBe(201);
      expect(created.json).toEqual(
        jasmine.objectContaining({
          name: 'c',
          maxEntries: 5,
          maxBytes: null,
          sliding: true,
          history: 10_000,
          entries: 0,
        }),
      );
      const changed = await rest.ask('PUT', `${CACHES}/c`, { body: { maxTtlMs: 1_000 } });
      expect([changed.status, changed.json.maxEntries, changed.json.maxTtlMs]).toEqual([200, null, 1_000]);
    });

    it('counts what happens to it', async () => {
      await set('c', 'a');
      await rest.ask('GET', `${CACHES}/c/entries/a`);
      await rest.ask('GET', `${CACHES}/c/entries/b`);
      await rest.ask('DELETE', `${CACHES}/c/entries/a`);
      const { json } = await rest.ask('GET', `${CACHES}/c`);
      expect(json).toEqual(
        jasmine.objectContaining({ entries: 0, hits: 1, misses: 1, created: 1, deleted: 1 }),
      );
    });

    it('evicts at once what a smaller policy leaves no room for', async () => {
      for (const key of ['a', 'b', 'c']) await set('c', key);
      const { json } = await rest.ask('PUT', `${CACHES}/c`, { body: { maxEntries: 1 } });
      expect([json.entries, json.evicted]).toEqual([1, 2]);
    });

    it('is listed by name, and gone when removed', async () => {
      await set('b', 'k');
      await set('a', 'k');
      expect((await rest.ask('GET', CACHES)).json.items.map((cache: Cache) => cache.name)).toEqual([
        'a',
        'b',
      ]);
      expect((await rest.ask('DELETE', `${CACHES}/a`)).status).toBe(204);
      expect((await rest.ask('DELETE', `${CACHES}/a`)).json.type).toBe('/api/v1/problems/cache-not-found');
      expect((await rest.ask('GET', `${CACHES}/a`)).status).toBe(404);
    });

    for (const name of ['Sessions', '-a', 'a b', 'ü', 'a%2Fb', '%00', '*', 'x'.repeat(65)]) {
      it(`is never named ${name.slice(0, 10)}, in any call`, async () => {
        const at = `${CACHES}/${encodeURI(name).replaceAll('%25', '%')}`;
        for (const [method, path, body] of [
          ['GET', at],
          ['PUT', at, {}],
          ['DELETE', at],
          ['GET', `${at}/entries`],
          ['POST', `${at}/entries`, { value: 1 }],
          ['POST', `${at}/entries/batch`, { operations: [{ op: 'delete', key: 'k' }] }],
          ['PUT', `${at}/entries/k`, { value: 1 }],
          ['GET', `${at}/entries/k`],
          ['PATCH', `${at}/entries/k`, { ttlMs: 1 }],
          ['DELETE', `${at}/entries/k`],
          ['GET', `${at}/events`],
        ] as const) {
          const { status, json } = await rest.ask(method, path, { body });
          expect([status, json.errors?.[0]?.parameter])
            .withContext(`${method} ${path}`)
            .toEqual([422, 'cache']);
        }
      });
    }

    it('refuses a policy that is wrong, field by field', async () => {
      const body = {
        maxEntries: 0,
        maxBytes: 1.5,
        defaultTtlMs: '1000',
        sliding: null,
        history: null,
        ttl: 1,
      };
      const { status, json } = await rest.ask('PUT', `${CACHES}/c`, { body });
      expect(status).toBe(422);
      expect(json.errors.map((error: { pointer: string }) => error.pointer).sort()).toEqual(
        ['/maxEntries', '/maxBytes', '/defaultTtlMs', '/sliding', '/history', '/ttl'].sort(),
      );
    });
  });

  describe('events', () => {
    it('are read from the earliest, or after a cursor, and filtered by type and prefix', async () => {
      await set('c', 'user:1');
      await set('c', 'user:1', 2);
      await set('c', 'other');
      await rest.ask('DELETE', `${CACHES}/c/entries/other`);
      const types = async (query: string) => {
        const { json } = await rest.ask('GET', `${CACHES}/c/events${query}`);
        return json.items.map((event: LapseEvent) => `${event.type} ${event.key}`) as string[];
      };
      expect(await types('')).toEqual(['created user:1', 'updated user:1', 'created other', 'deleted other']);
      expect(await types('?types=created,deleted')).toEqual([
        'created user:1',
        'created other',
        'deleted other',
      ]);
      expect(await types('?types=created&types=deleted&prefix=o')).toEqual([
        'created other',
        'deleted other',
      ]);
      const first = await rest.ask('GET', `${CACHES}/c/events?limit=2`);
      expect(await types(`?after=${first.json.next}`)).toEqual(['created other', 'deleted other']);
    });

    it('answer 410 once the log no longer holds what was asked for, and 404 without a cache', async () => {
      await rest.ask('PUT', `${CACHES}/c`, { body: { history: 2 } });
      const first = (await set('c', 'k')).json.version;
      for (let n = 0; n < 300; n++) await set('c', 'k', n);
      const gone = await rest.ask('GET', `${CACHES}/c/events?after=${first}`);
      expect([gone.status, gone.json.type]).toEqual([410, '/api/v1/problems/cursor-gone']);
      expect((await rest.ask('GET', `${CACHES}/c/events?after=zzzzzzzzzz-1`)).status).toBe(410);
      expect((await rest.ask('GET', `${CACHES}/absent/events`)).status).toBe(404);
    });

    for (const query of ['types=gone', 'types=', 'types=created,', 'after=x', 'after=', 'limit=1001']) {
      it(`refuse ${query}`, async () => {
        const answer = await rest.ask('GET', `${CACHES}/c/events?${query}`);
        expect([answer.status, answer.json.errors[0].parameter]).toEqual([422, query.split('=')[0]]);
      });
    }
  });
});
