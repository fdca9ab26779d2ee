import type { Logger } from '../logger.js';
import type { RedisClient } from '../redis/client.js';
import type { RedisClock } from '../redis/clock.js';
import type { RedisSubscriber } from '../redis/subscriber.js';
import type { KeyspaceListener } from './keyspace-listener.js';
import type { Settler } from './settler.js';

/** How long a lease holds unless it is renewed: the most that expiry can be late after its sweeper was killed. */
const LEASE_MS = 1_500;
const RENEW_EVERY_MS = 500;

/** Redis expires a key on access from the millisecond after its deadline on. */
const AFTER_DEADLINE_MS = 1;

/** How long to wait for the notification of a fuse that was touched before settling without it. */
const NOTIFIED_WITHIN_MS = 20;

/** Deadlines further away are left to a later renewal, which knows the clock better: it may be stepped any time. */
const SOON_MS = 4 * RENEW_EVERY_MS;

/**
 * Makes expiry punctual. Redis expires a key when its background cycle happens on it, or when somebody touches it;
 * so this sleeps until a shard's fuse is due and touches it. Redis then sends the notification, and that sets the
 * settler going. When none comes (switched off, lost) it settles all the same.
 *
 * A shard is in one of two states in each backend:
 * - `held`: this backend has the shard's lease. It sleeps, touches, and settles on notification.
 * - not held: another one does. Notifications are ignored; every half second the lease is asked for again, so a
 *   shard whose sweeper died is swept on within two seconds.
 * The lease only divides the work: settling is safe from anywhere, at any time.
 */
export class Sweeper {
  private readonly held = new Map<string, Alarm>();
  private renewal?: NodeJS.Timeout;
  private stopped = false;

  constructor(
    private readonly id: string,
    private readonly redis: RedisClient,
    private readonly clock: RedisClock,
    private readonly settler: Settler,
    listener: KeyspaceListener,
    subscriber: RedisSubscriber,
    private readonly logger: Logger,
  ) {
    subscriber.listen(redis.keys.sooner, (message) => this.hearSooner(message));
    listener.on('fuse', (shard) => this.held.get(shard)?.notified());
    settler.on('settled', (shard, next) => this.held.get(shard)?.set(next));
  }

  start(): void {
    const tend = () => {
      void Promise.all([this.clock.sync(), ...this.redis.keys.shards.map((shard) => this.tend(shard))]).catch(
        (error) => this.logger.debug({ err: error }, 'cannot renew the sweeping leases'),
      );
    };
    this.renewal = setInterval(tend, RENEW_EVERY_MS);
    tend();
  }

  /** Stops sweeping and gives the leases up, so that another backend goes on at once. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.renewal);
    const shards = [...this.held.keys()];
    for (const alarm of this.held.values()) alarm.clear();
    this.held.clear();
    await Promise.allSettled(shards.map((shard) => this.redis.run('tend', [shard], [this.id, '0'])));
  }

  private async tend(shard: string): Promise<void> {
    const [mine, next] = (await this.redis.run('tend', [shard], [this.id, String(LEASE_MS)])) as [
      number,
      number,
    ];
    if (this.stopped) return;
    const alarm = this.held.get(shard);
    if (mine === 0) {
      alarm?.clear();
      this.held.delete(shard);
    } else if (alarm) {
      alarm.set(next);
    } else {
      const fresh = new Alarm(
        this.clock,
        () => this.touch(shard),
        () => void this.settler.settle(shard),
      );
      this.held.set(shard, fresh);
      fresh.set(next);
    }
  }

  private hearSooner(message: string): void {
    const space = message.lastIndexOf(' ');
    this.held.get(message.slice(0, space))?.sooner(Number(message.slice(space + 1)));
  }

  /** Whether the fuse is still there: Redis's clock has not passed its deadline yet. */
  private async touch(shard: string): Promise<boolean> {
    return (await this.redis.command(shard, ['EXISTS', this.redis.keys.fuse(shard)])) === 1;
  }
}

/** Waits for one shard's next deadline. */
class Alarm {
  private next = 0;
  private sleep?: NodeJS.Timeout;
  private fallback?: NodeJS.Timeout;

  constructor(
    private readonly clock: RedisClock,
    private readonly touch: () => Promise<boolean>,
    private readonly settle: () => void,
  ) {}

  /** The shard's next deadline is known afresh; 0 when it has none. */
  set(next: number): void {
    if (next === this.next && this.fallback) return;
    this.clear();
    this.next = next;
    const left = next + AFTER_DEADLINE_MS - this.clock.now();
    if (next === 0 || left > SOON_MS) return;
    // Half a millisecond more: a timer may fire a little early, and a touch too soon only costs another.
    this.sleep = setTimeout(() => this.ring(), Math.max(0, left + 0.5));
  }

  /** A deadline was set that is earlier than the shard's earliest was. */
  sooner(deadline: number): void {
    if (this.next === 0 || deadline < this.next) this.set(deadline);
  }

  notified(): void {
    clearTimeout(this.fallback);
    this.fallback = undefined;
    this.settle();
  }

  clear(): void {
    clearTimeout(this.sleep);
    clearTimeout(this.fallback);
    this.sleep = this.fallback = undefined;
  }

  private ring(): void {
    this.sleep = undefined;
    this.fallback = setTimeout(() => {
      this.fallback = undefined;
      this.settle();
    }, NOTIFIED_WITHIN_MS);
    this.touchUntilGone();
  }

  private touchUntilGone(): void {
    this.touch().then(
      (burning) => {
        if (burning && this.fallback && !this.sleep) this.sleep = setTimeout(() => this.touchAgain(), 1);
      },
      () => undefined,
    );
  }

  private touchAgain(): void {
    this.sleep = undefined;
    this.touchUntilGone();
  }
}
