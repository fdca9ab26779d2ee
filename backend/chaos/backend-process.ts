import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endsWithUs } from '../test/support/child.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** A backend as a process of its own, on ports that it keeps over restarts. */
export class BackendProcess {
  private child?: ChildProcess;
  /** The last lines it logged: for when it ends though nobody asked it to. */
  private tail = '';

  private constructor(
    readonly index: number,
    private readonly redisUrl: string,
    readonly httpPort: number,
    readonly wsPort: number,
    private readonly nodeOptions: string[],
  ) {}

  static async start(index: number, redisUrl: string, nodeOptions: string[] = []): Promise<BackendProcess> {
    const backend = new BackendProcess(index, redisUrl, await sparePort(), await sparePort(), nodeOptions);
    await backend.start();
    return backend;
  }

  get url(): string {
    return `http://127.0.0.1:${this.httpPort}`;
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.wsPort}/ws`;
  }

  get pid(): number {
    return this.child?.pid as number;
  }

  get alive(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [...this.nodeOptions, '--enable-source-maps', MAIN], {
      env: {
        PATH: process.env.PATH,
        REDIS_URL: this.redisUrl,
        HTTP_PORT: String(this.httpPort),
        WS_PORT: String(this.wsPort),
        LOG_LEVEL: 'warn',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = endsWithUs(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => (this.tail = (this.tail + String(chunk)).slice(-4_000)));
    }
    await this.ready();
  }

  /** Resolves when it and its Redis are ready. @throws when that takes too long, or it has ended */
  async ready(withinMs = 20_000): Promise<void> {
    const end = Date.now() + withinMs;
    while (Date.now() < end) {
      if (!this.alive) throw new Error(`backend ${this.index} ended by itself:\n${this.tail}`);
      try {
        const response = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) });
        await response.arrayBuffer();
        if (response.ok) return;
      } catch {
        // It does not listen yet.
      }
      await sleep(25);
    }
    throw new Error(`backend ${this.index} was not ready within ${withinMs} ms:\n${this.tail}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Ends it and waits for that. Resolves to its exit code, null when it was killed. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (!this.alive) return null;
    const exited = once(this.child!, 'exit');
    this.child!.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  }
}

/** A port that was free a moment ago. */
async function sparePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
