import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLOSE, type LapseEvent } from '@lapse/protocol';
import { endsWithUs } from './support/child.js';
import { becomes, until } from './support/eventually.js';
import { RedisServer } from './support/redis-server.js';
import { SseClient, closeSseClients } from './support/sse-client.js';
import { WsClient, closeClients } from './support/ws-client.js';

const MAIN = new URL('../src/main.ts', import.meta.url).pathname;

/** A backend as a process of its own, as it runs in earnest. */
class BackendProcess {
  url = '';
  ws = '';

  private constructor(readonly child: ChildProcess) {}

  static async start(environment: Record<string, string>): Promise<BackendProcess> {
    const child = spawn(process.execPath, ['--import', 'tsx', MAIN], {
      env: { ...process.env, HTTP_PORT: '0', WS_PORT: '0', LOG_LEVEL: 'info', ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const started = new BackendProcess(endsWithUs(child));
    let log = '';
    child.stdout!.on('data', (chunk) => (log += String(chunk)));
    await until(() => log.includes('"listening"'), 15_000);
    const { httpPort, wsPort } = JSON.parse(
      log.split('\n').find((line) => line.includes('"listening"'))!,
    ) as {
      httpPort: number;
      wsPort: number;
    };
    started.url = `http://127.0.0.1:${httpPort}`;
    started.ws = `ws://127.0.0.1:${wsPort}/ws`;
    await until(async () => (await fetch(`${started.url}/readyz`)).ok);
    return started;
  }

  /** Sends SIGTERM; resolves to the exit code and how long it took, in ms. */
  async stop(): Promise<{ code: number | null; took: number }> {
    const begun = Date.now();
    const exited = once(this.child, 'exit') as Promise<[number | null]>;
    this.child.kill('SIGTERM');
    const [code] = await exited;
    return { code, took: Date.now() - begun };
  }
}

describe('Stopping a backend', () => {
  let redis: RedisServer;
  const started: BackendProcess[] = [];

  beforeEach(async () => (redis = await RedisServer.start()));
  afterEach(async () => {
    closeClients();
    closeSseClients();
    for (const { child } of started.splice(0)) child.kill('SIGKILL');
    await redis.stop();
  });

  async function start(): Promise<BackendProcess> {
    const backend = await BackendProcess.start({ REDIS_URL: redis.url });
    started.push(backend);
    return backend;
  }

  const put = (backend: BackendProcess, key: string) =>
    fetch(`${backend.url}/api/v1/caches/c/entries/${key}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ value: key }),
    });

  it('closes sockets with 1012 over a second, ends streams, and exits 0 within 10 s', async () => {
    const backend = await start();
    const clients = await Promise.all(Array.from({ length: 20 }, () => WsClient.subscribe(backend.ws, 'c')));
    const stream = await SseClient.connect(`${backend.url}/api/v1/caches/c/events/stream`);
    const closedAt: number[] = [];
    for (const client of clients) client.socket.on('close', () => closedAt.push(Date.now()));
    const { code, took } = await backend.stop();
    expect(code).toBe(0);
    expect(took).toBeLessThan(10_000);
    await becomes(
      () => clients.map(({ closed }) => closed?.code),
      clients.map(() => CLOSE.restarting),
    );
    expect(Math.max(...closedAt) - Math.min(...closedAt)).toBeGreaterThan(500);
    await becomes(() => stream.ended, true);
  });

  it('finishes the requests that are under way', async () => {
    const backend = await start();
    const answers = Array.from({ length: 50 }, (_, i) => put(backend, `k${i}`));
    await sleep(20);
    const [{ code }, ...responses] = await Promise.all([backend.stop(), ...answers]);
    expect(code).toBe(0);
    expect(responses.map((response) => response.status)).toEqual(answers.map(() => 201));
  });

  it('is told by readyz at once, while requests are still answered', async () => {
    const backend = await start();
    const stopping = backend.stop();
    await becomes(async () => (await fetch(`${backend.url}/readyz`)).status, 503);
    expect((await put(backend, 'late')).status).toBe(201);
    expect((await stopping).code).toBe(0);
  });

  it('one after the other, under load, loses nothing: clients resume on the one that is there', async () => {
    const backends = [await start(), await start()];
    const seen: LapseEvent[] = [];
    let cursor = '';
    let listening = true;
    const listener = (async () => {
      for (let i = 0; listening; i++) {
        const backend = backends[i % 2]!;
        const after = cursor === '' ? 'earliest' : cursor;
        const client = await WsClient.connect(`${backend.ws}?cache=c&after=${after}`).catch(() => undefined);
        if (!client) continue;
        await until(() => client.closed !== undefined || !listening, 60_000);
        for (const { event } of client.frames.filter((frame) => frame.type === 'event')) {
          seen.push(event);
          cursor = event.cursor;
        }
        client.socket.terminate();
      }
    })();
    let written = 0;
    let writing = true;
    const writer = (async () => {
      while (writing) {
        for (const backend of backends) {
          const answer = await put(backend, `k${written}`).catch(() => undefined);
          if (answer?.ok) written++;
        }
      }
    })();
    for (const i of [0, 1, 0]) {
      await sleep(300);
      expect((await backends[i]!.stop()).code).toBe(0);
      backends[i] = await start();
    }
    writing = false;
    await writer;
    await sleep(500);
    listening = false;
    await listener;
    const keys = Array.from({ length: written }, (_, i) => `k${i}`);
    expect(written).toBeGreaterThan(100);
    expect(new Set(seen.map(({ cursor }) => cursor)).size).toBe(seen.length);
    const told = new Set(seen.map(({ key }) => key));
    expect(keys.filter((key) => !told.has(key))).toEqual([]);
  }, 60_000);
});
