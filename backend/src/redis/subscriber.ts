import { EventEmitter } from 'node:events';
import type { Logger } from '../logger.js';
import type { NodeClient, RedisClient } from './client.js';

interface SubscriberEvents {
  /** The subscriptions stand (again). What was published before is not seen. */
  up: [];
  /** The connection is lost; it comes back by itself. */
  down: [];
}

/**
 * The connection that channels are heard on, apart from the one for commands, so that a flood of messages delays
 * no reply. It reconnects and subscribes again by itself, saying `down` and `up`: what was published between the
 * two is lost, and the listener has to read it up elsewhere.
 */
export class RedisSubscriber extends EventEmitter<SubscriberEvents> {
  private readonly client: NodeClient;
  private readonly channels = new Map<string, (message: string) => void>();
  private isUp = false;
  private closed = false;

  constructor(
    private readonly redis: RedisClient,
    private readonly logger: Logger,
  ) {
    super();
    this.client = redis.subscriber();
  }

  get up(): boolean {
    return this.isUp;
  }

  /** Before `connect` only. */
  listen(channel: string, listener: (message: string) => void): void {
    this.channels.set(channel, listener);
  }

  async connect(): Promise<void> {
    this.client.on('error', (error: Error) => {
      this.logger.debug({ err: error }, 'Redis subscription connection failed');
      this.set(false);
    });
    while (!this.closed && !this.redis.target.cluster) {
      try {
        await this.client.connect();
        break;
      } catch (error) {
        this.logger.debug({ err: error }, 'cannot connect to Redis for subscriptions; trying again');
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
    if (this.closed) return;
    for (const [channel, listener] of this.channels) await this.client.subscribe(channel, listener);
    this.client.on('ready', () => this.set(true));
    this.set(true);
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.redis.target.cluster || !this.client.isOpen) return;
    this.client.destroy();
  }

  private set(up: boolean): void {
    if (this.isUp === up || this.closed) return;
    this.isUp = up;
    this.emit(up ? 'up' : 'down');
  }
}
