import { PassThrough, type Readable } from 'node:stream';
import { ALL_CACHES } from '@lapse/protocol';
import { Invalid } from '../errors.js';
import { EARLIEST, formatCursor, parseCursor, type Position } from '../events/cursor.js';
import type { EventStreamOptions, EventStreams } from '../events/event-streams.js';
import type { LoggedEvent } from '../events/logged-event.js';
import { LIMITS } from './connection.js';
import type { Hub } from './hub.js';
import { Outbox } from './outbox.js';
import type { Replays } from './replays.js';
import { Subscription, type Peer } from './subscription.js';

/** Proxies cut what is silent for long; the HTML standard suggests a comment every 15 s. */
const COMMENT_EVERY_MS = 15_000;

const ONE_CACHE = 'A stream is of one cache, whose cursors are its ids. A WebSocket may follow all: cache=*.';

/** When a client is to come back after a cut, in ms: each at a time of its own. */
const retryMs = (): number => 1_000 + Math.floor(Math.random() * 2_000);

/**
 * Server-sent events, one subscription a stream. Every event has its cursor as its id, so that a browser's EventSource
 * resumes by itself; a gap is an event of its own.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class SseStreams implements EventStreams {
  private readonly streams = new Set<SseStream>();

  constructor(
    private readonly hub: Hub,
    private readonly replays: Replays,
    private readonly commentEveryMs = COMMENT_EVERY_MS,
  ) {}

  /** Streams open now. */
  get size(): number {
    return this.streams.size;
  }

  async open(cache: string, { after, ...filters }: EventStreamOptions): Promise<Readable> {
    const { hub, replays } = this;
    if (cache === ALL_CACHES) throw new Invalid([{ parameter: 'cache', detail: ONE_CACHE }]);
    const wanted = after === undefined ? undefined : parseCursor(after);
    const head = await hub.follow(cache);
    let start: Position | undefined;
    try {
      start = wanted && (await replays.open(cache, wanted));
    } catch (error) {
      hub.unfollow(cache);
      throw error;
    }
    const stream = new SseStream(hub, { id: 'sse', cache, ...filters }, this.commentEveryMs);
    this.streams.add(stream);
    stream.text.on('close', () => this.streams.delete(stream));
    if (start) void stream.replay(replays, start);
    else stream.live(head, wanted);
    return stream.text;
  }

  /** Ends every stream, spread over a while; clients come back with their last id. */
  async close(spreadMs = 0): Promise<void> {
    const open = [...this.streams];
    await Promise.all(
      open.map(async (stream, i) => {
        await new Promise((resolve) => setTimeout(resolve, (i / open.length) * spreadMs));
        stream.end();
      }),
    );
  }
}

class SseStream implements Peer {
  readonly text = new PassThrough();
  private readonly outbox = new Outbox(this.text, LIMITS.unsentBytes, () => this.text.destroy());
  private readonly subscription: Subscription;
  private readonly comments: NodeJS.Timeout;

  constructor(
    private readonly hub: Hub,
    wish: ConstructorParameters<typeof Subscription>[1],
    commentEveryMs: number,
  ) {
    this.subscription = new Subscription(this, wish);
    this.comments = setInterval(() => this.comment(), commentEveryMs);
    this.text.on('error', () => undefined);
    this.text.on('close', () => this.close());
    this.push(`retry: ${retryMs()}\n\n`);
  }

  /** Goes live at once; `missed` is what could not be replayed. */
  live(head: Position | undefined, missed: Position | undefined): void {
    const position = this.hub.add(this.subscription, head) as Position;
    const from = missed === EARLIEST ? { epoch: position.epoch, seq: 0 } : missed;
    if (from) this.gap(this.subscription, this.subscription.cache, from, position);
    else this.bookmark(position);
  }

  async replay(replays: Replays, start: Position): Promise<void> {
    this.bookmark(start);
    const live = await replays.run(this.subscription, start);
    if (live) this.bookmark(live);
    else this.hub.unfollow(this.subscription.cache);
  }

  event(event: LoggedEvent, values: boolean): void {
    this.outbox.push(event.encoded(values ? fullSseEvent : bareSseEvent));
  }

  gap(_subscription: Subscription, cache: string, from: Position, to: Position): void {
    const data = JSON.stringify({ cache, from: formatCursor(from), to: formatCursor(to) });
    this.push(`id: ${formatCursor(to)}\nevent: gap\ndata: ${data}\n\n`);
  }

  get wishes(): Iterable<Subscription> {
    return [this.subscription];
  }

  get congested(): boolean {
    return this.outbox.congested;
  }

  drained(): Promise<void> {
    return this.outbox.drained();
  }

  end(): void {
    this.outbox.close();
    this.text.end();
    this.close();
  }

  /** Keeps the stream from looking dead, and moves the client's place on past events that it does not want. */
  private comment(): void {
    const position = this.subscription.from && this.hub.reached(this.subscription);
    this.push(': still here\n');
    if (position) this.bookmark(position);
    else this.push('\n');
  }

  /** An id without an event: where the client is to resume, though it was told nothing. */
  private bookmark(position: Position): void {
    this.push(`id: ${formatCursor(position)}\n\n`);
  }

  private push(text: string): void {
    this.outbox.push(Buffer.from(text));
  }

  private close(): void {
    clearInterval(this.comments);
    this.subscription.ended = true;
    this.hub.remove(this.subscription);
  }
}

const sseEvent = (event: LoggedEvent, json: string): Buffer =>
  Buffer.from(`id: ${event.cursor}\nevent: ${event.type}\ndata: ${json}\n\n`);

const fullSseEvent = (event: LoggedEvent): Buffer => sseEvent(event, event.json());
const bareSseEvent = (event: LoggedEvent): Buffer => sseEvent(event, event.json(false));
