import { DEFAULT_POLICY } from '@lapse/protocol';
import { CacheNotFound, CursorGone, Invalid } from '../errors.js';
import { decodeRecords } from './logged-event.js';
import { sharedRedis } from '../../test/support/helper.js';
import { closeStores, openStore, type Store } from '../../test/support/store.js';

describe('EventLog', () => {
  let store: Store;
  beforeEach(async () => (store = await openStore()));
  afterEach(closeStores);

  const put = (key: string, value: unknown = key) => store.entries.put('c', key, { value, ttlMs: 60_000 });

  it('tells each event in the words of the contract', async () => {
    const { entry } = await put('k', { a: 1 });
    const renewed = await store.entries.renew('c', 'k', 90_000);
    await store.entries.take('c', 'k');
    await store.caches.remove('c');
    const [created, renewal, deleted, cleared] = (await store.log.read('c', { limit: 10 })).items;
    const at = jasmine.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/) as unknown as string;
    const epoch = entry.version.split('-')[0];
    const common = { cache: 'c', key: 'k', version: entry.version, at };
    expect(created).toEqual({
      ...common,
      cursor: entry.version,
      type: 'created',
      value: { a: 1 },
      expiresAt: entry.expiresAt,
    });
    expect(renewal).toEqual({
      ...common,
      cursor: `${epoch}-2`,
      type: 'renewed',
      expiresAt: renewed.expiresAt,
      reason: 'request',
    });
    expect(deleted).toEqual({
      ...common,
      cursor: `${epoch}-3`,
      type: 'deleted',
      value: { a: 1 },
      expiresAt: renewed.expiresAt,
      reason: 'take',
    });
    expect(cleared).toEqual({ cursor: `${epoch}-4`, type: 'cleared', cache: 'c', at, count: 0 });
  });

  it('is read in parts, each going on where the last ended', async () => {
    for (const key of ['a', 'b', 'c', 'd', 'e']) await put(key);
    const keys: string[] = [];
    let after: string | undefined;
    for (let part = 0; part < 3; part++) {
      const { items, next } = await store.log.read('c', { after, limit: 2 });
      keys.push(...items.map(({ key }) => key!));
      after = next;
    }
    expect(keys).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect((await store.log.read('c', { after, limit: 2 })).items).toEqual([]);
  });

  it('filters by type and prefix, and moves on past what does not match', async () => {
    for (const key of ['a1', 'b1', 'a2']) await put(key);
    await store.entries.delete('c', 'a1');
    const created = await store.log.read('c', { types: ['created'], prefix: 'a', limit: 10 });
    expect(created.items.map(({ key }) => key)).toEqual(['a1', 'a2']);
    const none = await store.log.read('c', { types: ['evicted'], limit: 10 });
    expect(none.items).toEqual([]);
    expect(none.next).toMatch(/-4$/);
  });

  it('keeps as many events as the history of the policy says, and tells when older ones are asked for', async () => {
    await store.caches.setPolicy('c', { ...DEFAULT_POLICY, history: 3 });
    const { entry } = await put('1');
    for (const key of ['2', '3', '4', '5']) await put(key);
    const { items, next } = await store.log.read('c', { after: 'earliest', limit: 10 });
    expect(items.map(({ key }) => key)).toEqual(['3', '4', '5']);
    await expectAsync(store.log.read('c', { after: entry.version, limit: 10 })).toBeRejectedWithError(
      CursorGone,
    );
    const second = next.replace(/-\d+$/, '-2');
    expect((await store.log.read('c', { after: second, limit: 10 })).items.length).toBe(3);
  });

  it('trims itself: a stream holds little more than the history', async () => {
    await store.caches.setPolicy('c', { ...DEFAULT_POLICY, history: 100 });
    for (let round = 0; round < 3; round++) {
      await store.entries.batch(
        'c',
        Array.from({ length: 1_000 }, (_, i) => ({ op: 'set' as const, key: `k${i}`, value: i })),
      );
    }
    const items = (await store.redis.command(store.redis.keys.cache('c'), [
      'XRANGE',
      `${store.redis.keys.cache('c')}:log`,
      '-',
      '+',
    ])) as [id: string, [field: string, records: string]][];
    const held = items.flatMap(([, [, records]]) => decodeRecords(records));
    expect(held.length).toBeGreaterThanOrEqual(100);
    expect(held.length).toBeLessThanOrEqual(400);
  });

  it('knows a cursor of another epoch, and one from the future', async () => {
    const { entry } = await put('1');
    const [epoch] = entry.version.split('-');
    for (const cursor of ['zzzz-1', `${epoch}-99`]) {
      await expectAsync(store.log.read('c', { after: cursor, limit: 10 })).toBeRejectedWithError(CursorGone);
    }
  });

  it('has a new epoch when Redis was wiped', async () => {
    const { entry } = await put('1');
    const client = await sharedRedis().connect();
    await client.unlink(await client.keys(`${store.redis.keys.space}:*`));
    client.destroy();
    await put('1');
    await expectAsync(store.log.read('c', { after: entry.version, limit: 10 })).toBeRejectedWithError(
      CursorGone,
    );
  });

  it('refuses what is no cursor, and a cache nobody has heard of', async () => {
    for (const after of ['', 'x', '1-2-3', 'abc-', '-1', 'abc-1e3']) {
      await expectAsync(store.log.read('c', { after, limit: 1 })).toBeRejectedWithError(Invalid);
    }
    await expectAsync(store.log.read('c', { limit: 1 })).toBeRejectedWithError(CacheNotFound);
  });
});
