import { DEFAULT_POLICY } from '@lapse/protocol';
import { EntryNotFound, RedisFull } from '../errors.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { closeStores, openStore, type Store } from '../../test/support/store.js';
import { Operations } from './operations.js';

describe('Operations that are asked for at once', () => {
  afterEach(closeStores);

  /** The scripts that the store runs from now on. */
  function runsOf(store: Store): string[] {
    const runs: string[] = [];
    const run = store.redis.run.bind(store.redis);
    spyOn(store.redis, 'run').and.callFake((name, keys, args) => {
      runs.push(name);
      return run(name, keys, args);
    });
    return runs;
  }

  it('share one run for each cache', async () => {
    const store = await openStore();
    const runs = runsOf(store);
    const keys = Array.from({ length: 20 }, (_, n) => `k${n}`);
    const entries = await Promise.all(
      ['a', 'b'].flatMap((cache) =>
        keys.map((key) => store.entries.create(cache, { key, value: `${cache} ${key}` })),
      ),
    );
    expect(entries.map(({ value }) => value)).toEqual(
      ['a', 'b'].flatMap((cache) => keys.map((key) => `${cache} ${key}`)),
    );
    expect(runs).toEqual(['operate', 'operate']);
  });

  it('are done by several runs where they are many, each answered with its own reply', async () => {
    const store = await openStore();
    const runs = runsOf(store);
    const asked = Array.from({ length: 200 }, (_, n) => store.entries.put('c', `k${n}`, { value: n }));
    const answers = await Promise.all(asked);
    expect(answers.map(({ entry }) => [entry.key, entry.value])).toEqual(
      Array.from({ length: 200 }, (_, n) => [`k${n}`, n]),
    );
    expect(runs.length).toBe(4);
    const events = await store.history('c');
    expect(events).toEqual(Array.from({ length: 200 }, (_, n) => `created k${n}`));
  });

  it('reach Redis before whatever is asked for after them', async () => {
    const store = await openStore();
    const put = store.entries.put('c', 'k', { value: 1 });
    const peek = store.entries.get('c', 'k', { peek: true });
    const remove = store.entries.delete('c', 'k');
    const list = store.entries.list('c', { sort: 'key', limit: 10 });
    const again = store.entries.put('c', 'k', { value: 2 });
    const cache = store.caches.get('c');
    expect((await put).entry.value).toBe(1);
    expect((await peek).value).toBe(1);
    await remove;
    expect((await list).items).toEqual([]);
    expect((await again).created).toBeTrue();
    expect((await cache).entries).toBe(1);
  });

  it('fail each by itself', async () => {
    const store = await openStore();
    const [missing, put] = await Promise.allSettled([
      store.entries.get('c', 'k'),
      store.entries.put('c', 'k', { value: 1 }),
    ]);
    expect(missing.status === 'rejected' && missing.reason).toBeInstanceOf(EntryNotFound);
    expect(put.status).toBe('fulfilled');
    // There was no cache yet that could have been missed in.
    expect((await store.caches.get('c')).misses).toBe(0);
  });

  it('come in order where Redis has forgotten its scripts', async () => {
    const server = await RedisServer.start();
    try {
      const store = await openStore(server);
      const admin = await server.connect();
      await store.entries.put('c', 'k', { value: 1 });
      await admin.scriptFlush();
      // Whatever is known to Redis by now, all of it is.
      await store.entries.get('c', 'k');
      await store.entries.get('c', 'k', { peek: true });
      const gets = Array.from({ length: 64 }, () => store.entries.get('c', 'k'));
      const put = store.entries.put('c', 'k', { value: 2 });
      const peek = store.entries.get('c', 'k', { peek: true });
      expect(new Set((await Promise.all(gets)).map(({ value }) => value))).toEqual(new Set([1]));
      await put;
      expect((await peek).value).toBe(2);
      admin.destroy();
    } finally {
      await server.stop();
    }
  });

  it('are done before the connection is closed', async () => {
    const [store, other] = [await openStore(undefined, 'closing'), await openStore(undefined, 'closing')];
    await store.entries.put('c', 'k', { value: 1 });
    const put = store.entries.put('c', 'k', { value: 2 });
    await store.redis.close();
    expect((await put).entry.value).toBe(2);
    expect((await other.entries.get('c', 'k')).value).toBe(2);
  });

  it('leave a cache within its bounds, though no run evicts more than a thousand', async () => {
    const store = await openStore();
    await store.caches.setPolicy('c', { ...DEFAULT_POLICY, maxBytes: 40_000 });
    for (let from = 0; from < 5_000; from += 1_000) {
      const set = (_: unknown, n: number) => ({ op: 'set' as const, key: `k${from + n}`, value: 1 });
      await store.entries.batch('c', Array.from({ length: 1_000 }, set));
    }
    const runs = runsOf(store);
    const big = 'x'.repeat(15_000);
    await Promise.all(['a', 'b'].map((key) => store.entries.put('c', key, { value: big })));
    const { bytes, entries, evicted } = await store.caches.get('c');
    expect(bytes).toBeLessThanOrEqual(40_000);
    expect(bytes).toBeGreaterThan(39_980);
    expect(evicted).toBe(5_000 + 2 - entries);
    const shrunk = runs.filter((name) => name === 'shrink').length;
    expect(shrunk).toBe(Math.ceil((evicted - 1_000) / 250));
    const { items } = await store.entries.list('c', { sort: 'recency', limit: 1 });
    expect(items[0]!.key).toBe(`k${evicted}`);
  });

  it('are refused, not left waiting, where a full Redis refuses even what needs no room', async () => {
    const operations = new Operations(() => Promise.reject(new RedisFull()));
    const asked = [
      operations.ask('c', 's', ['get', 'k']),
      operations.ask('d', 's', ['get', 'k']),
      operations.ask('d', 's', ['set', 'k', '', '', '1']),
    ];
    for (const one of asked) await expectAsync(one).toBeRejectedWithError(RedisFull);
  });

  it('are done on a full Redis, but for those that need room', async () => {
    const server = await RedisServer.start();
    try {
      const store = await openStore(server);
      await store.entries.batch(
        'c',
        ['a', 'b', 'd'].map((key) => ({ op: 'set', key, value: key, ttlMs: 60_000 })),
      );
      const admin = await server.connect();
      await admin.configSet('maxmemory', '1mb');
      const [get, set, renew, take, remove] = await Promise.allSettled([
        store.entries.get('c', 'a'),
        store.entries.put('c', 'e', { value: 'e' }),
        store.entries.renew('c', 'a', 90_000),
        store.entries.take('c', 'b'),
        store.entries.delete('c', 'd'),
      ]);
      admin.destroy();
      expect(get.status === 'fulfilled' && get.value.value).toBe('a');
      expect(set.status === 'rejected' && set.reason).toBeInstanceOf(RedisFull);
      expect(renew.status === 'fulfilled' && renew.value.ttlMs).toBe(90_000);
      expect(take.status === 'fulfilled' && take.value.value).toBe('b');
      expect(remove.status).toBe('fulfilled');
      expect(await store.entries.batch('c', [{ op: 'delete', key: 'a' }])).toEqual([{ ok: true }]);
      expect(await store.history('c')).toEqual([
        'created a',
        'created b',
        'created d',
        'renewed/request a',
        'deleted/take b',
        'deleted/request d',
        'deleted/request a',
      ]);
    } finally {
      await server.stop();
    }
  });
});
