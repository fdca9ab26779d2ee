import { connect } from 'node:net';
import { closeRests, openRest, type Answered, type Rest } from './support/rest.js';

const ENTRY = '/api/v1/caches/c/entries/k';
const BATCH = '/api/v1/caches/c/entries/batch';

describe('What goes wrong', () => {
  let rest: Rest;
  beforeEach(async () => (rest = await openRest()));
  afterEach(closeRests);

  const put = (body: unknown, headers: Record<string, string> = {}) =>
    rest.ask('PUT', ENTRY, { body, headers });
  const kind = ({ status, json }: Answered) => [status, (json.type as string).split('/').at(-1)];

  it('is told as RFC 9457 says, and never kept by a cache', async () => {
    const { headers, json } = await put({ value: 1, ttlMs: 0 });
    expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    const detail = 'ttlMs must be an integer from 1 to 3153600000000, or null.';
    expect(json).toEqual({
      type: '/api/v1/problems/invalid',
      title: 'The request is not valid',
      status: 422,
      detail,
      errors: [{ pointer: '/ttlMs', detail }],
    });
  });

  describe('in a body', () => {
    for (const body of [
      '',
      '{',
      '{"value":1}x',
      "{'value':1}",
      '{"value":NaN}',
      '\ufeff{"value":1}',
      '{"value":"\n"}',
    ]) {
      it(`that is not JSON is 400: ${JSON.stringify(body)}`, async () => {
        // An empty body is none at all.
        expect(kind(await put(body))).toEqual(body === '' ? [422, 'invalid'] : [400, 'malformed-body']);
      });
    }

    it('that is not UTF-8 is 400, and nothing is written in its place', async () => {
      const body = Buffer.concat([Buffer.from('{"value":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
      expect(kind(await put(body))).toEqual([400, 'malformed-body']);
      expect(kind(await rest.ask('GET', ENTRY))).toEqual([404, 'entry-not-found']);
    });

    it('says where it stops being JSON, but not what stands there', async () => {
      const { json } = await put('{"value": hunter2}');
      expect(json.detail).not.toContain('hunter2');
      const cut = await put('{"value": [1, 2');
      expect(cut.json.detail).toMatch(
        /^The body is not JSON: it fails at position 15 \(line 1 column 16\)\.$/,
      );
    });

    for (const body of [null, 5, 'text', true, [], [{ value: 1 }]]) {
      it(`that is ${JSON.stringify(body)} and not an object is 422`, async () => {
        const answer = await put(JSON.stringify(body));
        expect(answer.json.errors).toEqual([{ pointer: '', detail: 'The body must be an object.' }]);
      });
    }

    it('that is missing is 422', async () => {
      const answer = await rest.ask('PUT', ENTRY);
      expect(answer.json.errors).toEqual([{ pointer: '', detail: 'A JSON body is needed.' }]);
    });

    it('names each field that is missing, unknown or of the wrong type', async () => {
      const { json } = await put('{"ttlMs":"5","Value":1,"a/b~c":1,"__proto__":{"value":1},"toString":null}');
      expect(json.errors.map((error: { pointer: string }) => error.pointer)).toEqual([
        '/value',
        '/ttlMs',
        '/Value',
        '/a~1b~0c',
        '/__proto__',
        '/toString',
      ]);
    });

    it('does not take what only looks like the right type', async () => {
      for (const ttlMs of ['null', '1000', [1000], true, {}, 1.5, 0, -1, 3153600000001, 1e300]) {
        const { json } = await put({ value: 1, ttlMs });
        expect(json.errors?.[0].pointer).withContext(JSON.stringify(ttlMs)).toBe('/ttlMs');
      }
    });

    it('is never repeated in the answer', async () => {
      const secret = 'hunter2';
      for (const [method, path, body] of [
        ['PUT', ENTRY, { value: secret, ttlMs: secret }],
        ['PUT', ENTRY, `{"value":${secret}`],
        ['PUT', ENTRY, { value: 1, [secret.repeat(20)]: 1 }],
        ['POST', '/api/v1/caches/c/entries', { key: [secret], value: secret }],
        ['POST', BATCH, { operations: [{ op: secret, key: secret, value: secret }] }],
        ['PUT', '/api/v1/caches/c', { maxEntries: secret }],
        ['PUT', ENTRY, { value: secret.repeat(20_000) }],
      ] as const) {
        const { status, text } = await rest.ask(method, path, { body });
        expect(status).toBeGreaterThanOrEqual(400);
        expect(text).not.toContain(secret);
      }
    });

    it('has a short answer however many faults it has', async () => {
      const body = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`field${n}`, n]));
      const { json } = await put(body);
      expect(json.errors.length).toBe(100);
      expect(json.detail).toContain('And 99 more');
    });

    it('with a number that cannot be kept is 422, not null', async () => {
      for (const number of ['1e309', '-1e309', '1E+999', `1${'0'.repeat(309)}`]) {
        expect(kind(await put(`{"value":[${number}]}`)))
          .withContext(number)
          .toEqual([422, 'invalid']);
      }
      expect((await put('{"value":["1e309",1e308,1e-999]}')).json.value).toEqual(['1e309', 1e308, 0]);
    });

    it('may be nested as deep as it likes without doing harm', async () => {
      const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
      expect((await put(`{"value":${deep(500)}}`)).status).toBe(201);
      expect((await put(`{"value":${deep(501)}}`)).json.errors[0].pointer).toBe('/value');
      expect((await put(`{"value":${deep(400_000)}}`)).status).toBe(422);
      expect((await put(`{"value":1,"ttlMs":${deep(400_000)}}`)).json.errors[0].pointer).toBe('/ttlMs');
      expect((await put(deep(400_000))).status).toBe(422);
      const objects = '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000);
      expect((await put(`{"value":${objects}}`)).status).toBe(422);
      const operations = `{"operations":[{"op":${deep(100_000)},"key":${deep(100_000)}}]}`;
      expect((await rest.ask('POST', BATCH, { body: operations })).status).toBe(422);
    });

    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=latin1',
      'json',
      'application/jsonp',
      'application/json; charset',
    ]) {
      it(`sent as ${type} is 415`, async () => {
        expect(kind(await put('{"value":1}', { 'content-type': type }))).toEqual([
          415,
          'unsupported-media-type',
        ]);
      });
    }

    for (const type of [
      'application/json',
      'Application/JSON;charset=UTF-8',
      'application/json; charset="utf-8"',
      'application/merge-patch+json',
    ]) {
      it(`sent as ${type} is read`, async () => {
        expect((await put('{"value":1}', { 'content-type': type })).status).toBe(201);
      });
    }

    it('sent in pieces is read whole, also within a character', async () => {
      const bytes = Buffer.from('{"value":"ключ"}');
      const answer = await raw([
        `PUT ${ENTRY} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${bytes.length}\r\nConnection: close\r\n\r\n`,
        bytes.subarray(0, 13),
        bytes.subarray(13),
      ]);
      expect(answer).toContain('"value":"ключ"');
    });

    it('that is compressed is 415, and says that it must not be', async () => {
      const answer = await put('{"value":1}', { 'content-encoding': 'gzip' });
      expect([...kind(answer), answer.headers['accept-encoding']]).toEqual([
        415,
        'unsupported-media-type',
        'identity',
      ]);
    });

    it('above 1 MiB is 413 whether its length is told or not, and the connection lives on', async () => {
      const body = JSON.stringify({ value: 'x'.repeat(1024 * 1024) });
      expect(kind(await put(body))).toEqual([413, 'body-too-large']);
      expect(kind(await put(body, { 'transfer-encoding': 'chunked' }))).toEqual([413, 'body-too-large']);
      expect((await put({ value: 1 })).status).toBe(201);
    });

    it('above 16 MiB is 413 for a batch', async () => {
      const body = JSON.stringify({
        operations: [{ op: 'set', key: 'k', value: 'x'.repeat(16 * 1024 * 1024) }],
      });
      expect(kind(await rest.ask('POST', BATCH, { body }))).toEqual([413, 'body-too-large']);
    });

    it('with a value above 64 KiB is 413', async () => {
      expect((await put({ value: 'x'.repeat(65_534) })).status).toBe(201);
      expect(kind(await put({ value: 'x'.repeat(65_535) }))).toEqual([413, 'value-too-large']);
      expect(kind(await put({ value: 'é'.repeat(32_768) }))).toEqual([413, 'value-too-large']);
    });
  });

  describe('in a URL', () => {
    for (const path of [
      `${ENTRY}%`,
      `${ENTRY}%zz`,
      '/api/v1/caches/c/entries/%ff',
      '/api/v1/caches/%c3%28/entries',
      `${ENTRY}?peek=%`,
      `${ENTRY}?%ed%a0%80=1`,
    ]) {
      it(`that cannot be decoded is 400: ${path}`, async () => {
        expect(kind(await rest.ask('GET', path))).toEqual([400, 'malformed-url']);
      });
    }

    for (const path of [
      '/',
      '/api',
      '/api/v1',
      '/api/v1/',
      '/API/v1/caches',
      '/api/v1/caches/',
      `${ENTRY}/`,
      `${ENTRY}/more`,
      '/api/v1/caches/c/entries/',
      '/api/v1//caches',
      '/livez/',
      '//livez',
      '/api/v1/caches/../caches',
      '/%2e%2e',
    ]) {
      it(`with a path that no call has is 404: ${path}`, async () => {
        expect(kind(await rest.ask('GET', path))).toEqual([404, 'unknown-path']);
      });
    }

    for (const [method, path, allow] of [
      ['POST', '/api/v1/caches', 'GET, HEAD, OPTIONS'],
      ['PATCH', '/api/v1/caches/c', 'GET, HEAD, PUT, DELETE, OPTIONS'],
      ['DELETE', '/api/v1/caches/c/entries', 'GET, HEAD, POST, OPTIONS'],
      ['POST', ENTRY, 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'],
      ['TRACE', ENTRY, 'GET, HEAD, PUT, PATCH, DELETE, OPTIONS'],
      ['PUT', '/api/v1/caches/c/events', 'GET, HEAD, OPTIONS'],
      ['DELETE', '/livez', 'GET, HEAD, OPTIONS'],
      ['PUT', '/api/v1/openapi.json', 'GET, HEAD, OPTIONS'],
    ] as const) {
      it(`with a method that its path does not have is 405: ${method} ${path}`, async () => {
        const answer = await rest.ask(method, path);
        expect([...kind(answer), answer.headers.allow]).toEqual([405, 'method-not-allowed', allow]);
        const options = await rest.ask('OPTIONS', path);
        expect([options.status, options.headers.allow]).toEqual([204, allow]);
      });
    }
  });

  describe('before there is a request', () => {
    for (const line of ['nonsense', 'GET / HTTP/9.9', 'GET /livez\thttp/1.1', 'FROB /livez HTTP/1.1']) {
      it(`is a problem too: ${line}`, async () => {
        const answer = await raw([`${line}\r\nHost: x\r\n\r\n`]);
        expect(answer).toMatch(/^HTTP\/1\.1 400 /);
        expect(answer).toContain('/api/v1/problems/malformed-request');
      });
    }

    it('is 400 when the target has no path that can be read', async () => {
      const answer = await raw(['GET http://[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n']);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('/api/v1/problems/malformed-url');
    });

    it('is 431 when the headers are too large', async () => {
      const answer = await raw([`GET /livez HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`]);
      expect(answer).toMatch(/^HTTP\/1\.1 431 /);
      expect(answer).toContain('/api/v1/problems/headers-too-large');
    });

    it('is 400 when a chunked body breaks off its form', async () => {
      const head = `PUT ${ENTRY} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
      expect(await raw([head, 'zz\r\n{}'])).toContain('/api/v1/problems/malformed-request');
    });
  });

  /** Sends these parts over a bare connection, a moment apart; gives all that comes back. */
  function raw(parts: readonly (string | Buffer)[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(rest.port, '127.0.0.1');
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
      socket.on('error', reject);
      parts.forEach((part, at) => setTimeout(() => socket.write(part), at * 20));
    });
  }
});
