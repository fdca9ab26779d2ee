import { EntryNotFound, RedisFull } from '../errors.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { closeStores, openStore, type Store } from '../../test/support/store.js';

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
      expect(await store.history('c')).toEqual([
        'created a',
        'created b',
        'created d',
        'renewed/request a',
        'deleted/take b',
        'deleted/request d',
      ]);
    } finally {
      await server.stop();
    }
  });
});
