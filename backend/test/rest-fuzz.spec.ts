import fc from 'fast-check';
import { closeRests, documented, openRest, type Rest } from './support/rest.js';

/** How many requests each property sends. */
const RUNS = 400;

const nastyText = fc.oneof(
  fc.constantFrom(
    '',
    '.',
    '..',
    '/',
    '%2F',
    '\0',
    '__proto__',
    'constructor',
    'toString',
    'é'.repeat(300),
    'x'.repeat(600),
    '😀',
    '*',
    '"',
    '\\',
    "'",
    '${7*7}',
    '\u2028',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
);

/** Encoded, encoded wrongly, or not encoded at all; what Node's client itself refuses to send is left out. */
const segment = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('c', 'k', 'sessions', 'user%3A42', 'a%2Fb', '%25', '..%2f') },
  nastyText.filter((text) => text.isWellFormed()).map(encodeURIComponent),
  fc.string({ unit: fc.constantFrom(...'%aAfF0289/?#;:@&=+$,.~!*()_-[]{}|^`\\"<>'), maxLength: 12 }),
);

const nastyNumber = fc.constantFrom(
  0,
  -0,
  -1,
  1,
  1.5,
  1e21,
  1e300,
  2 ** 53,
  -(2 ** 63),
  3153600000000,
  3153600000001,
);
const nastyJson = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<unknown>,
  nastyText,
  nastyNumber,
  fc.constantFrom<unknown>(
    null,
    true,
    'null',
    'true',
    [],
    {},
    [[]],
    { toString: 1, valueOf: 1 },
    { length: -1 },
    { toJSON: 1 },
    { then: 1 },
  ),
  fc.dictionary(nastyText, nastyNumber, { maxKeys: 3 }),
);
const ttlMs = fc.oneof(fc.constantFrom<unknown>(1, 1000, null, 3153600000000), nastyJson);
const op = fc.oneof({ weight: 5, arbitrary: fc.constantFrom<unknown>('set', 'renew', 'delete') }, nastyJson);
const key = fc.oneof({ weight: 3, arbitrary: fc.constantFrom<unknown>('k', 'a/b', 'ключ') }, nastyJson);
const operation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ op, key, value: nastyJson, ttlMs }, { requiredKeys: [] }) },
  nastyJson,
);
const shaped = fc.oneof(
  fc.record({ value: nastyJson, ttlMs }, { requiredKeys: [] }),
  fc.record({ key, value: nastyJson, ttlMs, extra: nastyJson }, { requiredKeys: ['value'] }),
  fc.record({ operations: fc.oneof(fc.array(operation, { maxLength: 8 }), nastyJson) }),
  fc.record(
    {
      maxEntries: ttlMs,
      maxBytes: ttlMs,
      defaultTtlMs: ttlMs,
      maxTtlMs: ttlMs,
      sliding: nastyJson,
      history: nastyJson,
    },
    { requiredKeys: [] },
  ),
);
/** JSON of the right form, JSON of any form, and what is no JSON at all. */
const body = fc.oneof(
  { weight: 6, arbitrary: shaped.map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: nastyJson.map((value) => JSON.stringify(value) ?? '') },
  shaped.map((value) => JSON.stringify(value).slice(0, -1)),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.integer({ min: 1, max: 50_000 }).map((depth) => `{"value":${'['.repeat(depth)}${']'.repeat(depth)}}`),
);

/** What Node's client agrees to send in a header. */
const headerText = fc.oneof(
  fc.constantFrom(
    '*',
    '"x-1"',
    'W/"x-1"',
    '"a", "b"',
    ',',
    '"',
    '""',
    'x'.repeat(1_500),
    '"'.repeat(1_500),
    `x${' '.repeat(1_500)}x`,
  ),
  fc.string({ unit: fc.constantFrom(...'",*W/ \t=;abc-\xe9'), maxLength: 30 }),
);
const headers = fc.record(
  {
    'if-match': headerText,
    'if-none-match': headerText,
    prefer: fc.oneof(fc.constant('return=representation'), headerText),
    'x-request-id': headerText,
    accept: headerText,
    'content-type': fc.oneof({ weight: 8, arbitrary: fc.constant('application/json') }, headerText),
    'content-encoding': fc.oneof({ weight: 8, arbitrary: fc.constant('identity') }, headerText),
  },
  { requiredKeys: [] },
);

const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  fc
    .array(
      fc.tuple(
        fc.constantFrom('peek', 'prefix', 'sort', 'limit', 'after', 'types', 'x', '__proto__'),
        fc.oneof(segment, fc.constantFrom('true', 'key', '5', 'expired,evicted', 'earliest')),
      ),
      { maxLength: 4 },
    )
    .map((pairs) => `?${pairs.map((pair) => pair.join('=')).join('&')}`),
  fc.string({ unit: fc.constantFrom(...'%&=?+[]aF.'), maxLength: 20 }).map((text) => `?${text}`),
);

/** Every path of the document, its parameters filled in with anything. */
const path = fc
  .tuple(fc.constantFrom(...Object.keys(documented.document.paths)), segment, segment)
  .map(([template, cache, entry]) => template.replace('{cache}', () => cache).replace('{key}', () => entry));
const sendable = (text: string) => !/[^\x21-\xff]/.test(text);

describe('Whatever a client sends', () => {
  let rest: Rest;
  beforeAll(async () => (rest = await openRest()));
  afterAll(closeRests);

  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'] as const;

  for (const method of methods) {
    it(`by ${method} is answered as documented, and what is refused is a problem`, async () => {
      const withBody = method !== 'HEAD' && method !== 'GET' && method !== 'OPTIONS';
      const request = fc.record({ path, query, headers, body: withBody ? body : fc.constant(undefined) });
      await fc.assert(
        fc.asyncProperty(request, async ({ path, query, headers, body }) => {
          const target = path + query;
          fc.pre(sendable(target));
          const answer = await rest.send(method, target, { headers, body });
          // HEAD has no body to tell by what kind of problem it is.
          if (method === 'HEAD') return answer.status < 500;
          const faults = documented.faults({ method, path: target, ...answer });
          if (faults.length > 0) throw new Error(`${faults.join('; ')}: ${answer.text.slice(0, 500)}`);
          return true;
        }),
        { numRuns: RUNS },
      );
      expect(rest.logged.filter((line) => line['level'] === 50)).toEqual([]);
    });
  }

  it('that was written is read back unchanged', async () => {
    const wellFormed = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }),
    );
    const goodKey = wellFormed.filter((text) => !text.includes('\0') && text !== '.' && text !== '..');
    const value = fc.jsonValue({ maxDepth: 5 }) as fc.Arbitrary<unknown>;
    await fc.assert(
      fc.asyncProperty(goodKey, value, async (key, value) => {
        const at = `/api/v1/caches/roundtrip/entries/${encodeURIComponent(key)}`;
        const text = JSON.stringify(value);
        await rest.send('PUT', at, { body: `{"value":${text}}` });
        const { json } = await rest.send('GET', at, {});
        expect(json.key).toBe(key);
        expect(JSON.stringify(json.value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
      { numRuns: RUNS },
    );
  });
});
