import { once } from 'node:events';
import { connect } from 'node:net';
import { DEFAULT_POLICY } from '@lapse/protocol';
import { startBackend, stopBackends, type RunningBackend } from '../../test/support/backend.js';
import { becomes } from '../../test/support/eventually.js';
import { freshSpace, sharedRedis } from '../../test/support/helper.js';
import { SseClient, closeSseClients } from '../../test/support/sse-client.js';
import { closeStores, openStore, type Store } from '../../test/support/store.js';
import { WsClient, closeClients } from '../../test/support/ws-client.js';

describe('SSE', () => {
  let backend: RunningBackend;
  let store: Store;
  let url: string;

  beforeEach(async () => {
    const space = freshSpace();
    backend = await startBackend({ space });
    store = await openStore(sharedRedis(), space);
    url = `${backend.url}/api/v1/caches/c/events/stream`;
  });

  afterEach(async () => {
    closeSseClients();
    closeClients();
    await stopBackends();
    await closeStores();
  });

  const put = (key: string, value: unknown = key, ttlMs?: number) =>
    store.entries.put('c', key, { value, ttlMs });
  const listen = async (query = '', headers = {}) => (await SseClient.connect(url + query, headers)).placed();

  it('streams events with cursor, type and the event that a WebSocket gets', async () => {
    const client = await listen();
    expect(client.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(client.response.headers.get('cache-control')).toBe('no-store');
    expect(client.retryMs).toBeGreaterThanOrEqual(1_000);
    const ws = await WsClient.subscribe(backend.ws, 'c');
    await put('k\nwith "odd" \u2028 letters', { line: 'a\nb' }, 50);
    await becomes(() => client.events.length, 2);
    await becomes(() => ws.events.length, 2);
    expect(client.events.map(({ data }) => data)).toEqual(ws.events);
    expect(client.events.map(({ id, type }) => [id, type])).toEqual(
      ws.events.map(({ cursor, type }) => [cursor, type]),
    );
  });

  it('filters by type and prefix, and leaves values out on demand', async () => {
    const client = await listen('?types=deleted&prefix=user:&values=false');
    for (const key of ['user:1', 'cart:1', 'user:2']) {
      await put(key);
      await store.entries.delete('c', key);
    }
    await becomes(() => client.told, ['deleted user:1', 'deleted user:2']);
    expect((client.events[0]!.data as { value?: unknown }).value).toBeUndefined();
  });

  it('resumes after Last-Event-ID, which wins over ?after', async () => {
    const first = await put('1');
    const second = await put('2');
    await put('3');
    const client = await listen(`?after=${first.entry.version}`, { 'Last-Event-ID': second.entry.version });
    await put('4');
    await becomes(() => client.told, ['created 3', 'created 4']);
    const other = await listen(`?after=${first.entry.version}`);
    await becomes(() => other.told, ['created 2', 'created 3', 'created 4']);
  });

  it('resumes where it was even when no event has come yet', async () => {
    const client = await listen();
    client.close();
    await becomes(() => client.ended, true);
    await put('meanwhile');
    const again = await listen('', { 'Last-Event-ID': client.lastId });
    await becomes(() => again.told, ['created meanwhile']);
  });

  it('says gap, with the cursor to go on from, when it cannot replay all', async () => {
    await store.caches.setPolicy('c', { ...DEFAULT_POLICY, history: 2 });
    const { entry } = await put('old');
    for (const key of ['a', 'b', 'c']) await put(key);
    const client = await listen(`?after=${entry.version}`);
    await becomes(() => client.events.length, 1);
    const { cursor } = await store.caches.get('c');
    expect(client.events[0]).toEqual({
      id: cursor,
      type: 'gap',
      data: { cache: 'c', from: entry.version, to: cursor },
    });
    await put('next');
    await becomes(() => client.told, ['gap', 'created next']);
  });

  it('refuses what it cannot do, as a problem', async () => {
    for (const [query, status] of [
      ['?after=yesterday', 422],
      ['?types=gone', 422],
      ['?colour=red', 422],
    ] as const) {
      const response = await fetch(url + query);
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
    }
    // One stream is one cache: a cursor is a place in its log.
    expect((await fetch(url.replace('/c/', '/*/'))).status).toBe(422);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  });

  it('lets go of everything when the client leaves', async () => {
    const client = await listen();
    expect(backend.backend.sse.size).toBe(1);
    client.close();
    await becomes(() => backend.backend.sse.size, 0);
  });

  it('ends when the backend stops', async () => {
    const client = await listen();
    await backend.stop();
    await becomes(() => client.ended, true);
  });

  it('cuts off a reader that stops reading, and no other', async () => {
    const { hostname, port, pathname } = new URL(url);
    const stalled = connect(Number(port), hostname);
    stalled.write(`GET ${pathname} HTTP/1.1\r\nHost: x\r\n\r\n`);
    stalled.on('error', () => undefined);
    await once(stalled, 'data');
    stalled.pause();
    const client = await listen();
    const value = 'x'.repeat(60_000);
    for (let i = 0; i < 300; i++) await put(`k${i}`, value);
    await becomes(() => client.events.length, 300);
    await becomes(() => backend.backend.sse.size, 1);
    stalled.destroy();
  });
});
