import { EventEmitter } from 'node:events';
import { ALL_CACHES } from '@lapse/protocol';
import { notAfter, type Position } from '../events/cursor.js';
import type { EventConsumer } from '../events/event-consumer.js';
import type { LoggedEvent } from '../events/logged-event.js';
import type { Peer, Subscription } from './subscription.js';

interface HubEvents {
  /** One event went to so many peers. */
  delivered: [peers: number];
}

/** Knows who wants which cache's events live, and hands each event to each peer once. */
export class Hub extends EventEmitter<HubEvents> {
  private readonly byCache = new Map<string, Set<Subscription>>();

  constructor(private readonly consumer: EventConsumer) {
    super();
    consumer.on('event', (event) => this.deliver(event));
    consumer.on('gap', (cache, from, to) => this.tellGap(cache, from, to));
  }

  /**
   * Sees to it that a cache's events arrive here. Goes before `add`, and is undone by `remove` or `unfollow`. Resolves
   * to where the log stands now; none for `*`.
   * @throws RedisUnavailable
   */
  async follow(cache: string): Promise<Position | undefined> {
    if (cache !== ALL_CACHES) return this.consumer.follow(cache);
    await this.consumer.followAll();
    return undefined;
  }

  unfollow(cache: string): void {
    if (cache === ALL_CACHES) this.consumer.unfollowAll();
    else this.consumer.unfollow(cache);
  }

  /**
   * Makes a subscription live: every matching event after the position returned reaches its peer. That is `from`, or
   * where live delivery stands if that is later. None for `*`.
   */
  add(subscription: Subscription, wanted: Position | undefined): Position | undefined {
    const { cache } = subscription;
    let set = this.byCache.get(cache);
    if (!set) this.byCache.set(cache, (set = new Set()));
    set.add(subscription);
    const live = this.position(cache);
    subscription.from = wanted && live && notAfter(wanted, live) ? live : wanted;
    return subscription.from;
  }

  remove(subscription: Subscription): void {
    const { cache } = subscription;
    const set = this.byCache.get(cache);
    if (!set?.delete(subscription)) return;
    if (set.size === 0) this.byCache.delete(cache);
    this.unfollow(cache);
  }

  /** Live subscriptions of all peers. */
  get size(): number {
    let size = 0;
    for (const set of this.byCache.values()) size += set.size;
    return size;
  }

  /** The newest place up to which a live subscription was told all that it wants. */
  reached({ cache, from }: Subscription): Position | undefined {
    const live = this.position(cache);
    return from && live && notAfter(live, from) ? from : live;
  }

  /** The newest position of a followed cache: what came up to it was delivered. */
  position(cache: string): Position | undefined {
    return cache === ALL_CACHES ? undefined : this.consumer.position(cache);
  }

  private deliver(event: LoggedEvent): void {
    const wanted = new Map<Peer, boolean>();
    for (const subscription of this.interested(event.cache)) {
      if (!subscription.matches(event) || subscription.precedes(event)) continue;
      const { peer, values } = subscription;
      wanted.set(peer, values || wanted.get(peer) === true);
    }
    for (const [peer, values] of wanted) peer.event(event, values);
    if (wanted.size > 0) this.emit('delivered', wanted.size);
  }

  private tellGap(cache: string, from: Position, to: Position): void {
    for (const subscription of this.interested(cache)) {
      const at = subscription.from;
      if (at?.epoch === to.epoch && at.seq >= to.seq) continue;
      // Numbers that a restart of Redis lost are given out again: it goes on from here, however far it had come.
      if (at) subscription.from = to;
      subscription.peer.gap(subscription, cache, from, to);
    }
  }

  private *interested(cache: string): Iterable<Subscription> {
    yield* this.byCache.get(cache) ?? [];
    yield* this.byCache.get(ALL_CACHES) ?? [];
  }
}
