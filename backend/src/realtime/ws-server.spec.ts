import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { CLOSE, DEFAULT_POLICY, type ClientFrame } from '@lapse/protocol';
import { startBackend, stopBackends, type RunningBackend } from '../../test/support/backend.js';
import { becomes, until } from '../../test/support/eventually.js';
import { freshSpace, sharedRedis } from '../../test/support/helper.js';
import { closeStores, openStore, type Store } from '../../test/support/store.js';
import { WsClient, closeClients } from '../../test/support/ws-client.js';

describe('WsServer', () => {
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

  const put = (key: string, value: unknown = key, ttlMs?: number, cache = 'c') =>
    store.entries.put(cache, key, { value, ttlMs });

  it('welcomes each connection first, with the clock of Redis and the limits', async () => {
    const client = await WsClient.connect(backend.ws);
    const welcome = await client.frame('welcome');
    expect(client.frames[0]).toBe(welcome);
    expect(welcome.limits).toEqual({ frameBytes: 16_384, subscriptions: 100, unsentBytes: 1_048_576 });
    expect(welcome.heartbeatMs).toBeGreaterThan(0);
    expect(Math.abs(Date.parse(welcome.serverTime) - Date.now())).toBeLessThan(1_000);
  });

  it('speaks the subprotocol lapse.v1 with who offers it, and plainly with who does not', async () => {
    expect((await WsClient.connect(backend.ws, ['other', 'lapse.v1'])).socket.protocol).toBe('lapse.v1');
    expect((await WsClient.connect(backend.ws)).socket.protocol).toBe('');
  });

  it('tells a subscriber of created, updated, renewed, expired, evicted, deleted and cleared', async () => {
    await store.caches.setPolicy('c', { ...DEFAULT_POLICY, maxEntries: 2 });
    const client = await WsClient.subscribe(backend.ws, 'c');
    await put('a', 1);
    await put('a', 2);
    await store.entries.renew('c', 'a', 60_000);
    await put('b', { soon: 'gone' }, 60);
    await becomes(() => client.told.length, 5);
    await put('c');
    await put('d');
    await store.entries.take('c', 'd');
    await store.caches.remove('c');
    await becomes(
      () => client.told,
      [
        'created a',
        'updated a',
        'renewed a',
        'created b',
        'expired b',
        'created c',
        'created d',
        'evicted a',
        'deleted d',
        'cleared',
      ],
    );
    const [expired, evicted, deleted, cleared] = client.events.filter(({ type }) =>
      ['expired', 'evicted', 'deleted', 'cleared'].includes(type),
    );
    expect(expired).toEqual(
      jasmine.objectContaining({ value: { soon: 'gone' }, lagMs: jasmine.any(Number) }),
    );
    expect(evicted).toEqual(jasmine.objectContaining({ value: 2, reason: 'entries' }));
    expect(deleted).toEqual(jasmine.objectContaining({ value: 'd', reason: 'take' }));
    expect(cleared!.count).toBe(1);
  });

  it('sends exactly what comes after the cursor of `subscribed`', async () => {
    await put('before');
    const client = await WsClient.subscribe(backend.ws, 'c');
    const { cursor } = await client.frame('subscribed');
    await put('after');
    await becomes(() => client.told, ['created after']);
    const { items } = await store.log.read('c', { after: cursor, limit: 10 });
    expect(items).toEqual(client.events);
  });

  it('takes one subscription from the URL, its id being url', async () => {
    const client = await WsClient.connect(
      `${backend.ws}?cache=c&types=deleted,evicted&prefix=user%3A&values=false`,
    );
    expect(await client.frame('subscribed')).toEqual(jasmine.objectContaining({ id: 'url', cache: 'c' }));
    await put('user:1');
    await store.entries.delete('c', 'user:1');
    await put('cart:1');
    await store.entries.delete('c', 'cart:1');
    await put('user:2');
    await store.entries.delete('c', 'user:2');
    await becomes(() => client.told, ['deleted user:1', 'deleted user:2']);
    expect(client.events[0]!.value).toBeUndefined();
  });

  it('tells of every cache at once with *', async () => {
    const client = await WsClient.subscribe(backend.ws, '*', { types: ['created'] });
    expect((await client.frame('subscribed')).cursor).toBeUndefined();
    await put('k1', 1, undefined, 'one');
    await put('k2', 1, undefined, 'two');
    await becomes(() => client.events.map(({ cache }) => cache).sort(), ['one', 'two']);
  });

  it('sends an event once to a connection, however many of its subscriptions match', async () => {
    const client = await WsClient.connect(backend.ws);
    client.send({ type: 'subscribe', id: '1', cache: 'c', values: false });
    client.send({ type: 'subscribe', id: '2', cache: 'c', prefix: 'k' });
    client.send({ type: 'subscribe', id: '3', cache: '*' });
    await client.frame('subscribed', 2);
    await put('k', 'seen');
    await put('last');
    await becomes(() => client.told, ['created k', 'created last']);
    expect(client.events[0]!.value).toBe('seen');
  });

  it('sends the same bytes to every subscriber', async () => {
    const clients = await Promise.all(
      [1, 2, 3].map((n) => WsClient.subscribe(backend.ws, 'c', { prefix: 'kkk'.slice(n) })),
    );
    await put('kk', { any: 'thing' });
    for (const client of clients) await client.frame('event');
    const bytes = clients.map((client) => client.texts.find((text) => text.includes('"event"')));
    expect(new Set(bytes).size).toBe(1);
  });

  it('reaches subscribers of every backend on the same Redis, in the same order', async () => {
    const other = await startBackend({ space });
    const [here, there] = await Promise.all([
      WsClient.subscribe(backend.ws, 'c'),
      WsClient.subscribe(other.ws, 'c'),
    ]);
    await Promise.all(Array.from({ length: 100 }, (_, i) => put(`k${i}`, i, 40 + (i % 7))));
    await becomes(() => there.events.length, 200);
    await becomes(() => here.texts.slice(2), there.texts.slice(2));
  });

  it('stops after unsubscribe, and the id is free again', async () => {
    const client = await WsClient.subscribe(backend.ws, 'c');
    client.send({ type: 'unsubscribe', id: 's' });
    await client.frame('unsubscribed');
    await put('unheard');
    client.send({ type: 'subscribe', id: 's', cache: 'c' });
    await client.frame('subscribed', 1);
    await put('heard');
    await becomes(() => client.told, ['created heard']);
  });

  it('answers ping with pong and the clock', async () => {
    const client = await WsClient.connect(backend.ws);
    client.send({ type: 'ping' });
    expect((await client.frame('pong')).serverTime).toMatch(/Z$/);
  });

  it('heartbeats with the newest cursor of each subscribed cache', async () => {
    const quick = await startBackend({ space, heartbeatMs: 100 });
    const client = await WsClient.subscribe(quick.ws, 'c');
    const { entry } = await put('k');
    await client.frame('event');
    await becomes(async () => (await client.frame('heartbeat')) && client.frames.at(-1)?.type, 'heartbeat');
    expect(client.frames.at(-1)).toEqual({
      type: 'heartbeat',
      serverTime: jasmine.stringMatching(/Z$/) as unknown as string,
      cursors: { c: entry.version },
    });
  });

  it('ends a peer that answers no ping', async () => {
    const quick = await startBackend({ space, heartbeatMs: 100 });
    const client = await WsClient.connect(quick.ws, [], { silent: true });
    await becomes(() => client.closed?.code, 1006);
  });

  describe('a bad frame', () => {
    const bad: [what: string, text: string, message: RegExp][] = [
      ['no JSON', '{', /JSON/],
      ['no object', '42', /object/],
      ['of no known type', '{"type":"publish"}', /type/],
      ['without an id', '{"type":"subscribe","cache":"c"}', /^id: /],
      ['with an impossible cache', '{"type":"subscribe","id":"x","cache":"A B"}', /^cache: /],
      [
        'with an unknown type of event',
        '{"type":"subscribe","id":"x","cache":"c","types":["gone"]}',
        /types\.0/,
      ],
      ['with an unknown field', '{"type":"subscribe","id":"x","cache":"c","filter":1}', /filter/],
      ['with a deep value', `{"type":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, /type/],
    ];
    for (const [what, text, message] of bad) {
      it(`${what} is answered by an error that names the fault, and the connection lives on`, async () => {
        const client = await WsClient.connect(backend.ws);
        client.socket.send(text);
        const error = await client.frame('error');
        expect(error.code).toBe('bad_frame');
        expect(error.message).toMatch(message);
        client.send({ type: 'ping' });
        await client.frame('pong');
      });
    }

    it('of the same id, and an unknown id, have codes of their own', async () => {
      const client = await WsClient.subscribe(backend.ws, 'c');
      client.send({ type: 'subscribe', id: 's', cache: 'd' });
      expect(await client.frame('error')).toEqual(
        jasmine.objectContaining({ code: 'duplicate_subscription', id: 's' }),
      );
      client.send({ type: 'unsubscribe', id: 'nobody' });
      expect((await client.frame('error', 1)).code).toBe('unknown_subscription');
    });

    it('in the URL is answered likewise', async () => {
      for (const [query, message] of [
        ['cache=A', /^cache/],
        ['types=expired', /^cache/],
        ['cache=c&types=gone', /^types/],
        ['cache=c&cache=d', /^cache/],
        ['cache=c&values=no', /^values/],
        ['cache=c&colour=red', /^colour/],
      ] as const) {
        const client = await WsClient.connect(`${backend.ws}?${query}`);
        const error = await client.frame('error');
        expect([error.code, error.id]).toEqual(['bad_subscription', 'url']);
        expect(error.message).toMatch(message);
      }
    });
  });

  describe('bounds', () => {
    it('100 subscriptions a connection', async () => {
      const client = await WsClient.connect(backend.ws);
      for (let i = 0; i < 101; i++) client.send({ type: 'subscribe', id: `s${i}`, cache: `c${i % 3}` });
      const error = await client.frame('error');
      expect([error.code, error.id]).toEqual(['too_many_subscriptions', 's100']);
      await client.frame('subscribed', 99);
    });

    it('16 KiB a frame, then 1009', async () => {
      const client = await WsClient.connect(backend.ws);
      client.send({ type: 'ping', padding: 'x'.repeat(17_000) } as ClientFrame);
      await becomes(() => client.closed?.code, CLOSE.messageTooBig);
    });

    it('text only: a binary frame ends the connection with 1008', async () => {
      const client = await WsClient.connect(backend.ws);
      client.socket.send(Buffer.from([1, 2, 3]));
      await becomes(() => client.closed?.code, CLOSE.policyViolation);
    });

    it('as many frames a second as a client may need, then 4429', async () => {
      const client = await WsClient.connect(backend.ws);
      for (let i = 0; i < 290; i++) client.send({ type: 'ping' });
      await client.frame('pong', 289);
      for (let i = 0; i < 500; i++) client.send({ type: 'ping' });
      await becomes(() => client.closed?.code, CLOSE.tooMany);
    });

    it('as many connections as the backend holds, then 1013; others are not disturbed', async () => {
      const small = await startBackend({ space, mostConnections: 2 });
      const first = await WsClient.subscribe(small.ws, 'c');
      await WsClient.subscribe(small.ws, 'c');
      const third = await WsClient.connect(small.ws);
      await becomes(() => third.closed?.code, CLOSE.tryAgainLater);
      await put('k');
      await becomes(() => first.told, ['created k']);
      first.socket.close();
      await becomes(() => small.backend.ws.size, 1);
      await WsClient.subscribe(small.ws, 'c');
    });

    it('1 MiB unsent: a reader that stops is closed, and delays nobody', async () => {
      const { port, hostname } = new URL(backend.ws);
      const stalled = connect(Number(port), hostname);
      const key = Buffer.from('0123456789abcdef').toString('base64');
      stalled.write(
        `GET /ws?cache=c HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
      );
      stalled.on('error', () => undefined);
      await once(stalled, 'data');
      stalled.pause();
      const other = await WsClient.subscribe(backend.ws, 'c');
      await until(() => backend.backend.ws.size === 2);
      const value = 'x'.repeat(60_000);
      for (let i = 0; i < 300; i++) await put(`k${i}`, value);
      await becomes(() => other.events.length, 300);
      await becomes(() => backend.backend.ws.size, 1);
      stalled.destroy();
    });
  });

  it('knows no other path, and tells plain HTTP what it is', async () => {
    const socket = new WebSocket(backend.ws.replace(/ws$/, 'elsewhere'));
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('404');
    const response = await fetch(backend.ws.replace(/^ws/, 'http'));
    expect(response.status).toBe(426);
  });

  it('closes its clients with 1012 when the backend stops', async () => {
    const client = await WsClient.subscribe(backend.ws, 'c');
    await backend.stop();
    await becomes(() => client.closed?.code, CLOSE.restarting);
  });
});
