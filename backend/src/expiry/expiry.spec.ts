import { setTimeout as sleep } from 'node:timers/promises';
import { RedisClient } from '../redis/client.js';
import { startBackend, stopBackends, type RunningBackend } from '../../test/support/backend.js';
import { becomes, until } from '../../test/support/eventually.js';
import { freshSpace, sharedRedis } from '../../test/support/helper.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { closeStores, openStore, type Store } from '../../test/support/store.js';

/** Lag is bounded generously here: how punctual it really is, the bench measures. */
const PUNCTUAL_MS = 250;

describe('Expiry', () => {
  const servers: RedisServer[] = [];

  afterEach(async () => {
    await stopBackends();
    await closeStores();
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  async function ownServer(options?: string[]): Promise<RedisServer> {
    const server = await RedisServer.start(options);
    servers.push(server);
    return server;
  }

  const fill = (store: Store, count: number, ttlMs: (i: number) => number, cache = 'c') =>
    store.entries.batch(
      cache,
      Array.from({ length: count }, (_, i) => ({
        op: 'set' as const,
        key: `k${i}`,
        value: i,
        ttlMs: ttlMs(i),
      })),
    );

  const expired = async (store: Store, cache = 'c') =>
    (await store.log.read(cache, { types: ['expired'], limit: 1000 })).items;

  it('ends each life in one expired event, not early, punctually, with the last value', async () => {
    const space = freshSpace();
    await startBackend({ space });
    const store = await openStore(sharedRedis(), space);
    await fill(store, 300, (i) => 50 + i);
    await store.entries.put('c', 'k0', { value: 'last', ttlMs: 100 });
    await becomes(async () => (await expired(store)).length, 300);
    await sleep(50);
    const events = await expired(store);
    expect(new Set(events.map(({ key }) => key)).size).toBe(300);
    expect(events.length).toBe(300);
    expect(events.find(({ key }) => key === 'k0')!.value).toBe('last');
    for (const { lagMs, at, expiresAt } of events) {
      expect(lagMs).toBeGreaterThanOrEqual(0);
      expect(lagMs).toBeLessThan(PUNCTUAL_MS);
      expect(Date.parse(at) - Date.parse(expiresAt!)).toBe(lagMs!);
    }
    expect((await store.caches.get('c')).expired).toBe(300);
  });

  it('follows a deadline that is moved nearer, further, or taken away', async () => {
    const space = freshSpace();
    await startBackend({ space });
    const store = await openStore(sharedRedis(), space);
    await fill(store, 3, () => 60_000);
    await store.entries.renew('c', 'k1', 80);
    await store.entries.put('c', 'later', { value: 1, ttlMs: 60 });
    await store.entries.renew('c', 'later', 60_000);
    await store.entries.put('c', 'never', { value: 1, ttlMs: 60 });
    await store.entries.renew('c', 'never', null);
    await becomes(async () => (await expired(store)).map(({ key }) => key), ['k1']);
    await sleep(100);
    expect((await expired(store)).length).toBe(1);
    expect((await expired(store))[0]!.lagMs).toBeLessThan(PUNCTUAL_MS);
  });

  it('gives one event per expiry with several backends on one Redis', async () => {
    const space = freshSpace();
    await Promise.all([1, 2, 3].map(() => startBackend({ space })));
    const store = await openStore(sharedRedis(), space);
    await Promise.all(['a', 'b', 'c', 'd'].map((cache) => fill(store, 200, (i) => 50 + (i % 20), cache)));
    for (const cache of ['a', 'b', 'c', 'd']) {
      await becomes(async () => (await expired(store, cache)).length, 200);
    }
    await sleep(100);
    for (const cache of ['a', 'b', 'c', 'd']) {
      expect(await store.history(cache)).toHaveSize(400);
    }
  });

  it('is the work of one backend, however many there are', async () => {
    const runs = spyOn(RedisClient.prototype, 'run').and.callThrough();
    const space = freshSpace();
    await Promise.all(Array.from({ length: 4 }, () => startBackend({ space })));
    const store = await openStore(sharedRedis(), space);
    await fill(store, 100, (i) => 100 + i * 5);
    await becomes(async () => (await expired(store)).length, 100);
    const shard = store.redis.keys.shard('c');
    const settled = runs.calls
      .all()
      .filter(({ args: [name, keys] }) => name === 'settle' && keys[0] === shard);
    expect(settled.length).toBeGreaterThan(0);
    // Two where a lease changed hands meanwhile, as it may on a machine that stood still for a second; never four.
    expect(new Set(settled.map(({ object }) => object)).size).toBeLessThan(3);
  });

  it('goes on, on another backend, when the one that sweeps stops', async () => {
    const space = freshSpace();
    const first = await startBackend({ space });
    await startBackend({ space });
    const store = await openStore(sharedRedis(), space);
    await fill(store, 50, (i) => 100 + i);
    await first.stop();
    await becomes(async () => (await expired(store)).length, 50);
  });

  it('goes on, within three seconds, when the one that sweeps vanished and left its leases', async () => {
    const space = freshSpace();
    const { backend } = await startBackend({ space });
    const store = await openStore(sharedRedis(), space);
    // As if killed: it neither renews its leases, nor gives them up, nor hears of anything.
    const sweeper = backend['sweeper'];
    await until(() => sweeper['held'].size === store.redis.keys.shards.length);
    clearInterval(sweeper['renewal']);
    sweeper['held'].clear();
    await fill(store, 50, () => 100);
    await startBackend({ space });
    await becomes(async () => (await expired(store)).length, 50);
    for (const { lagMs } of await expired(store)) expect(lagMs).toBeLessThan(3_000);
  });

  it('settles what came due while no backend ran', async () => {
    const space = freshSpace();
    const store = await openStore(sharedRedis(), space);
    await fill(store, 700, () => 20);
    await sleep(50);
    expect((await expired(store)).length).toBe(0);
    await startBackend({ space });
    await becomes(async () => (await expired(store)).length, 700);
  });

  it('settles what came due while Redis was down', async () => {
    const server = await ownServer();
    const space = freshSpace();
    await startBackend({ server, space });
    const store = await openStore(server, space);
    await fill(store, 20, () => 300);
    await server.kill('SIGKILL');
    await sleep(400);
    await server.start();
    await until(() =>
      store.redis.ping().then(
        () => true,
        () => false,
      ),
    );
    await becomes(async () => (await expired(store).catch(() => [])).length, 20);
    expect((await store.history('c')).length).toBe(40);
  });

  it('is right, and hardly later, when notifications are off and may not be switched on', async () => {
    const server = await ownServer(['--notify-keyspace-events', '', '--rename-command', 'CONFIG', '']);
    const space = freshSpace();
    await startBackend({ server, space });
    const store = await openStore(server, space);
    await fill(store, 50, (i) => 50 + i * 5);
    await becomes(async () => (await expired(store)).length, 50);
    for (const { lagMs } of await expired(store)) expect(lagMs).toBeLessThan(1_000);
  });

  it('switches notifications on where they are off, and keeps what else was on', async () => {
    const server = await ownServer(['--notify-keyspace-events', 'Kg']);
    await startBackend({ server });
    const client = await server.connect();
    await becomes(async () => {
      const setting = (await client.configGet('notify-keyspace-events'))['notify-keyspace-events'] ?? '';
      return [...'KgEx'].every((flag) => setting.includes(flag));
    }, true);
    client.destroy();
  });

  it('is set going by the notification: a fuse that Redis expires by itself is settled', async () => {
    const space = freshSpace();
    const { backend }: RunningBackend = await startBackend({ space });
    const fuses: string[] = [];
    backend['listener'].on('fuse', (shard) => fuses.push(shard));
    const store = await openStore(sharedRedis(), space);
    await fill(store, 1, () => 50);
    await becomes(async () => (await expired(store)).length, 1);
    expect(fuses).toEqual([store.redis.keys.shard('c')]);
  });
});
