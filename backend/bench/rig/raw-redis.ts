import type { RedisServer } from '../../test/support/redis-server.js';
import { VALUE } from './fill.js';

export type RawRedis = Awaited<ReturnType<RedisServer['connect']>>;

const HOUR_MS = 3_600_000;
const A_PIPELINE = 10_000;

/** Writes bare keys of 60 bytes with a deadline each, as a baseline has them, in pipelines. */
export async function setBare(
  redis: RawRedis,
  count: number,
  item: (n: number) => { key: string; deadline: number },
): Promise<void> {
  const value = JSON.stringify(VALUE);
  for (let start = 0; start < count; start += A_PIPELINE) {
    const size = Math.min(A_PIPELINE, count - start);
    const sent = Array.from({ length: size }, (_, i) => {
      const { key, deadline } = item(start + i);
      return redis.sendCommand(['SET', key, value, 'PXAT', String(deadline)]);
    });
    await Promise.all(sent);
  }
}

/** So many bare keys with an hour to go. */
export async function fillBare(redis: RawRedis, count: number): Promise<void> {
  await setBare(redis, count, (n) => ({ key: `live:${n}`, deadline: Date.now() + HOUR_MS }));
}

/** One number of INFO. */
export async function info(redis: RawRedis, field: string): Promise<number> {
  const text = String(await redis.sendCommand(['INFO', 'everything']));
  return Number(new RegExp(`^${field}:([\\d.]+)`, 'm').exec(text)?.[1]);
}
