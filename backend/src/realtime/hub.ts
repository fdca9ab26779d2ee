import { EventEmitter } from 'node:events';
import { ALL_CACHES, type GapFrame } from '@lapse/protocol';
import { formatCursor, type Position } from '../events/cursor.js';
import type { EventConsumer } from '../events/event-consumer.js';
import type { LoggedEvent } from '../events/logged-event.js';
import type { Connection } from './connection.js';
import type { Subscription } from './subscription.js';

interface HubEvents {
  /** One event went to so many connections. */
  delivered: [connections: number];
}

/** Knows who wants which cache's events, and hands each event to each connection once. */
export class Hub extends EventEmitter<HubEvents> {
  private readonly byCache = new Map<string, Set<Subscription>>();

  constructor(private readonly consumer: EventConsumer) {
    super();
    consumer.on('event', (event) => this.deliver(event));
    consumer.on('gap', (cache, from, to) => this.tellGap(cache, from, to));
  }

  /**
   * Sees to it that a cache's events arrive here. Goes before `add`, and is undone by `remove` or `unfollow`.
   * @throws RedisUnavailable
   */
  async follow(cache: string): Promise<void> {
    if (cache !== ALL_CACHES) await this.consumer.follow(cache);
  }

  unfollow(cache: string): void {
    if (cache !== ALL_CACHES) this.consumer.unfollow(cache);
  }

  /** Adds a subscription: every event after the position returned reaches its connection. None for `*`. */
  add(subscription: Subscription): Position | undefined {
    const { cache } = subscription;
    let set = this.byCache.get(cache);
    if (!set) this.byCache.set(cache, (set = new Set()));
    set.add(subscription);
    return this.position(cache);
  }

  remove(subscription: Subscription): void {
    const { cache } = subscription;
    const set = this.byCache.get(cache);
    if (!set?.delete(subscription)) return;
    if (set.size === 0) this.byCache.delete(cache);
    this.unfollow(cache);
  }

  /** Subscriptions of all connections. */
  get size(): number {
    let size = 0;
    for (const set of this.byCache.values()) size += set.size;
    return size;
  }

  /** The newest position of a followed cache: what came up to it was delivered. */
  position(cache: string): Position | undefined {
    return cache === ALL_CACHES ? undefined : this.consumer.position(cache);
  }

  private deliver(event: LoggedEvent): void {
    const offered = new Map<Connection, boolean>();
    for (const subscription of this.interested(event.cache)) {
      if (!subscription.matches(event)) continue;
      const { connection } = subscription;
      offered.set(connection, subscription.values || offered.get(connection) === true);
    }
    let full: string | undefined;
    let bare: string | undefined;
    for (const [connection, values] of offered) {
      if (values) connection.sendText((full ??= eventFrame(event, true)));
      else connection.sendText((bare ??= eventFrame(event, false)));
    }
    if (offered.size > 0) this.emit('delivered', offered.size);
  }

  private tellGap(cache: string, from: Position, to: Position): void {
    for (const { id, connection } of this.interested(cache)) {
      const frame: GapFrame = { type: 'gap', id, cache, from: formatCursor(from), to: formatCursor(to) };
      connection.send(frame);
    }
  }

  private *interested(cache: string): Iterable<Subscription> {
    yield* this.byCache.get(cache) ?? [];
    yield* this.byCache.get(ALL_CACHES) ?? [];
  }
}

function eventFrame(event: LoggedEvent, values: boolean): string {
  return `{"type":"event","event":${event.json(values)}}`;
}
