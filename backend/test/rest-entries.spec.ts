import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry } from '@lapse/protocol';
import supertest from 'supertest';
import { closeRests, openRest, type Rest } from './support/rest.js';

const ENTRIES = '/api/v1/caches/sessions/entries';

describe('The calls for entries', () => {
  let rest: Rest;
  beforeEach(async () => (rest = await openRest()));
  afterEach(closeRests);

  const write = (key: string, value: unknown, more: object = {}) =>
    rest.ask('PUT', `${ENTRIES}/${encodeURIComponent(key)}`, { body: { value, ...more } });
  const read = (key: string, headers: Record<string, string> = {}) =>
    rest.ask('GET', `${ENTRIES}/${encodeURIComponent(key)}`, { headers });

  it('speak plain HTTP and JSON to any client', async () => {
    const written = await supertest(rest.server)
      .put(`${ENTRIES}/k`)
      .send({ value: 'v', ttlMs: 60_000 })
      .expect(201);
    const got = await supertest(rest.server)
      .get(`${ENTRIES}/k`)
      .expect(200)
      .expect('Content-Type', /application\/json/);
    expect(got.body).toEqual({ ...(written.body as Entry), ttlMs: jasmine.any(Number) });
    expect(got.headers['x-content-type-options']).toBe('nosniff');
    expect(got.headers['x-powered-by']).toBeUndefined();
  });

  describe('creating', () => {
    it('answers 201 with the path of the entry, which can be followed', async () => {
      const created = await rest.ask('POST', ENTRIES, {
        body: { key: 'a/b ü?%', value: [1], ttlMs: 60_000 },
      });
      expect(created.status).toBe(201);
      expect(created.headers.location).toBe(`${ENTRIES}/a%2Fb%20%C3%BC%3F%25`);
      expect(created.headers.etag).toBe(`"${created.json.version}"`);
      const followed = await rest.ask('GET', created.headers.location!);
      expect(followed.json).toEqual({ ...created.json, ttlMs: jasmine.any(Number) });
    });

    it('makes up a URL-safe key of 128 bits', async () => {
      const { json, headers } = await rest.ask('POST', ENTRIES, { body: { value: null } });
      expect(json.key).toMatch(/^[\w-]{22}$/);
      expect(headers.location).toBe(`${ENTRIES}/${json.key}`);
    });

    it('answers 409 for a key that is alive, and leaves the entry alone', async () => {
      await write('k', 'first');
      const again = await rest.ask('POST', ENTRIES, { body: { key: 'k', value: 'second' } });
      expect([again.status, again.json.type]).toEqual([409, '/api/v1/problems/entry-exists']);
      expect((await read('k')).json.value).toBe('first');
    });
  });

  describe('keys', () => {
    const keys = [
      'a/b',
      '%2F',
      'ключ',
      'a%25b',
      '..%2f',
      '...',
      '/',
      '//',
      'a b',
      'a+b',
      'a?b#c&d=e',
      'batch',
      'events',
      '__proto__',
      'constructor',
      '\u0001\n"\\',
      '😀',
      'x'.repeat(512),
      'é'.repeat(256),
    ];
    for (const key of keys) {
      it(`come back as they were sent: ${JSON.stringify(key.slice(0, 20))}`, async () => {
        const written = await write(key, key);
        expect([written.status, written.json.key]).toEqual([201, key]);
        expect((await read(key)).json.value).toBe(key);
        const listed = await rest.ask('GET', `${ENTRIES}?prefix=${encodeURIComponent(key)}`);
        expect(listed.json.items.map((entry: Entry) => entry.key)).toEqual([key]);
        expect((await rest.ask('DELETE', `${ENTRIES}/${encodeURIComponent(key)}`)).status).toBe(204);
      });
    }

    it('are decoded once', async () => {
      await rest.ask('PUT', `${ENTRIES}/a%252Fb`, { body: { value: 1 } });
      expect((await rest.ask('GET', `${ENTRIES}/a%252Fb`)).json.key).toBe('a%2Fb');
      expect((await rest.ask('GET', `${ENTRIES}/a%2Fb`)).status).toBe(404);
    });

    for (const [why, key] of [
      ['longer than 512 bytes', 'é'.repeat(257)],
      ['with a NUL', 'a\0b'],
      ['that are "."', '.'],
      ['that are ".."', '..'],
    ] as const) {
      it(`${why} are refused, by parameter in the path and by pointer in a body`, async () => {
        const put = await rest.ask('PUT', `${ENTRIES}/${encodeURIComponent(key)}`, { body: { value: 1 } });
        expect([put.status, put.json.errors[0].parameter]).toEqual([422, 'key']);
        const post = await rest.ask('POST', ENTRIES, { body: { key, value: 1 } });
        expect([post.status, post.json.errors[0].pointer]).toEqual([422, '/key']);
      });
    }
  });

  describe('writing', () => {
    it('answers 201 when it creates and 200 when it replaces, with the new version as ETag', async () => {
      const first = await write('k', 1);
      const second = await write('k', 2);
      expect([first.status, second.status]).toEqual([201, 200]);
      expect(second.headers.etag).toBe(`"${second.json.version}"`);
      expect(second.headers.etag).not.toBe(first.headers.etag);
    });

    for (const value of [
      null,
      0,
      '',
      false,
      [],
      {},
      'ü',
      1.5,
      { a: [{ b: null }] },
      { __proto__: null, toString: 1 },
    ]) {
      it(`keeps ${JSON.stringify(value)} as it is`, async () => {
        expect((await write('k', value)).json.value).toEqual(value);
        expect((await read('k')).json.value).toEqual(value);
      });
    }

    it('keeps a field named __proto__ in a value', async () => {
      await rest.ask('PUT', `${ENTRIES}/k`, { body: '{"value":{"__proto__":{"admin":true}}}' });
      expect((await read('k')).text).toContain('"value":{"__proto__":{"admin":true}}');
      expect(({} as { admin?: boolean }).admin).toBeUndefined();
    });

    it('sets the deadline that was asked for, the default of the cache, or none', async () => {
      await rest.ask('PUT', '/api/v1/caches/sessions', { body: { defaultTtlMs: 5_000 } });
      expect((await write('a', 1, { ttlMs: 9_000 })).json.ttlMs).toBe(9_000);
      expect((await write('b', 1)).json.ttlMs).toBe(5_000);
      const none = await write('c', 1, { ttlMs: null });
      expect([none.json.ttlMs, none.json.expiresAt]).toEqual([null, null]);
    });

    it('refuses a ttl above what the cache allows', async () => {
      await rest.ask('PUT', '/api/v1/caches/sessions', { body: { maxTtlMs: 1_000 } });
      const refused = await write('k', 1, { ttlMs: 1_001 });
      expect([refused.status, refused.json.errors[0].pointer]).toEqual([422, '/ttlMs']);
      expect((await read('k')).status).toBe(404);
    });

    it('only creates with If-None-Match: *', async () => {
      const headers = { 'if-none-match': '*' };
      const create = (value: number) => rest.ask('PUT', `${ENTRIES}/k`, { headers, body: { value } });
      expect((await create(1)).status).toBe(201);
      expect((await create(2)).status).toBe(412);
      expect((await read('k')).json.value).toBe(1);
    });

    it('replaces only a version that If-Match lists; a weak tag matches none', async () => {
      const etag = (await write('k', 1)).headers.etag!;
      const put = (match: string, value: number) =>
        rest.ask('PUT', `${ENTRIES}/k`, { headers: { 'if-match': match }, body: { value } });
      expect((await put(`W/${etag}`, 2)).status).toBe(412);
      expect((await put('"other-1"', 2)).status).toBe(412);
      expect((await put(`"other-1", ${etag}`, 3)).status).toBe(200);
      expect((await put(etag, 4)).json.type).toBe('/api/v1/problems/version-mismatch');
      expect((await put('*', 5)).status).toBe(200);
      const absent = await rest.ask('PUT', `${ENTRIES}/absent`, {
        headers: { 'if-match': '*' },
        body: { value: 1 },
      });
      expect(absent.status).toBe(412);
    });

    for (const match of ['', 'v1', '"v1', '"a" "b"', '*, "a"', '"a b"', 'w/"a"']) {
      it(`answers 400 to an If-Match of ${match || 'nothing'}, and writes nothing`, async () => {
        await write('k', 1);
        const headers = { 'if-match': match };
        const put = await rest.ask('PUT', `${ENTRIES}/k`, { headers, body: { value: 2 } });
        expect([put.status, put.json.type]).toEqual([400, '/api/v1/problems/malformed-header']);
        expect(
          (await rest.ask('DELETE', `${ENTRIES}/k`, { headers: { 'if-none-match': match } })).status,
        ).toBe(400);
        expect((await read('k')).json.value).toBe(1);
      });
    }
  });

  describe('reading', () => {
    it('answers 304 with the ETag to a reader that holds the version, also weakly or in a list', async () => {
      const etag = (await write('k', 1)).headers.etag!;
      for (const match of [etag, `W/${etag}`, `"x-1", ${etag}`, '*']) {
        const answer = await read('k', { 'if-none-match': match });
        expect([answer.status, answer.text, answer.headers.etag]).toEqual([304, '', etag]);
      }
      expect((await read('k', { 'if-none-match': '"x-1"' })).status).toBe(200);
    });

    it('answers 412 to a reader that wants another version', async () => {
      const etag = (await write('k', 1)).headers.etag!;
      expect((await read('k', { 'if-match': '"x-1"' })).status).toBe(412);
      expect((await read('k', { 'if-match': etag })).status).toBe(200);
    });

    it('lets nobody show an entry again without asking', async () => {
      await write('k', 1);
      expect((await read('k')).headers['cache-control']).toBe('no-cache');
      expect((await read('absent')).headers['cache-control']).toBe('no-store');
    });

    it('has no entry after its deadline', async () => {
      await write('k', 1, { ttlMs: 30 });
      expect((await read('k')).status).toBe(200);
      await sleep(50);
      expect((await read('k')).json.type).toBe('/api/v1/problems/entry-not-found');
    });

    it('answers HEAD as GET, without the body', async () => {
      await write('k', { n: 1 });
      const got = await read('k');
      const head = await rest.ask('HEAD', `${ENTRIES}/k`);
      expect([head.status, head.text, head.headers.etag]).toEqual([200, '', got.headers.etag!]);
      expect(Number(head.headers['content-length'])).toBeGreaterThan(0);
    });

    it('counts as a use, but not with peek', async () => {
      await write('old', 1);
      await write('new', 1);
      const leastRecent = async () =>
        (await rest.ask('GET', `${ENTRIES}?sort=recency&limit=1`)).json.items[0].key as string;
      await rest.ask('GET', `${ENTRIES}/old?peek=true`);
      expect(await leastRecent()).toBe('old');
      await rest.ask('GET', `${ENTRIES}/old?peek=false`);
      expect(await leastRecent()).toBe('new');
    });

    for (const peek of ['', '1', 'TRUE', 'yes', 'true,false']) {
      it(`refuses peek=${peek}`, async () => {
        const answer = await rest.ask('GET', `${ENTRIES}/k?peek=${peek}`);
        expect(answer.json.errors).toEqual([{ parameter: 'peek', detail: 'peek must be true or false.' }]);
      });
    }
  });

  describe('renewing', () => {
    it('gives a new deadline, or none, and keeps value and version', async () => {
      const before = (await write('k', 1, { ttlMs: 1_000 })).json;
      const renewed = await rest.ask('PATCH', `${ENTRIES}/k`, { body: { ttlMs: 60_000 } });
      expect([renewed.status, renewed.json.ttlMs, renewed.json.value]).toEqual([200, 60_000, 1]);
      expect(renewed.headers.etag).toBe(`"${before.version}"`);
      expect((await rest.ask('PATCH', `${ENTRIES}/k`, { body: { ttlMs: null } })).json.expiresAt).toBeNull();
    });

    it('answers 404 without an entry, 412 for another version', async () => {
      expect((await rest.ask('PATCH', `${ENTRIES}/k`, { body: { ttlMs: 1 } })).status).toBe(404);
      await write('k', 1);
      const headers = { 'if-match': '"x-1"' };
      expect((await rest.ask('PATCH', `${ENTRIES}/k`, { headers, body: { ttlMs: 1 } })).status).toBe(412);
    });
  });

  describe('deleting', () => {
    it('answers 204, then 404', async () => {
      await write('k', 1);
      const gone = await rest.ask('DELETE', `${ENTRIES}/k`);
      expect([gone.status, gone.text]).toEqual([204, '']);
      expect((await rest.ask('DELETE', `${ENTRIES}/k`)).status).toBe(404);
    });

    it('gives the last value to one of many that take it at once', async () => {
      await write('k', { job: 7 });
      const headers = { prefer: 'respond-async, return=representation; x=1' };
      const takes = await Promise.all(
        Array.from({ length: 8 }, () => rest.ask('DELETE', `${ENTRIES}/k`, { headers })),
      );
      const won = takes.filter((take) => take.status === 200);
      expect(won.map((take) => take.json.value)).toEqual([{ job: 7 }]);
      expect(won[0]!.headers['preference-applied']).toBe('return=representation');
      expect(takes.filter((take) => take.status === 404).length).toBe(7);
    });

    it('leaves another version than If-Match lists', async () => {
      await write('k', 1);
      expect((await rest.ask('DELETE', `${ENTRIES}/k`, { headers: { 'if-match': '"x-1"' } })).status).toBe(
        412,
      );
      expect((await read('k')).status).toBe(200);
    });
  });
});
