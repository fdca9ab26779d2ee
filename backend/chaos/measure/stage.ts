import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { endsWithUs } from '../../test/support/child.js';
import { RedisServer } from '../../test/support/redis-server.js';
import { BackendProcess } from '../backend-process.js';
import type { LiveOptions, LiveResult } from './live.js';

const LIVE = fileURLToPath(new URL('live.ts', import.meta.url));

/** A Redis and some backends to measure on; ended whatever happens. */
export async function onStage<T>(
  count: number,
  measure: (backends: BackendProcess[]) => Promise<T>,
  nodeOptions: string[] = [],
): Promise<T> {
  const redis = await RedisServer.start();
  const backends: BackendProcess[] = [];
  try {
    // One after the other: the first has all the work of expiry.
    for (let i = 0; i < count; i++) backends.push(await BackendProcess.start(i, redis.url, nodeOptions));
    return await measure(backends);
  } finally {
    await Promise.all(backends.map((backend) => backend.end('SIGKILL')));
    await redis.stop();
  }
}

export async function setPolicy({ url }: Pick<BackendProcess, 'url'>, cache: string, policy: object) {
  await send('PUT', `${url}/api/v1/caches/${cache}`, policy);
}

/** Writes entries, a thousand a call. */
export async function fill(
  { url }: Pick<BackendProcess, 'url'>,
  cache: string,
  count: number,
  entry: (i: number) => { key: string; value: unknown; ttlMs?: number },
): Promise<void> {
  for (let from = 0; from < count; from += 1000) {
    const length = Math.min(1000, count - from);
    const operations = Array.from({ length }, (_, i) => ({ op: 'set', ...entry(from + i) }));
    await send('POST', `${url}/api/v1/caches/${cache}/entries/batch`, { operations });
  }
}

async function send(method: string, url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}

/** Writes and reads live in a process of its own, so that what else is measured does not slow the measuring. */
export function live(options: LiveOptions): { ready: Promise<void>; result: Promise<LiveResult> } {
  const child = endsWithUs(fork(LIVE, [JSON.stringify(options)], { execArgv: ['--import', 'tsx'] }));
  const ready = once(child, 'message').then(() => undefined);
  const result = ready.then(async () => {
    const [message] = (await once(child, 'message')) as [LiveResult];
    return message;
  });
  return { ready, result };
}

/** The value that a part of all lie at or below. */
export function part(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
}
