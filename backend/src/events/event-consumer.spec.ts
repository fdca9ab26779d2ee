import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_POLICY } from '@lapse/protocol';
import { RedisSubscriber } from '../redis/subscriber.js';
import { sharedRedis } from '../../test/support/helper.js';
import { closeStores, openStore, silent, type Store } from '../../test/support/store.js';
import { becomes } from '../../test/support/eventually.js';
import { EventConsumer } from './event-consumer.js';

describe('EventConsumer', () => {
  let store: Store;
  let subscriber: RedisSubscriber;
  let consumer: EventConsumer;
  let seen: string[];
  let gaps: string[];

  beforeEach(async () => {
    store = await openStore();
    subscriber = new RedisSubscriber(store.redis, silent);
    consumer = new EventConsumer(store.redis, subscriber, store.log, silent);
    seen = [];
    gaps = [];
    consumer.on('event', ({ cache, seq }) => seen.push(`${cache} ${seq}`));
    consumer.on('gap', (cache, from, to) => gaps.push(`${cache} ${from.seq} ${to.seq}`));
    await subscriber.connect();
  });

  afterEach(async () => {
    consumer.stop();
    await subscriber.close();
    await closeStores();
  });

  const put = (cache: string, count = 1) =>
    store.entries.batch(
      cache,
      Array.from({ length: count }, (_, i) => ({ op: 'set' as const, key: `k${i}`, value: i })),
    );
  const numbers = (cache: string, from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => `${cache} ${from + i}`);

  /** Publishes as Redis would, but what was never logged, or was logged already. */
  async function publish(record: (string | number)[]): Promise<void> {
    const client = await sharedRedis().connect();
    await client.publish(store.redis.keys.live, record.join('\0'));
    client.destroy();
  }

  /** Ends the subscriptions' connection alone, and lets it come back only when `meanwhile` is done. */
  async function cutOff(meanwhile: () => Promise<unknown>): Promise<void> {
    const client = await sharedRedis().connect();
    await client.sendCommand(['ACL', 'SETUSER', 'default', '-subscribe']);
    await client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
    await meanwhile();
    await client.sendCommand(['ACL', 'SETUSER', 'default', '+subscribe']);
    client.destroy();
  }

  it('passes on every event of every cache, in order', async () => {
    await put('a', 3);
    await put('b', 2);
    await put('a', 1);
    await becomes(() => seen.length, 6);
    expect(seen.filter((event) => event.startsWith('a'))).toEqual(numbers('a', 1, 4));
    expect(seen.filter((event) => event.startsWith('b'))).toEqual(numbers('b', 1, 2));
  });

  it('reads from the log what was published while its connection was cut', async () => {
    await put('a', 2);
    await becomes(() => seen.length, 2);
    await cutOff(() => put('a', 700));
    await becomes(() => seen, numbers('a', 1, 702));
    await put('a', 1);
    await becomes(() => seen, numbers('a', 1, 703));
    expect(gaps).toEqual([]);
  });

  it('drops what it has passed on already', async () => {
    await put('a', 2);
    await becomes(() => seen.length, 2);
    const [epoch] = (await store.caches.get('a')).cursor.split('-');
    await publish(['a', epoch!, 2, 'created', 'k', 2, '', Date.now(), '', '1']);
    await put('a', 1);
    await becomes(() => seen, numbers('a', 1, 3));
  });

  it('fills a hole in the numbers before it goes on', async () => {
    const heard: number[] = [];
    let hear = (_message: string): void => undefined;
    const leaky = {
      listen: (_channel: string, listener: typeof hear) => (hear = listener),
      on: () => undefined,
    };
    const other = new EventConsumer(store.redis, leaky as never, store.log, silent);
    other.on('event', ({ seq }) => heard.push(seq));
    const client = await sharedRedis().connect();
    let messages = 0;
    // Of six messages the third and fourth are lost on the way.
    await client.subscribe(store.redis.keys.live, (message) => {
      if (++messages !== 3 && messages !== 4) hear(message);
    });
    for (let i = 0; i < 6; i++) await put('a', 1);
    await becomes(() => heard, [1, 2, 3, 4, 5, 6]);
    client.destroy();
  });

  it('notices by itself when nothing at all arrives', async () => {
    consumer.start();
    await consumer.follow('a');
    await put('a', 1);
    await becomes(() => seen.length, 1);
    await subscriber.close();
    await put('a', 2);
    await becomes(() => seen, numbers('a', 1, 3));
  });

  it('passes on, to who follows all caches, events of a cache that was never heard of', async () => {
    await put('known', 1);
    await becomes(() => seen.length, 1);
    await consumer.followAll();
    await cutOff(() => Promise.all([put('new', 3), put('known', 1)]));
    await consumer['verifyAll']();
    await becomes(() => [...seen].sort(), ['known 1', 'known 2', 'new 1', 'new 2', 'new 3']);
  });

  it('says which events are lost when the log no longer holds them', async () => {
    await store.caches.setPolicy('a', { ...DEFAULT_POLICY, history: 5 });
    await put('a', 2);
    await becomes(() => seen.length, 2);
    await cutOff(() => put('a', 100));
    await becomes(() => gaps, ['a 2 102']);
    await put('a', 1);
    await becomes(() => seen.at(-1), 'a 103');
    expect(seen.length).toBe(3);
  });

  it('says so when Redis was wiped', async () => {
    await put('a', 4);
    await becomes(() => seen.length, 4);
    const client = await sharedRedis().connect();
    await client.unlink(await client.keys(`${store.redis.keys.space}:*`));
    client.destroy();
    await put('a', 1);
    await becomes(() => gaps, ['a 4 1']);
    await put('a', 1);
    await becomes(() => seen.slice(4), ['a 2']);
  });

  it('tells who begins to follow a position such that all later events come', async () => {
    await put('a', 3);
    const late = new RedisSubscriber(store.redis, silent);
    const other = new EventConsumer(store.redis, late, store.log, silent);
    const heard: number[] = [];
    other.on('event', ({ seq }) => heard.push(seq));
    await late.connect();
    const writing = (async () => {
      for (let i = 0; i < 50; i++) await put('a', 1);
    })();
    await sleep(5);
    const { seq } = await other.follow('a');
    await writing;
    await becomes(() => heard.at(-1), 53);
    expect(heard.filter((n) => n > seq)).toEqual(Array.from({ length: 53 - seq }, (_, i) => seq + 1 + i));
    await late.close();
  });
});
