import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { DEFAULT_POLICY } from '@lapse/protocol';
import { CacheNotFound, EntryNotFound, Invalid, ValueTooLarge } from '../errors.js';
import { closeStores, openStore, type Store } from '../../test/support/store.js';

describe('Caches', () => {
  let store: Store;
  beforeEach(async () => (store = await openStore()));
  afterEach(closeStores);

  const put = (key: string, value: unknown = key, ttlMs?: number) =>
    store.entries.put('c', key, { value, ttlMs });
  const get = (key: string) => store.entries.get('c', key);
  const keys = async () =>
    (await store.entries.list('c', { sort: 'recency', limit: 1000 })).items.map(({ key }) => key);
  const policy = (change: object) => store.caches.setPolicy('c', { ...DEFAULT_POLICY, ...change });

  it('come to be by a first write, with the default policy, or by a policy', async () => {
    await expectAsync(store.caches.get('c')).toBeRejectedWithError(CacheNotFound);
    await put('k');
    expect(await store.caches.get('c')).toEqual(jasmine.objectContaining({ ...DEFAULT_POLICY, entries: 1 }));
    expect((await store.caches.setPolicy('d', { ...DEFAULT_POLICY, maxEntries: 5 })).created).toBeTrue();
    expect((await store.caches.setPolicy('d', DEFAULT_POLICY)).created).toBeFalse();
    expect((await store.caches.list()).map(({ name, maxEntries }) => [name, maxEntries])).toEqual([
      ['c', null],
      ['d', null],
    ]);
  });

  it('refuse a default ttl above the longest', async () => {
    await expectAsync(policy({ defaultTtlMs: 11, maxTtlMs: 10 })).toBeRejectedWithError(Invalid);
  });

  it('count what happens in them', async () => {
    await policy({ maxEntries: 2 });
    await put('a', 'é');
    await put('b', 1, 20);
    await get('a');
    await sleep(30);
    await get('b').catch(() => undefined);
    await put('x');
    await put('y');
    await store.entries.delete('c', 'y');
    expect(await store.caches.get('c')).toEqual(
      jasmine.objectContaining({
        entries: 1,
        bytes: 'x"x"'.length,
        hits: 1,
        misses: 1,
        created: 4,
        expired: 1,
        evicted: 1,
        deleted: 1,
      }),
    );
  });

  describe('evict the least recently used', () => {
    it('beyond maxEntries, reads and writes both being uses, peeks not', async () => {
      await policy({ maxEntries: 3 });
      for (const key of ['a', 'b', 'c']) await put(key);
      await get('a');
      await put('b', 'again');
      await store.entries.get('c', 'c', { peek: true });
      await put('d');
      expect(await keys()).toEqual(['a', 'b', 'd']);
      expect((await store.history('c')).at(-1)).toBe('evicted/entries c');
    });

    it('one of 1,001 in a cache of 1,000', async () => {
      await policy({ maxEntries: 1_000 });
      await store.entries.batch(
        'c',
        Array.from({ length: 1_000 }, (_, i) => ({ op: 'set' as const, key: `k${i}`, value: i })),
      );
      await get('k0');
      await put('one more');
      const { items } = await store.log.read('c', { types: ['evicted'], limit: 10 });
      expect(items.map(({ key, value, reason }) => [key, value, reason])).toEqual([['k1', 1, 'entries']]);
    });

    it('beyond maxBytes, as many as must go', async () => {
      await policy({ maxBytes: 30 });
      for (const key of ['a', 'b', 'c']) await put(key, 'x'.repeat(7)); // 10 bytes each
      await put('d', 'x'.repeat(15)); // 18 bytes
      expect(await keys()).toEqual(['c', 'd']);
      expect((await store.history('c')).slice(-2)).toEqual(['evicted/bytes a', 'evicted/bytes b']);
      expect((await store.caches.get('c')).bytes).toBe(28);
    });

    it('but never for an entry that could not fit at all', async () => {
      await policy({ maxBytes: 30 });
      await put('a');
      await expectAsync(put('big', 'x'.repeat(40))).toBeRejectedWithError(ValueTooLarge);
      expect(await keys()).toEqual(['a']);
    });

    it('but an entry past its deadline has expired, and makes room first', async () => {
      await policy({ maxEntries: 2 });
      await put('old');
      await put('due', 1, 20);
      await sleep(30);
      await put('new');
      expect(await keys()).toEqual(['old', 'new']);
      expect((await store.history('c')).slice(-2)).toEqual(['created new', 'expired due']);
    });

    it('at once when the policy shrinks, however many', async () => {
      const operations = Array.from({ length: 1_000 }, (_, i) => ({
        op: 'set' as const,
        key: `k${i}`,
        value: i,
      }));
      for (let round = 0; round < 3; round++) {
        await store.entries.batch(
          'c',
          operations.map((operation) => ({ ...operation, key: `${round}${operation.key}` })),
        );
      }
      const { cache } = await policy({ maxEntries: 2 });
      expect([cache.entries, cache.evicted]).toEqual([2, 2_998]);
      expect(await keys()).toEqual(['2k998', '2k999']);
      const { items } = await store.log.read('c', { types: ['evicted'], limit: 1000 });
      expect(items.every(({ reason }) => reason === 'policy')).toBeTrue();
      expect(items.slice(0, 2).map(({ key }) => key)).toEqual(['0k0', '0k1']);
    });

    it('in exactly the order of a plain model, whatever is done', async () => {
      const action = fc.oneof(
        fc.record({
          op: fc.constant('put'),
          key: fc.integer({ min: 0, max: 7 }),
          size: fc.integer({ min: 0, max: 12 }),
        }),
        fc.record({
          op: fc.constantFrom('get', 'peek', 'renew', 'delete'),
          key: fc.integer({ min: 0, max: 7 }),
        }),
        fc.record({ op: fc.constant('policy'), key: fc.integer({ min: 1, max: 6 }) }),
      );
      let round = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
          const cache = `model${++round}`;
          const model = new Map<string, number>(); // insertion order is the order of use
          const bounds = { maxEntries: 4, maxBytes: 40 };
          await store.caches.setPolicy(cache, { ...DEFAULT_POLICY, ...bounds });
          const use = (key: string, bytes: number) => (model.delete(key), model.set(key, bytes));
          const shrink = () => {
            const bytes = () => [...model.values()].reduce((sum, size) => sum + size, 0);
            while (model.size > bounds.maxEntries || bytes() > bounds.maxBytes)
              model.delete([...model.keys()][0]!);
          };
          for (const { op, key: number, ...rest } of actions) {
            const key = `k${number}`;
            const ignore = () => undefined;
            if (op === 'put') {
              const value = 'x'.repeat((rest as { size: number }).size);
              await store.entries.put(cache, key, { value });
              use(key, key.length + value.length + 2);
            } else if (op === 'policy') {
              bounds.maxEntries = number;
              await store.caches.setPolicy(cache, { ...DEFAULT_POLICY, ...bounds });
            } else if (op === 'delete') {
              await store.entries.delete(cache, key).catch(ignore);
              model.delete(key);
            } else {
              if (op === 'renew') await store.entries.renew(cache, key, 60_000).catch(ignore);
              else await store.entries.get(cache, key, { peek: op === 'peek' }).catch(ignore);
              if (op !== 'peek' && model.has(key)) use(key, model.get(key)!);
            }
            shrink();
          }
          const page = await store.entries.list(cache, { sort: 'recency', limit: 100 });
          expect(page.items.map(({ key }) => key)).toEqual([...model.keys()]);
          const { entries, bytes, created, evicted, deleted } = await store.caches.get(cache);
          expect([entries, bytes]).toEqual([model.size, [...model.values()].reduce((a, b) => a + b, 0)]);
          expect(created).toBe(entries + evicted + deleted);
        }),
        { numRuns: 60 },
      );
    });
  });

  describe('remove', () => {
    it('ends all lives at once with one cleared event that counts them', async () => {
      await put('a');
      await put('b');
      await store.caches.remove('c');
      await expectAsync(store.caches.get('c')).toBeRejectedWithError(CacheNotFound);
      await expectAsync(store.caches.remove('c')).toBeRejectedWithError(CacheNotFound);
      await expectAsync(get('a')).toBeRejectedWithError(EntryNotFound);
      const { items } = await store.log.read('c', { limit: 10 });
      expect(items.at(-1)).toEqual(jasmine.objectContaining({ type: 'cleared', count: 2, cache: 'c' }));
      expect(items.at(-1)!.key).toBeUndefined();
    });

    it('what was past its deadline has expired, and is not cleared', async () => {
      await store.entries.batch(
        'c',
        Array.from({ length: 1_000 }, (_, i) => ({ op: 'set' as const, key: `k${i}`, value: i, ttlMs: 1 })),
      );
      await put('a');
      await sleep(10);
      await store.caches.remove('c');
      const { cursor } = await store.entries.list('c', { sort: 'key', limit: 1 });
      const history = [
        ...(await store.log.read('c', { types: ['expired'], limit: 1000 })).items,
        ...(await store.log.read('c', { types: ['cleared'], limit: 1000 })).items,
      ];
      expect(cursor).toMatch(/-2002$/); // 1,001 created, 1,000 expired, 1 cleared
      expect(history.filter(({ type }) => type === 'expired').length).toBe(1_000);
      expect(history.at(-1)!.count).toBe(1);
    });

    it('leaves the log to those who were away; a new cache of the name goes on in it', async () => {
      await put('a');
      const { cursor } = await store.caches.get('c');
      await store.caches.remove('c');
      await put('b');
      const { items } = await store.log.read('c', { after: cursor, limit: 10 });
      expect(items.map(({ type }) => type)).toEqual(['cleared', 'created']);
      expect((await store.caches.get('c')).created).toBe(1);
    });
  });
});
