import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisServer } from '../../test/support/redis-server.js';
import { ClientProcess, ServerProcess, sparePort } from './processes.js';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** A backend as it is shipped, in a process of its own. */
export interface BackendProcess extends ServerProcess {
  /** `http://127.0.0.1:port` */
  url: string;
  wsPort: number;
}

interface Stoppable {
  stop(): Promise<void>;
}

/** What a bench is set up on. All that it started ends with it. */
export class Stand {
  private readonly started: Stoppable[] = [];

  /** A private Redis with the settings that Lapse ships. */
  async redis(options: string[] = []): Promise<RedisServer> {
    return this.keep(await RedisServer.start(['--appendfsync', 'everysec', ...options]));
  }

  /** @param nodeOptions options of Node's, such as `--cpu-prof` */
  async backend(redis: RedisServer, nodeOptions: string[] = profiling()): Promise<BackendProcess> {
    const [port, wsPort] = [await sparePort(), await sparePort()];
    const settings = {
      REDIS_URL: redis.url,
      HTTP_PORT: String(port),
      WS_PORT: String(wsPort),
      LOG_LEVEL: 'warn',
    };
    const args = [...nodeOptions, '--enable-source-maps', MAIN];
    const server = this.keep(await ServerProcess.start(process.execPath, args, port, settings));
    const url = `http://127.0.0.1:${port}`;
    while (!(await fetch(`${url}/readyz`)).ok) await sleep(20);
    return Object.assign(server, { url, wsPort });
  }

  /** A program of `baselines/`: it takes PORT and REDIS_SOCKET. */
  async baseline(name: string, redis: RedisServer): Promise<ServerProcess> {
    const port = await sparePort();
    const file = fileURLToPath(new URL(`../baselines/${name}.ts`, import.meta.url));
    const settings = { PORT: String(port), REDIS_SOCKET: redis.socket };
    return this.keep(await ServerProcess.start(process.execPath, [file], port, settings));
  }

  /** Any other server. */
  async server(...start: Parameters<typeof ServerProcess.start>): Promise<ServerProcess> {
    return this.keep(await ServerProcess.start(...start));
  }

  /** @param path of its file, relative to `bench/` */
  async client(path: string): Promise<ClientProcess> {
    return this.keep(await ClientProcess.start(new URL(`../${path}.ts`, import.meta.url)));
  }

  /** Stops one thing early. */
  async stop(thing: Stoppable): Promise<void> {
    this.started.splice(this.started.indexOf(thing), 1);
    await thing.stop();
  }

  async end(): Promise<void> {
    for (const thing of this.started.splice(0).reverse()) await thing.stop();
  }

  private keep<T extends Stoppable>(thing: T): T {
    this.started.push(thing);
    return thing;
  }
}

/** BENCH_PROFILE=directory: each backend writes a profile of its CPU time there when it ends. */
function profiling(): string[] {
  const directory = process.env.BENCH_PROFILE;
  return directory ? ['--cpu-prof', `--cpu-prof-dir=${directory}`] : [];
}
