import type { Writable } from 'node:stream';
import {
  ALL_CACHES,
  CLOSE,
  type CloseCode,
  type ConnectionLimits,
  type Cursor,
  type ErrorCode,
  type ServerFrame,
  type SubscribeFrame,
} from '@lapse/protocol';
import { LapseError } from '../errors.js';
import { formatCursor, parseCursor, type Position } from '../events/cursor.js';
import type { LoggedEvent } from '../events/logged-event.js';
import { parseFrame, type Parsed } from './client-frame.js';
import type { Hub } from './hub.js';
import { Outbox } from './outbox.js';
import type { Replays } from './replays.js';
import { Subscription, type Peer } from './subscription.js';
import { TokenBucket } from './token-bucket.js';
import { bareEventFrame, fullEventFrame, textFrame } from './ws-frame.js';

export const LIMITS: ConnectionLimits = {
  frameBytes: 16 * 1024,
  subscriptions: 100,
  unsentBytes: 1024 * 1024,
};

/** Frames that a client may send at once, and in the long run a second; then 4429. */
const FRAMES = { burst: 300, perSecond: 50 };

export interface ServerClock {
  /** Redis's time, RFC 3339 with milliseconds. */
  iso(): string;
}

/** What every connection of a server has in common. */
export interface ConnectionContext {
  hub: Hub;
  replays: Replays;
  clock: ServerClock;
  heartbeatMs: number;
}

/**
 * One WebSocket client and its subscriptions.
 *
 * - `open`: frames go out as they come. A client's bad frame is answered by an `error`, and nothing else changes.
 * - `closed`: for good. Nothing is sent any more, and its subscriptions have ended.
 */
export class Connection implements Peer {
  private readonly subscriptions = new Map<string, Subscription>();
  private readonly allowance = new TokenBucket(FRAMES.burst, FRAMES.perSecond);
  private readonly outbox: Outbox;
  private closed = false;
  /** Whether the peer has answered the last ping. */
  answered = true;

  /**
   * @param sink where frames are written to
   * @param socket closed from this side by a code and a reason
   */
  constructor(
    readonly id: string,
    sink: Writable,
    private readonly socket: { close(code: CloseCode, reason: string): void },
    private readonly context: ConnectionContext,
  ) {
    this.outbox = new Outbox(sink, LIMITS.unsentBytes, () => this.tooSlow());
    const { clock, heartbeatMs } = context;
    this.send({ type: 'welcome', connectionId: id, serverTime: clock.iso(), heartbeatMs, limits: LIMITS });
  }

  /** A text frame of the client's. */
  receive(text: string): void {
    if (!this.allowance.take()) {
      this.close(CLOSE.tooMany, `more than ${FRAMES.perSecond} frames a second`);
      return;
    }
    const parsed = parseFrame(text);
    if (!parsed.ok) {
      this.refuse('bad_frame', parsed.message, parsed.id);
      return;
    }
    const { frame } = parsed;
    switch (frame.type) {
      case 'subscribe':
        void this.subscribe(frame);
        break;
      case 'unsubscribe':
        this.unsubscribe(frame.id);
        break;
      case 'ping':
        this.send({ type: 'pong', serverTime: this.context.clock.iso() });
    }
  }

  /** The subscription that the URL asked for. */
  receiveQuery(query: Parsed<SubscribeFrame>): void {
    if (query.ok) void this.subscribe(query.frame);
    else this.refuse('bad_subscription', query.message, query.id);
  }

  /** Tells the time, and the newest cursor of each cache that is delivered live. */
  heartbeat(): void {
    const cursors: Record<string, Cursor> = {};
    const replaying = new Set<string>();
    for (const subscription of this.subscriptions.values()) {
      const { cache, from } = subscription;
      const position = this.context.hub.reached(subscription);
      if (from && position) cursors[cache] = formatCursor(position);
      else if (cache !== ALL_CACHES) replaying.add(cache);
    }
    for (const cache of replaying) delete cursors[cache];
    this.send({ type: 'heartbeat', serverTime: this.context.clock.iso(), cursors });
  }

  event(event: LoggedEvent, values: boolean): void {
    this.outbox.push(event.encoded(values ? fullEventFrame : bareEventFrame));
  }

  gap({ id }: Subscription, cache: string, from: Position, to: Position): void {
    this.send({ type: 'gap', id, cache, from: formatCursor(from), to: formatCursor(to) });
  }

  get wishes(): Iterable<Subscription> {
    return this.subscriptions.values();
  }

  get congested(): boolean {
    return this.outbox.congested;
  }

  drained(): Promise<void> {
    return this.outbox.drained();
  }

  /** Ends the connection from this side. */
  close(code: CloseCode, reason: string): void {
    if (this.closed) return;
    this.end();
    this.outbox.close();
    this.socket.close(code, reason);
  }

  /** The client reads too slowly: it alone is let go, and may come back with its cursor. */
  tooSlow(): void {
    this.close(CLOSE.tryAgainLater, 'too slow: reconnect with your cursor');
  }

  /** The socket is gone, or about to go: lets go of everything. */
  end(): void {
    if (this.closed) return;
    this.closed = true;
    for (const subscription of this.subscriptions.values()) this.drop(subscription);
    this.subscriptions.clear();
  }

  private async subscribe(frame: SubscribeFrame): Promise<void> {
    const { id } = frame;
    const fault = this.fault(frame);
    if (fault) {
      this.refuse(...fault, id);
      return;
    }
    const subscription = new Subscription(this, frame);
    this.subscriptions.set(id, subscription);
    try {
      await this.join(subscription, frame.after);
    } catch (error) {
      if (subscription.ended) return;
      this.subscriptions.delete(id);
      this.drop(subscription);
      if (!(error instanceof LapseError)) throw error;
      this.refuse(error.code === 'invalid' ? 'bad_subscription' : 'unavailable', error.message, id);
    }
  }

  private fault({ id, cache, after }: SubscribeFrame): [ErrorCode, string] | undefined {
    if (this.subscriptions.has(id)) {
      return ['duplicate_subscription', `There is a subscription "${id}" already.`];
    }
    if (this.subscriptions.size >= LIMITS.subscriptions) {
      return ['too_many_subscriptions', `A connection has at most ${LIMITS.subscriptions} subscriptions.`];
    }
    if (cache === ALL_CACHES && after !== undefined) {
      return [
        'bad_subscription',
        'after: all caches together have no log to resume from; they are live only.',
      ];
    }
    return undefined;
  }

  /**
   * Follows the cache, replays what came after a cursor if that is asked for and can be whole, and goes live.
   * @throws RedisUnavailable, or Invalid when `after` is no cursor
   */
  private async join(subscription: Subscription, after: string | undefined): Promise<void> {
    const { id, cache } = subscription;
    const { hub, replays } = this.context;
    const wanted = after === undefined ? undefined : parseCursor(after);
    const head = await hub.follow(cache);
    const start = wanted && (await replays.open(cache, wanted).catch(unfollow));
    if (subscription.ended) return void hub.unfollow(cache);
    if (!start) {
      const position = hub.add(subscription, head);
      this.send({
        type: 'subscribed',
        id,
        cache,
        ...(position && { cursor: formatCursor(position) }),
        ...(wanted && { recovered: false }),
      });
      return;
    }
    this.send({ type: 'subscribed', id, cache, cursor: formatCursor(start), recovered: true });
    const live = await replays.run(subscription, start);
    if (live) this.send({ type: 'live', id, cursor: formatCursor(live) });
    else hub.unfollow(cache);

    function unfollow(error: unknown): never {
      hub.unfollow(cache);
      throw error;
    }
  }

  private unsubscribe(id: string): void {
    const subscription = this.subscriptions.get(id);
    if (!subscription) {
      this.refuse('unknown_subscription', `There is no subscription "${id}".`, id);
      return;
    }
    this.subscriptions.delete(id);
    this.drop(subscription);
    this.send({ type: 'unsubscribed', id });
  }

  private drop(subscription: Subscription): void {
    subscription.ended = true;
    this.context.hub.remove(subscription);
  }

  private refuse(code: ErrorCode, message: string, id?: string): void {
    this.send({ type: 'error', ...(id !== undefined && { id }), code, message });
  }

  private send(frame: ServerFrame): void {
    if (!this.closed) this.outbox.push(textFrame(JSON.stringify(frame)));
  }
}
