import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { EntrySort } from '@lapse/protocol';
import { Invalid } from '../errors.js';
import { closeStores, openStore, type Store } from '../../test/support/store.js';

describe('Entries.list', () => {
  let store: Store;
  beforeEach(async () => (store = await openStore()));
  afterEach(closeStores);

  const fill = (entries: [key: string, ttlMs?: number | null][], cache = 'c') =>
    store.entries.batch(
      cache,
      entries.map(([key, ttlMs = null]) => ({ op: 'set', key, value: key, ttlMs })),
    );

  /** All keys of a listing, page by page, with something done between the pages. */
  async function walk(sort: EntrySort, limit: number, prefix = '', between = async () => {}, cache = 'c') {
    const keys: string[] = [];
    let after: string | undefined;
    do {
      const page = await store.entries.list(cache, { sort, limit, prefix, after });
      expect(page.items.length).toBeLessThanOrEqual(limit);
      keys.push(...page.items.map(({ key }) => key));
      after = page.next ?? undefined;
      await between();
    } while (after);
    return keys;
  }

  it('of a cache that does not exist is empty, with a cursor to watch after', async () => {
    const page = await store.entries.list('nowhere', { sort: 'key', limit: 10 });
    expect(page).toEqual({
      items: [],
      next: null,
      total: 0,
      cursor: jasmine.stringMatching(/^[0-9a-z]+-0$/),
    });
    expect(await store.caches.list()).toEqual([]);
    const again = await store.entries.list('nowhere', { sort: 'key', limit: 10 });
    expect(again.cursor).toBe(page.cursor);
    await fill([['k']], 'nowhere');
    const { items } = await store.log.read('nowhere', { after: page.cursor, limit: 10 });
    expect(items.map(({ key }) => key)).toEqual(['k']);
  });

  it('of a cache that comes to be meanwhile gives a cursor of before, or the entry', async () => {
    for (let round = 0; round < 40; round++) {
      const cache = `new${round}`;
      if (round % 2 === 0) {
        await fill([['old']], cache);
        await store.caches.remove(cache);
      }
      const [page] = await Promise.all([
        store.entries.list(cache, { sort: 'key', limit: 10 }),
        fill([['k']], cache),
        store.entries.list(cache, { sort: 'key', limit: 10 }),
      ]);
      const known = new Set(page.items.map(({ key }) => key));
      const { items } = await store.log.read(cache, { after: page.cursor, limit: 10 });
      for (const { key } of items) known.add(key!);
      expect([...known]).toEqual(['k']);
    }
  });

  it('sorts by key in the order of UTF-8 bytes', async () => {
    await fill([['b'], ['ä'], ['a'], ['B'], ['aa'], ['\u{1F600}'], ['\uFF5E']]);
    for (const limit of [1, 2, 100]) {
      expect(await walk('key', limit)).toEqual(['B', 'a', 'aa', 'b', 'ä', '\uFF5E', '\u{1F600}']);
    }
  });

  it('sorts by soonest deadline, those without one last, equals by key', async () => {
    await fill([['never2'], ['late', 90_000], ['soon', 50_000], ['never1'], ['also late', 90_000]]);
    for (const limit of [1, 2, 100]) {
      expect(await walk('expiry', limit)).toEqual(['soon', 'also late', 'late', 'never1', 'never2']);
    }
  });

  it('sorts by least recent use', async () => {
    await fill([['a'], ['b'], ['c']]);
    await store.entries.get('c', 'a');
    expect(await walk('recency', 2)).toEqual(['b', 'c', 'a']);
  });

  it('keeps to a prefix in every order, and counts what matches', async () => {
    await fill([['user:2', 20_000], ['user:1', 30_000], ['cart:1', 10_000], ['user'], ['user:3']]);
    expect(await walk('key', 1, 'user:')).toEqual(['user:1', 'user:2', 'user:3']);
    expect(await walk('expiry', 1, 'user:')).toEqual(['user:2', 'user:1', 'user:3']);
    expect(await walk('recency', 1, 'user:')).toEqual(['user:2', 'user:1', 'user:3']);
    const page = await store.entries.list('c', { sort: 'expiry', prefix: 'user:', limit: 1 });
    expect(page.total).toBe(3);
  });

  for (const sort of ['key', 'expiry', 'recency'] as const) {
    it(`by ${sort} shows every entry that stays, each once, while others come and go`, async () => {
      const staying = Array.from({ length: 300 }, (_, i) => `s${String(i).padStart(3, '0')}`);
      // One deadline for many: the place between pages is then told by key alone.
      await fill(staying.map((key, i) => [key, i < 200 ? 50_000 : 50_000 + i]));
      let n = 0;
      const churn = async () => {
        n++;
        await fill([
          [`s${n}new`, 50_000],
          [`t${n}`, 40_000],
        ]);
        if (n > 1) await store.entries.delete('c', `s${n - 1}new`);
      };
      const seen = (await walk(sort, 17, '', churn)).filter((key) => /^s\d{3}$/.test(key));
      expect(seen.length).toBe(300);
      expect(new Set(seen)).toEqual(new Set(staying));
    });
  }

  it('goes on from a place whose entry is gone', async () => {
    await fill([
      ['a', 50_000],
      ['b', 50_000],
      ['c', 50_000],
    ]);
    for (const sort of ['key', 'expiry', 'recency'] as const) {
      await fill([
        ['a', 50_000],
        ['b', 60_000],
        ['c', 70_000],
      ]);
      const { next } = await store.entries.list('c', { sort, limit: 2 });
      await store.entries.delete('c', 'b');
      const page = await store.entries.list('c', { sort, limit: 2, after: next! });
      expect(page.items.map(({ key }) => key)).toEqual(['c']);
      expect(page.next).toBeNull();
    }
  });

  it('finds a rare prefix among many entries, though one run looks at few', async () => {
    for (let round = 0; round < 12; round++) {
      await fill(Array.from({ length: 1_000 }, (_, i) => [`x${round}-${i}`, 10_000 + round * 1_000 + i]));
    }
    for (let round = 0; round < 6; round++) {
      await fill(Array.from({ length: 1_000 }, (_, i) => [`y${round}-${i}`, 90_000 + i]));
    }
    const page = await store.entries.list('c', { sort: 'expiry', prefix: 'y', limit: 1000 });
    expect([page.items.length, page.total]).toEqual([1_000, 6_000]);
    expect(new Set(await walk('expiry', 1_000, 'y')).size).toBe(6_000);
  });

  it('ends a page early when its values are large, and loses none', async () => {
    const large = 'x'.repeat(60_000);
    await store.entries.batch(
      'c',
      Array.from({ length: 150 }, (_, i) => ({ op: 'set', key: `k${i}`, value: large })),
    );
    const page = await store.entries.list('c', { sort: 'key', limit: 1000 });
    expect(page.items.length).toBeLessThan(150);
    expect(page.next).not.toBeNull();
    expect(new Set(await walk('key', 1000)).size).toBe(150);
  });

  it('gives a cursor such that the list and the events after it are the cache', async () => {
    await fill(Array.from({ length: 200 }, (_, i) => [`k${i}`]));
    const page = await store.entries.list('c', { sort: 'key', limit: 1000 });
    await store.entries.delete('c', 'k7');
    await fill([['new']]);
    const known = new Set(page.items.map(({ key }) => key));
    for (const { type, key } of (await store.log.read('c', { after: page.cursor, limit: 1000 })).items) {
      if (type === 'created') known.add(key!);
      else known.delete(key!);
    }
    const now = await store.entries.list('c', { sort: 'key', limit: 1000 });
    expect(known).toEqual(new Set(now.items.map(({ key }) => key)));
  });

  it('gives the cursor of before the first part was read, when a page takes several', async () => {
    for (let round = 0; round < 12; round++) {
      await fill(Array.from({ length: 1_000 }, (_, i) => [`x${round}-${i}`, 100_000 + round * 1_000 + i]));
    }
    for (let round = 0; round < 6; round++) {
      await fill(Array.from({ length: 1_000 }, (_, i) => [`y${round}-${i}`, 200_000 + i]));
    }
    let runs = 0;
    const run = store.redis.run.bind(store.redis);
    spyOn(store.redis, 'run').and.callFake(async (name, keys, args) => {
      const reply = await run(name, keys, args);
      // Between two parts something happens at a place that was looked at already.
      if (name === 'list' && ++runs === 1) await run('operate', keys, ['set', 'y-early', '50000', '', '1']);
      return reply;
    });
    const page = await store.entries.list('c', { sort: 'expiry', prefix: 'y', limit: 1000 });
    expect(runs).toBeGreaterThan(1);
    expect(page.items.some(({ key }) => key === 'y-early')).toBeFalse();
    const { items } = await store.log.read('c', { after: page.cursor, limit: 10 });
    expect(items.map(({ key }) => key)).toEqual(['y-early']);
  });

  it('refuses a page token that is not its own', async () => {
    await fill([['a'], ['b']]);
    const { next } = await store.entries.list('c', { sort: 'key', limit: 1 });
    for (const [after, sort, prefix] of [
      ['nonsense', 'key', ''],
      ['', 'key', ''],
      [next!, 'expiry', ''],
      [next!, 'key', 'a'],
      [`${next!}x`.slice(2), 'key', ''],
    ] as const) {
      await expectAsync(store.entries.list('c', { sort, prefix, after, limit: 1 })).toBeRejectedWithError(
        Invalid,
      );
    }
  });

  it('leaves out what is past its deadline, from items and total', async () => {
    await fill([['a', 20], ['b', 20], ['c', 60_000], ['d']]);
    await sleep(30);
    for (const sort of ['key', 'expiry', 'recency'] as const) {
      expect(await walk(sort, 1)).toEqual(['c', 'd']);
    }
    expect((await store.entries.list('c', { sort: 'key', limit: 1 })).total).toBe(2);
  });

  it('agrees with a plain model on any keys, deadlines, prefixes and page sizes', async () => {
    const key = fc.stringMatching(/^[ab\u00e9\u{1F600}]{1,3}$/u);
    const before = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(key, fc.option(fc.integer({ min: 1, max: 4 }))), {
          selector: ([k]) => k,
          maxLength: 30,
        }),
        fc.constantFrom('', 'a', 'ab', 'é'),
        fc.integer({ min: 1, max: 10 }),
        async (entries, prefix, limit) => {
          const cache = `m${++round}`;
          await fill(
            entries.map(([k, minutes]) => [k, minutes === null ? null : minutes * 60_000]),
            cache,
          );
          const expected = entries.filter(([k]) => k.startsWith(prefix));
          const keys = (list: typeof entries) => list.map(([k]) => k);
          const none = async () => {};
          expect(await walk('recency', limit, prefix, none, cache)).toEqual(keys(expected));
          const byKey = [...expected].sort(([a], [b]) => before(a, b));
          expect(await walk('key', limit, prefix, none, cache)).toEqual(keys(byKey));
          const byExpiry = byKey.toSorted(([, a], [, b]) => (a ?? 9) - (b ?? 9));
          expect(await walk('expiry', limit, prefix, none, cache)).toEqual(keys(byExpiry));
        },
      ),
      { numRuns: 40 },
    );
  });
});
