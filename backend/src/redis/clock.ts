import type { RedisClient } from './client.js';

const SAMPLES = 8;

/**
 * Redis's clock, as near as this process can know it without asking: its own monotonic clock plus the offset of
 * the quickest of the last answers to TIME. Good for sleeping until a deadline and for telling clients the time;
 * whether a deadline has passed is only ever decided inside Redis.
 */
export class RedisClock {
  private samples: { offset: number; trip: number }[] = [];
  private offset = Date.now() - performance.now();

  constructor(private readonly redis: Pick<RedisClient, 'time'>) {}

  /** Now, in ms since the epoch. */
  now(): number {
    return performance.now() + this.offset;
  }

  iso(): string {
    return new Date(this.now()).toISOString();
  }

  /** Asks Redis once. A step of its clock (over a second) is followed at once. */
  async sync(): Promise<void> {
    const sent = performance.now();
    const time = await this.redis.time();
    const trip = performance.now() - sent;
    const offset = time - (sent + trip / 2);
    if (Math.abs(offset - this.offset) > 1_000) this.samples = [];
    this.samples = [...this.samples.slice(1 - SAMPLES), { offset, trip }];
    this.offset = this.samples.reduce((best, sample) => (sample.trip < best.trip ? sample : best)).offset;
  }
}
