import { DestroyRef, Injectable, type Signal, computed, inject, signal } from '@angular/core';
import type { Subscription } from 'rxjs';
import { type Cursor, type EventPage, type EventType, LIMITS, type LapseEvent } from '@lapse/protocol';
import { LapseApi } from '../api/lapse-api.js';
import type { Cut } from '../live/connection.js';
import { Live } from '../live/live.js';
import type { Watched } from '../live/watch.js';

/** Lines kept; older ones are in the server's log. */
const KEPT = 500;
/** Above this many events in a batch nobody reads along: the screen then changes this often (ms). */
const BUSY = 3;
const BUSY_MS = 250;
/** How long after the last such batch it is calm again (ms). */
const CALM_MS = 2_000;

/**
 * A line of the feed.
 *
 * - `event`: something that happened; `late`: it was told after a loss of the connection, not when it happened.
 * - `cut`: the connection was lost here. What happened meanwhile, so many events, stands above it.
 * - `missed`: events are missing here; `cut` if that is because the connection was lost.
 */
export type FeedLine =
  | { readonly id: number; readonly kind: 'event'; readonly event: LapseEvent; readonly late: boolean }
  | { readonly id: number; readonly kind: 'cut'; readonly cut: Cut; readonly replayed: number }
  | { readonly id: number; readonly kind: 'missed'; readonly cut: Cut | undefined };

/**
 * What happens in the followed cache, newest first. It begins with what one page of the log still holds, if that
 * reaches the present, and goes on live. What happened while the connection was away is replayed or read from the
 * log, and marked: it stands where it belongs, but nobody saw it come. Where neither can be, the feed says so in its
 * place. A cut in which nothing happened leaves no mark.
 */
@Injectable({ providedIn: 'root' })
export class Feed {
  private readonly api = inject(LapseApi);
  private readonly live = inject(Live);

  private lines: readonly FeedLine[] = [];
  private readonly shown = signal<readonly FeedLine[]>([]);
  private readonly held = signal(false);
  private readonly sinceHeld = signal(0);
  private readonly crowded = signal(false);
  private readonly counted = signal<ReadonlyMap<EventType, number>>(new Map());
  private following: Subscription | undefined;
  private reading: Subscription | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private calmTimer: ReturnType<typeof setTimeout> | undefined;
  private cache: string | undefined;
  private seen: Cursor | undefined;
  /** The cut whose events are being replayed, and the line that marks it once there is one. */
  private cut: Cut | undefined;
  private mark: Extract<FeedLine, { kind: 'cut' }> | undefined;
  private lastId = 0;

  readonly all: Signal<readonly FeedLine[]> = this.shown.asReadonly();
  /** The lines stand still, to be read; what comes meanwhile is kept. */
  readonly paused: Signal<boolean> = this.held.asReadonly();
  /** Events that came while paused. */
  readonly waiting: Signal<number> = computed(() => (this.held() ? this.sinceHeld() : 0));
  /** More happens than anyone reads along. */
  readonly busy: Signal<boolean> = this.crowded.asReadonly();
  /** How many events of each type came live since the cache was opened. */
  readonly counts: Signal<ReadonlyMap<EventType, number>> = this.counted.asReadonly();

  constructor() {
    inject(DestroyRef).onDestroy(() => this.leave());
  }

  follow(cache: string): void {
    if (cache === this.cache) return;
    this.leave();
    this.cache = cache;
    this.following = this.live.watch(cache).subscribe((told) => this.hear(told, cache));
  }

  leave(): void {
    this.following?.unsubscribe();
    this.reading?.unsubscribe();
    clearTimeout(this.timer);
    clearTimeout(this.calmTimer);
    this.timer = undefined;
    this.crowded.set(false);
    this.cache = undefined;
    this.seen = undefined;
    this.replay(undefined);
    this.lines = [];
    this.counted.set(new Map());
    this.resume();
  }

  pause(): void {
    if (this.held()) return;
    this.show();
    this.sinceHeld.set(0);
    this.held.set(true);
  }

  resume(): void {
    this.held.set(false);
    this.show();
  }

  private hear(told: Watched, cache: string): void {
    if (told.kind === 'from') {
      this.replay(told.recovered ? told.cut : undefined);
      if (!told.recovered) this.catchUp(cache, this.seen, told.cut);
      this.seen = told.cursor;
    } else if (told.kind === 'live') {
      this.replay(undefined);
    } else if (told.kind === 'events') {
      this.seen = told.events.at(-1)?.cursor;
      this.count(told.events);
      const late = this.cut !== undefined;
      this.add([
        ...told.events.map((event) => this.line(event, late)).reverse(),
        ...this.marked(told.events),
      ]);
    }
  }

  /** Events are replayed from now on, or no longer. A replay that is cut off itself goes on under the same mark. */
  private replay(cut: Cut | undefined): void {
    this.cut = cut;
    if (!cut) this.mark = undefined;
    else if (this.mark) this.change(this.mark, { ...this.mark, cut });
  }

  /** Counts replayed events in the mark below them; returns that line if it is to be put there. */
  private marked({ length }: readonly LapseEvent[]): FeedLine[] {
    if (!this.cut) return [];
    if (this.mark) {
      this.change(this.mark, { ...this.mark, replayed: this.mark.replayed + length });
      return [];
    }
    this.mark = { id: ++this.lastId, kind: 'cut', cut: this.cut, replayed: length };
    return [this.mark];
  }

  private change(mark: FeedLine, changed: Extract<FeedLine, { kind: 'cut' }>): void {
    this.mark = changed;
    this.lines = this.lines.map((line) => (line === mark ? changed : line));
  }

  /** Reads from the log what came after `after`, or all that it holds; live events go on meanwhile. */
  private catchUp(cache: string, after: Cursor | undefined, cut: Cut | undefined): void {
    this.reading?.unsubscribe();
    const before = this.lines;
    const late = after === undefined ? undefined : cut;
    this.reading = this.api.events(cache, LIMITS.pageItems, after).subscribe({
      next: (page) => this.fill(page, before, late),
      error: () => {
        if (after !== undefined) this.insert([this.missed(cut)], before);
      },
    });
  }

  private fill({ items }: EventPage, before: readonly FeedLine[], cut: Cut | undefined): void {
    const whole = items.length < LIMITS.pageItems;
    // The oldest page of a long log says nothing about what happened just now.
    if (!whole && before.length === 0) return;
    const live = new Set(this.lines.flatMap((line) => (line.kind === 'event' ? [line.event.cursor] : [])));
    const events = items.filter((event) => !live.has(event.cursor));
    const read = events.map((event) => this.line(event, cut !== undefined));
    const replayed = events.length;
    if (!whole) read.push(this.missed(cut));
    else if (cut && replayed > 0) read.unshift({ id: ++this.lastId, kind: 'cut', cut, replayed });
    this.insert(read.reverse(), before);
  }

  /** Puts lines where the feed stood when they were asked for: above the older ones, below what came since. */
  private insert(lines: readonly FeedLine[], before: readonly FeedLine[]): void {
    const oldest = before[0];
    const place = oldest === undefined ? -1 : this.lines.indexOf(oldest);
    const at = place < 0 ? this.lines.length : place;
    this.lines = [...this.lines.slice(0, at), ...lines, ...this.lines.slice(at)].slice(0, KEPT);
    this.show();
  }

  private line(event: LapseEvent, late: boolean): FeedLine {
    return { id: ++this.lastId, kind: 'event', event, late };
  }

  private missed(cut: Cut | undefined): FeedLine {
    return { id: ++this.lastId, kind: 'missed', cut };
  }

  private count(events: readonly LapseEvent[]): void {
    const counts = new Map(this.counted());
    for (const { type } of events) counts.set(type, (counts.get(type) ?? 0) + 1);
    this.counted.set(counts);
    this.sinceHeld.update((count) => count + events.length);
  }

  private add(newest: readonly FeedLine[]): void {
    this.lines = [...newest, ...this.lines].slice(0, KEPT);
    if (newest.length > BUSY) this.crowd();
    if (this.held() || this.timer !== undefined) return;
    this.show();
    if (newest.length > BUSY) this.timer = setTimeout(() => this.show(), BUSY_MS);
  }

  private crowd(): void {
    clearTimeout(this.calmTimer);
    this.crowded.set(true);
    this.calmTimer = setTimeout(() => this.crowded.set(false), CALM_MS);
  }

  private show(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.held()) this.shown.set(this.lines);
  }
}
