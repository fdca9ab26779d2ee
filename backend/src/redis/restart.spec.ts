import { CursorGone } from '../errors.js';
import { startBackend, stopBackends } from '../../test/support/backend.js';
import { becomes } from '../../test/support/eventually.js';
import { freshSpace, sharedRedis } from '../../test/support/helper.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { closeStores, openStore, type Store } from '../../test/support/store.js';
import { WsClient, closeClients } from '../../test/support/ws-client.js';

describe('A restart of Redis', () => {
  let server: RedisServer | undefined;

  afterEach(async () => {
    closeClients();
    await stopBackends();
    await closeStores();
    await server?.stop();
  });

  const put = (store: Store, key: string, cache = 'c') => store.entries.put(cache, key, { value: key });

  /** Kills Redis and starts it again; resolves when the store reaches it. */
  async function restart(store: Store): Promise<void> {
    await server!.kill('SIGKILL');
    await server!.start();
    await becomes(
      () =>
        store.redis.ping().then(
          () => 'there',
          () => 'away',
        ),
      'there',
    );
  }

  it('that lost nothing goes unnoticed: cursors hold, and a subscriber misses nothing', async () => {
    server = await RedisServer.start();
    const space = freshSpace();
    const backend = await startBackend({ server, space });
    const store = await openStore(server, space);
    const client = await WsClient.subscribe(backend.ws, 'c');
    const { entry } = await put(store, 'a');
    await restart(store);
    await put(store, 'b');
    await becomes(() => client.told, ['created a', 'created b']);
    await restart(store);
    await put(store, 'c');
    await becomes(() => client.told.length, 3);
    const { items } = await store.log.read('c', { after: entry.version, limit: 10 });
    expect(items.map(({ key }) => key)).toEqual(['b', 'c']);
    expect((await store.entries.get('c', 'a')).version).toBe(entry.version);
    expect(client.frames.some(({ type }) => type === 'gap')).toBeFalse();
    for (const { cursor } of client.events) {
      const late = await WsClient.subscribe(backend.ws, 'c', { after: cursor });
      expect((await late.frame('subscribed')).recovered).toBeTrue();
    }
  });

  it('that lost events refuses their cursors, though their numbers are given out again', async () => {
    server = await RedisServer.start(['--appendonly', 'no']);
    const space = freshSpace();
    const store = await openStore(server, space);
    const { entry: saved } = await put(store, 'saved');
    await put(store, 'x', 'removed');
    await store.caches.remove('removed');
    const snapshot = await server.connect();
    await snapshot.sendCommand(['SAVE']);
    snapshot.destroy();
    const { entry: lost } = await put(store, 'lost');
    const { entry: reborn } = await put(store, 'x', 'removed');
    await restart(store);
    // The numbers that the lost events had are given out again, for other events.
    await put(store, 'different');
    await put(store, 'more');
    await put(store, 'y', 'removed');
    for (const [cache, cursor] of [
      ['c', lost.version],
      ['removed', reborn.version],
    ] as const) {
      await expectAsync(store.log.read(cache, { after: cursor, limit: 10 })).toBeRejectedWithError(
        CursorGone,
      );
    }
    const kept = await store.log.read('c', { after: saved.version, limit: 10 });
    expect(kept.items.map(({ key }) => key)).toEqual(['different', 'more']);
    const { items } = await store.entries.list('c', { sort: 'key', limit: 10 });
    expect(items.map(({ key }) => key)).toEqual(['different', 'more', 'saved']);
  });

  it('that lost events is told to those who had received them, as a gap', async () => {
    server = await RedisServer.start(['--appendonly', 'no']);
    const space = freshSpace();
    const backend = await startBackend({ server, space });
    const store = await openStore(server, space);
    const client = await WsClient.subscribe(backend.ws, 'c');
    await put(store, 'lost');
    await becomes(() => client.told, ['created lost']);
    await restart(store);
    await put(store, 'a');
    await put(store, 'b');
    await client.frame('gap');
    await put(store, 'after the gap');
    await becomes(() => client.told.at(-1), 'created after the gap');
  });

  it('that lost events is told of each cache to those who follow them all', async () => {
    server = await RedisServer.start(['--appendonly', 'no']);
    const space = freshSpace();
    const backend = await startBackend({ server, space });
    const store = await openStore(server, space);
    const client = await WsClient.subscribe(backend.ws, '*');
    const { entry: lost } = await put(store, 'lost');
    await becomes(() => client.told, ['created lost']);
    await restart(store);
    await put(store, 'a');
    const { id, cache, from } = await client.frame('gap');
    expect([id, cache, from]).toEqual(['s', 'c', lost.version]);
  });

  it('that lost events before which nobody watched costs a new subscriber none of the events after it', async () => {
    server = await RedisServer.start(['--appendonly', 'no']);
    const space = freshSpace();
    const backend = await startBackend({ server, space });
    const store = await openStore(server, space);
    const snapshot = await server.connect();
    await put(store, 'saved');
    await snapshot.sendCommand(['SAVE']);
    snapshot.destroy();
    for (const key of ['x', 'y', 'z']) await put(store, key);
    const client = await WsClient.subscribe(backend.ws, 'c');
    await restart(store);
    const { entry: a } = await put(store, 'a');
    const { to } = await client.frame('gap');
    await put(store, 'b');
    // The gap ends where the log stood when the backend looked: with a, or before it.
    await becomes(() => client.told, to === a.version ? ['created b'] : ['created a', 'created b']);
  });

  it('is not mistaken for one when only the scripts were flushed', async () => {
    const store = await openStore();
    const { entry } = await put(store, 'a');
    const client = await sharedRedis().connect();
    await client.sendCommand(['SCRIPT', 'FLUSH']);
    client.destroy();
    await put(store, 'b');
    expect((await store.log.read('c', { after: entry.version, limit: 10 })).items.length).toBe(1);
  });
});
