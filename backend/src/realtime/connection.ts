import {
  CLOSE,
  type CloseCode,
  type ConnectionLimits,
  type Cursor,
  type ErrorCode,
  type ServerFrame,
  type SubscribeFrame,
} from '@lapse/protocol';
import { LapseError } from '../errors.js';
import { formatCursor } from '../events/cursor.js';
import type { Hub } from './hub.js';
import { parseFrame, type Parsed } from './client-frame.js';
import { Subscription } from './subscription.js';

export const LIMITS: ConnectionLimits = {
  frameBytes: 16 * 1024,
  subscriptions: 100,
  unsentBytes: 1024 * 1024,
};

/** What a connection needs of the socket under it. */
export interface Outlet {
  /** Sends one text frame. */
  send(text: string): void;
  /** Bytes given to `send` that have not left this process yet. */
  readonly unsentBytes: number;
  close(code: CloseCode, reason: string): void;
}

export interface ServerClock {
  iso(): string;
}

/**
 * One client and its subscriptions, whatever it is connected by.
 *
 * - `open`: frames go out as they come. A client's bad frame is answered by an `error`, and nothing else changes.
 * - `closed`: for good. Nothing is sent any more, and it wants nothing: its subscriptions are gone from the hub.
 *
 * A client that reads too slowly, so that too much waits to be sent, is closed with 1013: it alone, and it may
 * come back with its cursor.
 */
export class Connection {
  private readonly subscriptions = new Map<string, Subscription>();
  private closed = false;

  constructor(
    readonly id: string,
    private readonly outlet: Outlet,
    private readonly hub: Hub,
    private readonly clock: ServerClock,
    heartbeatMs: number,
  ) {
    this.send({
      type: 'welcome',
      connectionId: id,
      serverTime: clock.iso(),
      heartbeatMs,
      limits: LIMITS,
    });
  }

  /** A text frame of the client's. */
  receive(text: string): void {
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
        this.send({ type: 'pong', serverTime: this.clock.iso() });
    }
  }

  /** The subscription that the URL asked for. */
  receiveQuery(query: Parsed<SubscribeFrame>): void {
    if (query.ok) void this.subscribe(query.frame);
    else this.refuse('bad_subscription', query.message, query.id);
  }

  heartbeat(): void {
    const cursors: Record<string, Cursor> = {};
    for (const { cache } of this.subscriptions.values()) {
      const position = this.hub.position(cache);
      if (position) cursors[cache] = formatCursor(position);
    }
    this.send({ type: 'heartbeat', serverTime: this.clock.iso(), cursors });
  }

  send(frame: ServerFrame): void {
    this.sendText(JSON.stringify(frame));
  }

  /** Sends a frame that is text already. */
  sendText(text: string): void {
    if (this.closed) return;
    this.outlet.send(text);
    if (this.outlet.unsentBytes > LIMITS.unsentBytes) {
      this.close(CLOSE.tryAgainLater, 'too slow: reconnect with your cursor');
    }
  }

  /** Ends the connection from this side. */
  close(code: CloseCode, reason: string): void {
    if (this.closed) return;
    this.end();
    this.outlet.close(code, reason);
  }

  /** The socket is gone, or about to go: lets go of everything. */
  end(): void {
    if (this.closed) return;
    this.closed = true;
    for (const subscription of this.subscriptions.values()) this.hub.remove(subscription);
    this.subscriptions.clear();
  }

  private async subscribe(frame: SubscribeFrame): Promise<void> {
    const { id, cache, after } = frame;
    if (this.subscriptions.has(id)) {
      this.refuse('duplicate_subscription', `There is a subscription "${id}" already.`, id);
      return;
    }
    if (this.subscriptions.size >= LIMITS.subscriptions) {
      this.refuse(
        'too_many_subscriptions',
        `A connection has at most ${LIMITS.subscriptions} subscriptions.`,
        id,
      );
      return;
    }
    const subscription = new Subscription(this, frame);
    this.subscriptions.set(id, subscription);
    try {
      await this.hub.follow(cache);
    } catch (error) {
      if (this.subscriptions.get(id) === subscription) this.subscriptions.delete(id);
      const message = error instanceof LapseError ? error.message : 'The subscription failed.';
      this.refuse('unavailable', message, id);
      return;
    }
    if (this.subscriptions.get(id) !== subscription) {
      // Unsubscribed, or closed, while Redis was asked.
      this.hub.unfollow(cache);
      return;
    }
    const position = this.hub.add(subscription);
    this.send({
      type: 'subscribed',
      id,
      cache,
      ...(position && { cursor: formatCursor(position) }),
      ...(after !== undefined && { recovered: false }),
    });
  }

  private unsubscribe(id: string): void {
    const subscription = this.subscriptions.get(id);
    if (!subscription) {
      this.refuse('unknown_subscription', `There is no subscription "${id}".`, id);
      return;
    }
    this.subscriptions.delete(id);
    this.hub.remove(subscription);
    this.send({ type: 'unsubscribed', id });
  }

  private refuse(code: ErrorCode, message: string, id?: string): void {
    this.send({ type: 'error', ...(id !== undefined && { id }), code, message });
  }
}
