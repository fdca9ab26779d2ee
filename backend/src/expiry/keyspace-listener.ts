import { EventEmitter } from 'node:events';
import type { Logger } from '../logger.js';
import type { NodeClient, RedisClient } from '../redis/client.js';

interface ListenerEvents {
  /** Redis expired the fuse of a shard: something in it is due. */
  fuse: [shard: string];
}

/** How often primaries are counted again and their notification setting is looked at, in ms. */
const CHECK_EVERY_MS = 1_000;

/**
 * Hears Redis's keyspace notification `expired` for the fuses. A primary announces its own keys only, so each of a
 * cluster's is subscribed to, and new ones as they come. Where notifications are off they are switched on; where
 * that is not allowed the log says so, and expiry is left to the sweeper.
 */
export class KeyspaceListener extends EventEmitter<ListenerEvents> {
  private readonly channel: string;
  private readonly shardOf: Map<string, string>;
  private readonly subscribed = new Set<NodeClient>();
  private timer?: NodeJS.Timeout;
  private warned = false;

  constructor(
    private readonly redis: RedisClient,
    private readonly logger: Logger,
  ) {
    super();
    const { keys, target } = redis;
    this.channel = `__keyevent@${target.database}__:expired`;
    this.shardOf = new Map(keys.shards.map((shard) => [keys.fuse(shard), shard]));
  }

  /** Whether there is a subscription and every one stands. */
  get up(): boolean {
    return this.subscribed.size > 0 && [...this.subscribed].every((client) => client.isReady);
  }

  /** Begins to listen. What cannot be done now is tried again every second. */
  start(): void {
    const check = () => {
      void this.check().catch((error) => this.logger.debug({ err: error }, 'cannot listen for expiry yet'));
    };
    this.timer = setInterval(check, CHECK_EVERY_MS);
    check();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async check(): Promise<void> {
    const primaries = [...(await this.redis.primaries()).values()].filter((client) => client.isReady);
    for (const client of this.subscribed) {
      if (!client.isOpen) this.subscribed.delete(client);
    }
    for (const client of primaries) {
      if (!this.subscribed.has(client)) {
        await client.subscribe(this.channel, (key) => this.hear(key));
        this.subscribed.add(client);
      }
      await this.enable(client);
    }
  }

  private hear(key: string): void {
    const shard = this.shardOf.get(key);
    if (shard) this.emit('fuse', shard);
  }

  /** Switches key events for expiry on (`Ex`), keeping what else is on. https://redis.io/docs/latest/develop/pubsub/keyspace-notifications/ */
  private async enable(client: NodeClient): Promise<void> {
    try {
      const setting = (await client.configGet('notify-keyspace-events'))['notify-keyspace-events'] ?? '';
      if (setting.includes('E') && /[xA]/.test(setting)) {
        this.warned = false;
        return;
      }
      await client.configSet('notify-keyspace-events', `${setting}Ex`);
      this.logger.warn(
        { was: setting },
        'Redis keyspace notifications were off: switched on (notify-keyspace-events Ex)',
      );
    } catch (error) {
      if (!client.isReady || this.warned) return;
      this.warned = true;
      this.logger.warn(
        { err: error },
        'cannot see or set notify-keyspace-events: unless it has "Ex", expiry waits for the sweeper',
      );
    }
  }
}
