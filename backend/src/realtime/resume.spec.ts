import { DEFAULT_POLICY } from '@lapse/protocol';
import { RedisClient } from '../redis/client.js';
import { startBackend, stopBackends, type RunningBackend } from '../../test/support/backend.js';
import { becomes } from '../../test/support/eventually.js';
import { freshSpace, sharedRedis } from '../../test/support/helper.js';
import { closeStores, openStore, type Store } from '../../test/support/store.js';
import { WsClient, closeClients } from '../../test/support/ws-client.js';

describe('Resuming', () => {
  let backend: RunningBackend;
  let store: Store;
  let space: string;

  beforeEach(async () => {
    space = freshSpace();
    backend = await startBackend({ space });
    store = await openStore(sharedRedis(), space);
  });

  afterEach(async () => {
    closeClients();
    await stopBackends();
    await closeStores();
  });

  const fill = (count: number, name = 'k', cache = 'c') =>
    store.entries.batch(
      cache,
      Array.from({ length: count }, (_, i) => ({ op: 'set' as const, key: `${name}${i}`, value: i })),
    );

  const cursors = (client: WsClient) => client.events.map(({ cursor }) => cursor);

  async function resume(after: string, rest: object = {}): Promise<WsClient> {
    return WsClient.subscribe(backend.ws, 'c', { after, ...rest });
  }

  it('replays what came after the cursor, says live, and goes on', async () => {
    const { entry } = await store.entries.put('c', 'first', { value: 1 });
    await fill(3);
    const client = await resume(entry.version);
    expect(await client.frame('subscribed')).toEqual({
      type: 'subscribed',
      id: 's',
      cache: 'c',
      cursor: entry.version,
      recovered: true,
    });
    const { cursor } = await client.frame('live');
    await store.entries.put('c', 'last', { value: 1 });
    await becomes(() => client.told, ['created k0', 'created k1', 'created k2', 'created last']);
    expect(client.frames.map(({ type }) => type)).toEqual([
      'welcome',
      'subscribed',
      'event',
      'event',
      'event',
      'live',
      'event',
    ]);
    expect(cursor).toBe(client.events[2]!.cursor);
  });

  it('from earliest replays all that is held, of an empty log nothing', async () => {
    const empty = await resume('earliest');
    expect((await empty.frame('subscribed')).recovered).toBeTrue();
    await empty.frame('live');
    await fill(2);
    await becomes(() => empty.told.length, 2);
    const client = await resume('earliest');
    await client.frame('live');
    expect(client.events).toEqual(empty.events);
  });

  it('through the URL too', async () => {
    await fill(2);
    const client = await WsClient.connect(`${backend.ws}?cache=c&after=earliest`);
    await client.frame('live');
    expect(client.told.length).toBe(2);
  });

  it('misses and doubles nothing at the seam, while writes go on', async () => {
    await fill(1_000);
    const uninterrupted = await WsClient.subscribe(backend.ws, 'c');
    let writing = true;
    const writer = (async () => {
      for (let i = 0; writing; i++) await fill(20, `w${i}-`);
    })();
    const resumed = await Promise.all(Array.from({ length: 10 }, () => resume('earliest')));
    for (const client of resumed) await client.frame('live');
    writing = false;
    await writer;
    await fill(1, 'end');
    for (const client of [...resumed, uninterrupted]) await becomes(() => client.told.at(-1), 'created end0');
    const all = cursors(resumed[0]!);
    const numbers = all.map((cursor) => Number(cursor.split('-')[1]));
    expect(numbers).toEqual(numbers.map((_, i) => i + 1));
    for (const client of resumed) expect(cursors(client)).toEqual(all);
    expect(cursors(uninterrupted)).toEqual(all.slice(1_000));
  });

  it('gives on any backend what an uninterrupted subscriber saw', async () => {
    const other = await startBackend({ space });
    const watcher = await WsClient.subscribe(backend.ws, 'c');
    await fill(10);
    await becomes(() => watcher.events.length, 10);
    const cursor = watcher.events[4]!.cursor;
    const client = await WsClient.subscribe(other.ws, 'c', { after: cursor });
    await becomes(() => client.events, watcher.events.slice(5));
  });

  it('keeps to the filters of the subscription', async () => {
    await fill(200, 'a');
    await fill(3, 'b');
    const client = await resume('earliest', { prefix: 'b', values: false });
    await client.frame('live');
    expect(client.told).toEqual(['created b0', 'created b1', 'created b2']);
    expect(client.events[0]!.value).toBeUndefined();
  });

  for (const [what, cursor] of [
    ['of another epoch', 'zzzz-3'],
    ['from the future', undefined],
  ] as const) {
    it(`after a cursor ${what} replays nothing and says so`, async () => {
      const { entry } = await store.entries.put('c', 'k', { value: 1 });
      const client = await resume(cursor ?? entry.version.replace(/-1$/, '-99'));
      const subscribed = await client.frame('subscribed');
      expect([subscribed.recovered, subscribed.cursor]).toEqual([false, entry.version]);
      await store.entries.put('c', 'next', { value: 1 });
      await becomes(() => client.told, ['created next']);
    });
  }

  it('after a cursor older than the log replays nothing, never a part', async () => {
    await store.caches.setPolicy('c', { ...DEFAULT_POLICY, history: 5 });
    const { entry } = await store.entries.put('c', 'k', { value: 1 });
    await fill(10);
    const client = await resume(entry.version);
    expect((await client.frame('subscribed')).recovered).toBeFalse();
    await fill(1, 'next');
    await becomes(() => client.told, ['created next0']);
  });

  it('after what is no cursor is refused, and so is resuming all caches', async () => {
    for (const [cache, after] of [
      ['c', 'yesterday'],
      ['*', 'earliest'],
    ] as const) {
      const client = await WsClient.connect(backend.ws);
      client.send({ type: 'subscribe', id: 's', cache, after });
      const error = await client.frame('error');
      expect([error.code, error.id]).toEqual(['bad_subscription', 's']);
      client.send({ type: 'subscribe', id: 's', cache: 'c' });
      await client.frame('subscribed');
    }
  });

  it('does not tell a connection twice what another subscription of it delivers live', async () => {
    await fill(3, 'old');
    const client = await WsClient.subscribe(backend.ws, 'c');
    await fill(3, 'new');
    await becomes(() => client.events.length, 3);
    client.send({ type: 'subscribe', id: 'second', cache: 'c', after: 'earliest' });
    await client.frame('live');
    expect(client.told).toEqual(
      ['new0', 'new1', 'new2', 'old0', 'old1', 'old2'].map((key) => `created ${key}`),
    );
  });

  it('of several subscriptions of one connection at once tells it of each event once', async () => {
    await fill(300, 'a');
    await fill(300, 'b');
    const client = await WsClient.connect(backend.ws);
    const wishes = [{ prefix: 'a' }, {}, { prefix: 'b', values: false }, { types: ['created' as const] }];
    for (const [i, wish] of wishes.entries()) {
      client.send({ type: 'subscribe', id: `s${i}`, cache: 'c', after: 'earliest', ...wish });
    }
    await client.frame('live', 3);
    await fill(1, 'end');
    await becomes(() => client.told.at(-1), 'created end0');
    expect(new Set(cursors(client)).size).toBe(601);
    // Without values alone an event may come first, and once more with its value: who wants it must have it.
    expect(client.events.filter(({ value }) => value !== undefined).length).toBe(601);
  });

  it('can be given up in the middle', async () => {
    await fill(1_000);
    const client = await WsClient.connect(backend.ws);
    client.send({ type: 'subscribe', id: 's', cache: 'c', after: 'earliest' });
    client.send({ type: 'unsubscribe', id: 's' });
    await client.frame('unsubscribed');
    client.send({ type: 'ping' });
    await client.frame('pong');
    const before = client.events.length;
    await fill(5, 'later');
    client.send({ type: 'subscribe', id: 's', cache: 'c' });
    await client.frame('subscribed', client.frames.filter(({ type }) => type === 'subscribed').length);
    expect(client.events.length).toBe(before);
  });

  it('replays large values at the pace of the reader, without closing it as too slow', async () => {
    const value = 'x'.repeat(60_000);
    for (let i = 0; i < 100; i++) await store.entries.put('c', `k${i}`, { value });
    const client = await resume('earliest');
    await client.frame('live');
    expect(client.events.length).toBe(100);
    expect(client.closed).toBeUndefined();
  });

  it('shares reads of the log among those who resume together', async () => {
    await fill(1_000);
    await fill(1_000);
    const runs = spyOn(RedisClient.prototype, 'run').and.callThrough();
    const clients = await Promise.all(Array.from({ length: 50 }, () => resume('earliest')));
    for (const client of clients) await client.frame('live');
    // One look each at where to begin; the 2,000 events themselves are 16 chunks, not 50 times 16.
    const reads = runs.calls.allArgs().filter(([name]) => name === 'read-log').length - 50;
    expect(reads).toBeLessThan(50);
  });
});
