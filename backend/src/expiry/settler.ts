import { EventEmitter } from 'node:events';
import { RedisUnavailable } from '../errors.js';
import type { Logger } from '../logger.js';
import type { RedisClient } from '../redis/client.js';

interface SettlerEvents {
  /** A shard has nothing due any more; its next deadline in ms, 0 when it has none. */
  settled: [shard: string, next: number];
}

/** Entries that one run of the script may end: keeps each run to a few milliseconds of Redis. */
const A_RUN = '250';

/**
 * Ends what is due in a shard: claims each overdue entry in Redis, where exactly one claim succeeds, and logs its
 * end with its last value. Runs of one shard never overlap in this process; a call during a run means one more.
 */
export class Settler extends EventEmitter<SettlerEvents> {
  private readonly running = new Map<string, Promise<void>>();
  private readonly again = new Set<string>();

  constructor(
    private readonly redis: RedisClient,
    private readonly logger: Logger,
  ) {
    super();
  }

  /** Resolves when nothing is due in the shard, or Redis is away (the sweeper calls again). Never rejects. */
  settle(shard: string): Promise<void> {
    const running = this.running.get(shard);
    if (running) {
      this.again.add(shard);
      return running;
    }
    const run = this.run(shard).finally(() => this.running.delete(shard));
    this.running.set(shard, run);
    return run;
  }

  private async run(shard: string): Promise<void> {
    try {
      for (;;) {
        this.again.delete(shard);
        const [ended, now, next] = (await this.redis.run('settle', [shard], [A_RUN])) as [
          number,
          number,
          number,
        ];
        if (ended > 0) this.logger.trace({ shard, ended }, 'settled');
        if (next !== 0 && next <= now) continue;
        this.emit('settled', shard, next);
        if (!this.again.has(shard)) return;
      }
    } catch (error) {
      const level = error instanceof RedisUnavailable ? 'debug' : 'error';
      this.logger[level]({ err: error, shard }, 'cannot settle what is due');
    }
  }
}
