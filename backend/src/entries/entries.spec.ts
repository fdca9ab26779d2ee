import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { DEFAULT_POLICY, LIMITS } from '@lapse/protocol';
import { EntryExists, EntryNotFound, Invalid, ValueTooLarge, VersionMismatch } from '../errors.js';
import { sharedRedis } from '../../test/support/helper.js';
import { closeStores, openStore, type Store } from '../../test/support/store.js';
import type { BatchOperation } from './entries.js';

describe('Entries', () => {
  let store: Store;
  beforeEach(async () => (store = await openStore()));
  afterEach(closeStores);

  const peek = (cache: string, key: string) => store.entries.get(cache, key, { peek: true });

  describe('create', () => {
    it('gives the entry back, with what is left of its ttl', async () => {
      const entry = await store.entries.create('c', { key: 'k', value: { a: [1, 'ü'] }, ttlMs: 5_000 });
      expect(entry.value).toEqual({ a: [1, 'ü'] });
      expect(entry.ttlMs).toBe(5_000);
      expect(Date.parse(entry.expiresAt!) - Date.parse(entry.createdAt)).toBe(5_000);
      expect(entry.version).toMatch(/^[0-9a-z]+-1$/);
      expect(await peek('c', 'k')).toEqual({ ...entry, ttlMs: jasmine.any(Number) });
    });

    it('makes up a URL-safe key of 128 bits when none is given', async () => {
      const { key } = await store.entries.create('c', { value: 1 });
      expect(key).toMatch(/^[A-Za-z0-9_-]{22}$/);
    });

    it('refuses a key that is alive, and takes it again once the deadline has passed', async () => {
      await store.entries.create('c', { key: 'k', value: 1, ttlMs: 40 });
      await expectAsync(store.entries.create('c', { key: 'k', value: 2 })).toBeRejectedWithError(EntryExists);
      await sleep(60);
      expect((await store.entries.create('c', { key: 'k', value: 2 })).value).toBe(2);
      expect(await store.history('c')).toEqual(['created k', 'expired k', 'created k']);
    });
  });

  describe('put', () => {
    it('tells created from replaced, and keeps createdAt while the entry lives', async () => {
      const first = await store.entries.put('c', 'k', { value: 1 });
      await sleep(5);
      const second = await store.entries.put('c', 'k', { value: 2 });
      expect([first.created, second.created]).toEqual([true, false]);
      expect(second.entry.createdAt).toBe(first.entry.createdAt);
      expect(second.entry.updatedAt > first.entry.updatedAt).toBeTrue();
      expect(await store.history('c')).toEqual(['created k', 'updated k']);
    });

    it('replaces only the version that If-Match names', async () => {
      const { entry } = await store.entries.put('c', 'k', { value: 1 });
      await store.entries.put('c', 'k', { value: 2 }, { ifMatch: ['other-1', entry.version] });
      await expectAsync(
        store.entries.put('c', 'k', { value: 3 }, { ifMatch: [entry.version] }),
      ).toBeRejectedWithError(VersionMismatch);
      expect((await peek('c', 'k')).value).toBe(2);
    });

    it('takes a version * for none that there is, not for any', async () => {
      await store.entries.put('c', 'k', { value: 1 });
      await expectAsync(store.entries.put('c', 'k', { value: 2 }, { ifMatch: ['*'] })).toBeRejectedWithError(
        VersionMismatch,
      );
      expect((await store.entries.put('c', 'k', { value: 3 }, { ifNoneMatch: ['*'] })).created).toBeFalse();
    });

    it('does not take one version for another that begins with it', async () => {
      for (let i = 0; i < 12; i++) await store.entries.put('c', 'k', { value: i });
      const { version } = await peek('c', 'k');
      expect(version.endsWith('-12')).toBeTrue();
      await expectAsync(
        store.entries.put('c', 'k', { value: 'x' }, { ifMatch: [version.slice(0, -1), `${version}0`] }),
      ).toBeRejectedWithError(VersionMismatch);
    });

    it('knows the preconditions * of an absent and a living entry', async () => {
      await expectAsync(store.entries.put('c', 'k', { value: 1 }, { ifMatch: '*' })).toBeRejectedWithError(
        VersionMismatch,
      );
      await store.entries.put('c', 'k', { value: 1 }, { ifNoneMatch: '*' });
      await expectAsync(
        store.entries.put('c', 'k', { value: 1 }, { ifNoneMatch: '*' }),
      ).toBeRejectedWithError(VersionMismatch);
      expect((await store.entries.put('c', 'k', { value: 5 }, { ifMatch: '*' })).entry.value).toBe(5);
    });

    it('lets one of many writers with the same If-Match through', async () => {
      const { entry } = await store.entries.put('c', 'k', { value: 0 });
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, value) =>
          store.entries.put('c', 'k', { value }, { ifMatch: [entry.version] }),
        ),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    });
  });

  describe('ttl', () => {
    it('is the default of the cache when absent, none when null, and bounded by maxTtlMs', async () => {
      await store.caches.setPolicy('c', { ...DEFAULT_POLICY, defaultTtlMs: 1_000, maxTtlMs: 2_000 });
      expect((await store.entries.put('c', 'a', { value: 1 })).entry.ttlMs).toBe(1_000);
      expect((await store.entries.put('c', 'b', { value: 1, ttlMs: 2_000 })).entry.ttlMs).toBe(2_000);
      for (const ttlMs of [2_001, null]) {
        const error = await store.entries
          .put('c', 'd', { value: 1, ttlMs })
          .catch((caught: Invalid) => caught);
        expect((error as Invalid).errors).toEqual([
          { pointer: '/ttlMs', detail: jasmine.stringContaining('2000 ms') as unknown as string },
        ]);
        await expectAsync(store.entries.renew('c', 'a', ttlMs)).toBeRejectedWithError(Invalid);
      }
      await expectAsync(peek('c', 'd')).toBeRejectedWithError(EntryNotFound);
    });

    it('is maxTtlMs where the cache has no default', async () => {
      await store.caches.setPolicy('c', { ...DEFAULT_POLICY, maxTtlMs: 700 });
      expect((await store.entries.put('c', 'a', { value: 1 })).entry.ttlMs).toBe(700);
    });

    it('refuses what is no ttl', async () => {
      for (const ttlMs of [0, -1, 1.5, NaN, Infinity, LIMITS.ttlMs + 1]) {
        await expectAsync(store.entries.put('c', 'k', { value: 1, ttlMs })).toBeRejectedWithError(Invalid);
      }
    });

    it('is renewed from now on by renew, which keeps value and version', async () => {
      const { entry } = await store.entries.put('c', 'k', { value: 'v', ttlMs: 1_000 });
      await sleep(20);
      const renewed = await store.entries.renew('c', 'k', 1_000);
      expect(renewed.ttlMs).toBe(1_000);
      expect(renewed.expiresAt! > entry.expiresAt!).toBeTrue();
      expect([renewed.value, renewed.version]).toEqual(['v', entry.version]);
      expect((await store.entries.renew('c', 'k', null)).expiresAt).toBeNull();
    });
  });

  describe('after the deadline', () => {
    it('no call returns the entry, though nobody has swept', async () => {
      await store.entries.put('c', 'k', { value: 1, ttlMs: 30 });
      await store.entries.put('c', 'other', { value: 1 });
      await sleep(40);
      await expectAsync(peek('c', 'k')).toBeRejectedWithError(EntryNotFound);
      const page = await store.entries.list('c', { sort: 'key', limit: 10 });
      expect(page.items.map(({ key }) => key)).toEqual(['other']);
      expect(page.total).toBe(1);
      expect((await store.caches.get('c')).entries).toBe(1);
      await expectAsync(store.entries.get('c', 'k')).toBeRejectedWithError(EntryNotFound);
    });

    const calls: [string, (store: Store) => Promise<unknown>][] = [
      ['get', (s: Store) => s.entries.get('c', 'k')],
      ['renew', (s: Store) => s.entries.renew('c', 'k', 1_000)],
      ['delete', (s: Store) => s.entries.delete('c', 'k')],
      ['take', (s: Store) => s.entries.take('c', 'k')],
    ];
    for (const [call, act] of calls) {
      it(`${call} finds nothing, and the life ends in one expired event with its last value`, async () => {
        await store.entries.put('c', 'k', { value: { last: true }, ttlMs: 30 });
        await sleep(40);
        await expectAsync(act(store)).toBeRejectedWithError(EntryNotFound);
        await expectAsync(act(store)).toBeRejectedWithError(EntryNotFound);
        const { items } = await store.log.read('c', { limit: 10 });
        expect(items.map(({ type }) => type)).toEqual(['created', 'expired']);
        expect(items[1]!.value).toEqual({ last: true });
        expect(items[1]!.lagMs).toBeGreaterThanOrEqual(10);
      });
    }

    it('a precondition sees no entry', async () => {
      const { entry } = await store.entries.put('c', 'k', { value: 1, ttlMs: 30 });
      await sleep(40);
      await expectAsync(
        store.entries.put('c', 'k', { value: 2 }, { ifMatch: [entry.version] }),
      ).toBeRejectedWithError(VersionMismatch);
    });
  });

  describe('take', () => {
    it('gives the value to exactly one of many takers', async () => {
      await store.entries.put('c', 'k', { value: 'prize' });
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, () => store.entries.take('c', 'k')),
      );
      const got = outcomes.flatMap((outcome) =>
        outcome.status === 'fulfilled' ? [outcome.value.value] : [],
      );
      expect(got).toEqual(['prize']);
      expect(await store.history('c')).toEqual(['created k', 'deleted/take k']);
    });

    it('and delete keep to their precondition', async () => {
      const { entry } = await store.entries.put('c', 'k', { value: 1 });
      const stale = { ifMatch: [`${entry.version}9`] };
      await expectAsync(store.entries.take('c', 'k', stale)).toBeRejectedWithError(VersionMismatch);
      await expectAsync(store.entries.delete('c', 'k', stale)).toBeRejectedWithError(VersionMismatch);
      await store.entries.delete('c', 'k', { ifMatch: [entry.version] });
      expect(await store.history('c')).toEqual(['created k', 'deleted/request k']);
    });
  });

  describe('a sliding entry', () => {
    beforeEach(() => store.caches.setPolicy('c', { ...DEFAULT_POLICY, sliding: true }));

    it('is renewed by each read, by its own ttl, and not by a peek', async () => {
      const { entry } = await store.entries.put('c', 'k', { value: 1, ttlMs: 500 });
      await sleep(30);
      expect((await peek('c', 'k')).expiresAt).toBe(entry.expiresAt);
      const read = await store.entries.get('c', 'k');
      expect(read.ttlMs).toBe(500);
      expect(read.version).toBe(entry.version);
    });

    it('logs its renewals by use at most once a second', async () => {
      await store.entries.put('c', 'k', { value: 1, ttlMs: 5_000 });
      for (let i = 0; i < 5; i++) await store.entries.get('c', 'k');
      expect(await store.history('c')).toEqual(['created k', 'renewed/use k']);
      await sleep(1_010);
      await store.entries.get('c', 'k');
      expect((await store.history('c')).length).toBe(3);
    });

    it('does so though it is replaced in between', async () => {
      for (let i = 0; i < 3; i++) {
        await store.entries.put('c', 'k', { value: i, ttlMs: 5_000 });
        await store.entries.get('c', 'k');
      }
      expect(await store.history('c')).toEqual(['created k', 'renewed/use k', 'updated k', 'updated k']);
    });

    it('keeps all that is known of it, over replacing and the longest ttl', async () => {
      for (const ttlMs of [60_000, 2 ** 32 - 1, 2 ** 32, LIMITS.ttlMs]) {
        const { entry: first } = await store.entries.put('c', 'k', { value: 'a', ttlMs });
        const used = await store.entries.get('c', 'k');
        expect([used.version, used.createdAt, used.updatedAt]).toEqual([
          first.version,
          first.createdAt,
          first.updatedAt,
        ]);
        await sleep(5);
        const { entry: second } = await store.entries.put('c', 'k', { value: 'b', ttlMs });
        expect(second.createdAt).toBe(first.createdAt);
        expect(second.updatedAt > first.updatedAt).toBeTrue();
        const read = await store.entries.get('c', 'k');
        expect(read.ttlMs).toBe(ttlMs);
        expect([read.value, read.version, read.createdAt, read.updatedAt]).toEqual([
          'b',
          second.version,
          first.createdAt,
          second.updatedAt,
        ]);
        await store.entries.delete('c', 'k');
      }
    });

    it('without a deadline stays without one', async () => {
      await store.entries.put('c', 'k', { value: 1 });
      expect((await store.entries.get('c', 'k')).expiresAt).toBeNull();
    });
  });

  const bounds = fc.record({
    maxEntries: fc.option(fc.integer({ min: 1, max: 4 })),
    maxBytes: fc.option(fc.integer({ min: 12, max: 40 })),
  });

  /** Everything that can be seen of a cache, but for moments and versions. */
  async function state(cache: string) {
    const figures = { ...(await store.caches.get(cache)), name: '', createdAt: '', cursor: '' };
    const { items } = await store.entries.list(cache, { sort: 'recency', limit: 10 });
    return [figures, items.map(({ key, value }) => [key, value]), await store.history(cache)];
  }

  describe('calls made at once', () => {
    it('do what they would do one after the other, and are told the same', async () => {
      const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
      const condition = fc.constantFrom(
        undefined,
        undefined,
        { ifMatch: '*' as const },
        { ifNoneMatch: '*' as const },
      );
      const call = fc.oneof(
        fc.tuple(
          fc.constant('put' as const),
          key,
          fc.record({ value: fc.stringMatching(/^x{0,9}$/) }),
          condition,
        ),
        fc.tuple(fc.constant('get' as const), key),
        fc.tuple(fc.constant('renew' as const), key, fc.constantFrom(60_000, null), condition),
        fc.tuple(fc.constant('delete' as const), key, condition),
        fc.tuple(fc.constant('take' as const), key, condition),
      );
      type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;
      const make = (cache: string, [verb, ...args]: Call) =>
        (store.entries[verb] as (cache: string, ...args: unknown[]) => Promise<unknown>)(cache, ...args);
      const outcome = (settled: PromiseSettledResult<unknown>) => {
        if (settled.status === 'rejected') return (settled.reason as Error).constructor.name;
        const told = settled.value as
          { created?: boolean; entry?: { value: unknown }; value?: unknown } | undefined;
        return [told?.created, (told?.entry ?? told)?.value];
      };
      let round = 0;
      await fc.assert(
        fc.asyncProperty(
          bounds,
          fc.boolean(),
          fc.array(call, { minLength: 1, maxLength: 30 }),
          async (bound, sliding, calls) => {
            const [apart, atOnce] = [`apart${++round}`, `atonce${round}`];
            const policy = { ...DEFAULT_POLICY, ...bound, sliding, defaultTtlMs: 600_000 };
            for (const cache of [apart, atOnce]) await store.caches.setPolicy(cache, policy);
            const expected: ReturnType<typeof outcome>[] = [];
            for (const one of calls)
              expected.push(...(await Promise.allSettled([make(apart, one)])).map(outcome));
            const told = await Promise.allSettled(calls.map((one) => make(atOnce, one)));
            expect(told.map(outcome)).toEqual(expected);
            expect(await state(atOnce)).toEqual(await state(apart));
          },
        ),
        { numRuns: 100 },
      );
    });
  });

  describe('batch', () => {
    it('does all in order, with a result each, a bad one not stopping the rest', async () => {
      await store.entries.put('c', 'old', { value: 'o' });
      const outcomes = await store.entries.batch('c', [
        { op: 'set', key: 'a', value: 1, ttlMs: 900 },
        { op: 'set', key: 'a', value: 2 },
        { op: 'renew', key: 'nobody', ttlMs: 10 },
        { op: 'set', key: '', value: 3 },
        { op: 'renew', key: 'a', ttlMs: 800 },
        { op: 'delete', key: 'old' },
        { op: 'delete', key: 'old' },
        { op: 'set', key: 'big', value: 'x'.repeat(70_000) },
      ]);
      expect(outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.error.code))).toEqual([
        'ok',
        'ok',
        'entry-not-found',
        'invalid',
        'ok',
        'ok',
        'entry-not-found',
        'value-too-large',
      ]);
      expect(outcomes.map((outcome) => (outcome.ok ? outcome.created : undefined)).slice(0, 2)).toEqual([
        true,
        false,
      ]);
      const renewed = outcomes[4] as { entry: { value: unknown; ttlMs: number } };
      expect([renewed.entry.value, renewed.entry.ttlMs]).toEqual([2, 800]);
      expect(await store.history('c')).toEqual([
        'created old',
        'created a',
        'updated a',
        'renewed/request a',
        'deleted/request old',
      ]);
    });

    it('does what the same calls do one by one, or all at once', async () => {
      const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
      const value = fc.stringMatching(/^x{0,9}$/);
      const operation: fc.Arbitrary<BatchOperation> = fc.oneof(
        fc.record({ op: fc.constant('set' as const), key, value }),
        fc.record({ op: fc.constant('renew' as const), key, ttlMs: fc.constantFrom(60_000, null) }),
        fc.record({ op: fc.constant('delete' as const), key }),
      );
      const call = (cache: string, { op, key, ...rest }: BatchOperation): Promise<unknown> => {
        if (op === 'delete') return store.entries.delete(cache, key);
        if (op === 'renew') return store.entries.renew(cache, key, (rest as { ttlMs: number }).ttlMs);
        return store.entries.put(cache, key, rest as { value: string });
      };
      let round = 0;
      await fc.assert(
        fc.asyncProperty(
          bounds,
          fc.array(operation, { minLength: 1, maxLength: 30 }),
          async (bound, operations) => {
            const caches = ['batch', 'apart', 'atonce'].map((name) => `${name}${round}`);
            const [batch, apart, atOnce] = caches as [string, string, string];
            round++;
            for (const cache of caches) await store.caches.setPolicy(cache, { ...DEFAULT_POLICY, ...bound });
            await store.entries.batch(batch, operations);
            for (const operation of operations) await call(apart, operation).catch(() => undefined);
            await Promise.allSettled(operations.map((operation) => call(atOnce, operation)));
            const expected = await state(apart);
            expect(await state(batch)).toEqual(expected);
            expect(await state(atOnce)).toEqual(expected);
          },
        ),
        { numRuns: 60 },
      );
    });

    it('of a thousand is few messages to those who listen', async () => {
      const client = await sharedRedis().connect();
      const messages: string[] = [];
      await client.subscribe(store.redis.keys.live, (message) => messages.push(message));
      await store.entries.batch(
        'c',
        Array.from({ length: 1_000 }, (_, i) => ({ op: 'set' as const, key: `k${i}`, value: i })),
      );
      await sleep(50);
      client.destroy();
      expect(messages.length).toBeLessThan(10);
      expect(messages.join('\0').split('\0').length).toBe(10_000);
    });
  });

  describe('checks', () => {
    it('keys: 1 to 512 bytes of well-formed UTF-8, no NUL, not . or ..', async () => {
      for (const key of ['', '.', '..', 'a\0b', '\ud800', 'x'.repeat(513), 'ü'.repeat(257)]) {
        await expectAsync(store.entries.put('c', key, { value: 1 })).toBeRejectedWithError(Invalid);
      }
      for (const key of ['...', 'a/b', '%2F', 'ü'.repeat(256), '\u{1F600}', ' ', '\n', 'x'.repeat(512)]) {
        await store.entries.put('c', key, { value: key });
        expect((await peek('c', key)).value).toBe(key);
      }
    });

    it('cache names follow the contract', async () => {
      for (const name of ['', 'A', '-a', 'a:b', 'a b', 'x'.repeat(65)]) {
        await expectAsync(store.entries.put(name, 'k', { value: 1 })).toBeRejectedWithError(Invalid);
      }
      await store.entries.put(`a.b_c-${'x'.repeat(58)}`, 'k', { value: 1 });
      expect((await store.caches.list()).length).toBe(1);
    });

    it('values: at most 64 KiB of JSON, and not nested beyond reading', async () => {
      await store.entries.put('c', 'k', { value: 'x'.repeat(LIMITS.valueBytes - 2) });
      await expectAsync(
        store.entries.put('c', 'k', { value: 'x'.repeat(LIMITS.valueBytes - 1) }),
      ).toBeRejectedWithError(ValueTooLarge);
      const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown;
      await store.entries.put('c', 'k', { value: nested(LIMITS.valueDepth) });
      await expectAsync(
        store.entries.put('c', 'k', { value: nested(LIMITS.valueDepth + 1) }),
      ).toBeRejectedWithError(Invalid);
      await expectAsync(store.entries.put('c', 'k', { value: nested(20_000) })).toBeRejectedWithError(
        Invalid,
      );
    });

    it('any JSON value comes back as it was', async () => {
      const values = [
        null,
        true,
        0,
        -1.5e300,
        '',
        'NUL \0 and \ud83d\ude00',
        [],
        {},
        { __proto__x: 1, a: [{}] },
      ];
      for (const value of values) {
        await store.entries.put('c', 'k', { value });
        expect((await peek('c', 'k')).value).toEqual(value);
      }
    });
  });
});
