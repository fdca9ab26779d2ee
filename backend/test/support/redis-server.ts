import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClient } from 'redis';
import { parseRedisUrl } from '../../src/redis/target.js';
import { endsWithUs } from './child.js';

const CONF = fileURLToPath(new URL('../../../redis/redis.conf', import.meta.url));

/** A real redis-server of the specs' own, on a Unix socket in a directory of its own. */
export class RedisServer {
  private child?: ChildProcess;
  private readonly directory = mkdtempSync(join(tmpdir(), 'lapse-redis-'));
  readonly socket = join(this.directory, 'redis.sock');
  readonly url = `unix://${this.socket}`;

  /** @param options redis.conf lines that go before all else, as command line arguments: `['--maxmemory', '4mb']` */
  constructor(
    private readonly options: string[] = [],
    private readonly environment: NodeJS.ProcessEnv = {},
  ) {}

  static async start(options: string[] = []): Promise<RedisServer> {
    const server = new RedisServer(options);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const own = ['--port', '0', '--unixsocket', this.socket, '--dir', this.directory, '--daemonize', 'no'];
    const quiet = ['--logfile', '', '--loglevel', 'warning'];
    // Written with every answer and never synced: a process that is killed has then lost nothing, surely.
    const durable = ['--appendfsync', 'no'];
    this.child = endsWithUs(
      spawn('redis-server', [CONF, ...own, ...quiet, ...durable, ...this.options], {
        stdio: 'ignore',
        env: { ...process.env, ...this.environment },
      }),
    );
    const exited = once(this.child, 'exit').then(() => {
      throw new Error('redis-server ended before it answered');
    });
    await Promise.race([this.answers(), exited]);
    exited.catch(() => undefined);
  }

  get target() {
    return parseRedisUrl(this.url);
  }

  /** A plain connection, to look behind the product's back. The caller closes it. */
  async connect() {
    const client = createClient({ socket: { path: this.socket, tls: false } });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Ends the process; what it keeps on disk stays for the next `start`. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    await exited;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async answers(): Promise<void> {
    for (;;) {
      const client = createClient({ socket: { path: this.socket, tls: false, reconnectStrategy: false } });
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.ping();
        client.destroy();
        return;
      } catch {
        await sleep(10);
      }
    }
  }
}
