import { Backend, type BackendOptions } from '../../src/backend.js';
import { freshSpace, sharedRedis } from './helper.js';
import type { RedisServer } from './redis-server.js';
import { silent } from './store.js';
import { until } from './eventually.js';

/** A whole backend on ports of its own, on a real Redis. */
export interface RunningBackend {
  backend: Backend;
  /** `http://127.0.0.1:port` */
  url: string;
  /** `ws://127.0.0.1:port/ws` */
  ws: string;
  stop(): Promise<void>;
}

interface StartOptions extends BackendOptions {
  server?: Pick<RedisServer, 'target'>;
  /** false: do not wait until it is ready. */
  wait?: boolean;
}

const running: RunningBackend[] = [];

/** Starts one and waits until it is ready, unless told not to. Several on one space are replicas of one another. */
export async function startBackend({
  server = sharedRedis(),
  space = freshSpace(),
  wait = true,
  ...options
}: StartOptions = {}): Promise<RunningBackend> {
  const config = {
    host: '127.0.0.1',
    httpPort: 0,
    wsPort: 0,
    redis: server.target,
    logLevel: 'silent' as const,
  };
  const backend = new Backend(config, silent, { goodbyesMs: 0, ...options, space });
  const { httpPort, wsPort } = await backend.start();
  const url = `http://127.0.0.1:${httpPort}`;
  const started: RunningBackend = {
    backend,
    url,
    ws: `ws://127.0.0.1:${wsPort}/ws`,
    stop: async () => {
      if (!running.includes(started)) return;
      running.splice(running.indexOf(started), 1);
      await backend.stop();
    },
  };
  running.push(started);
  if (wait && !(await until(async () => (await fetch(`${url}/readyz`)).ok))) throw new Error('never ready');
  return started;
}

/** For `afterEach`: stops every backend that the spec started. */
export async function stopBackends(): Promise<void> {
  await Promise.all([...running].map((backend) => backend.stop()));
}
