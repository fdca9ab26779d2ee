import { DestroyRef, Injectable, type Signal, computed, inject, signal } from '@angular/core';
import type { Subscription } from 'rxjs';
import { type Cursor, type EventPage, type EventType, LIMITS, type LapseEvent } from '@lapse/protocol';
import { LapseApi } from '../api/lapse-api.js';
import { Live, type Watched } from '../live/live.js';

/** Lines kept; older ones are in the server's log. */
const KEPT = 500;
/** Above this many events in a batch nobody reads along: the screen then changes this often (ms). */
const BUSY = 8;
const BUSY_MS = 250;

/** A line of the feed: something that happened, or a place where events are missing. */
export type FeedLine =
  | { readonly id: number; readonly kind: 'event'; readonly event: LapseEvent }
  | { readonly id: number; readonly kind: 'missed' };

/**
 * What happens in the followed cache, newest first. It begins with what one page of the log still holds, if that
 * reaches the present, and goes on live. What happened while the connection was away is read from the log as well;
 * where that cannot be, the feed says so in its place.
 */
@Injectable({ providedIn: 'root' })
export class Feed {
  private readonly api = inject(LapseApi);
  private readonly live = inject(Live);

  private lines: readonly FeedLine[] = [];
  private readonly shown = signal<readonly FeedLine[]>([]);
  private readonly held = signal(false);
  private readonly sinceHeld = signal(0);
  private readonly counted = signal<ReadonlyMap<EventType, number>>(new Map());
  private following: Subscription | undefined;
  private reading: Subscription | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private cache: string | undefined;
  private seen: Cursor | undefined;
  private lastId = 0;

  readonly all: Signal<readonly FeedLine[]> = this.shown.asReadonly();
  /** The lines stand still, to be read; what comes meanwhile is kept. */
  readonly paused: Signal<boolean> = this.held.asReadonly();
  /** Events that came while paused. */
  readonly waiting: Signal<number> = computed(() => (this.held() ? this.sinceHeld() : 0));
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
    this.timer = undefined;
    this.cache = undefined;
    this.seen = undefined;
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
      if (!told.recovered) this.catchUp(cache, this.seen);
      this.seen = told.cursor;
    } else if (told.kind === 'events') {
      this.seen = told.events.at(-1)?.cursor;
      this.count(told.events);
      this.add(told.events.map((event) => this.line(event)).reverse());
    }
  }

  /** Reads from the log what came after `after`, or all that it holds; live events go on meanwhile. */
  private catchUp(cache: string, after: Cursor | undefined): void {
    this.reading?.unsubscribe();
    const before = this.lines;
    this.reading = this.api.events(cache, LIMITS.pageItems, after).subscribe({
      next: (page) => this.fill(page, before),
      error: () => {
        if (after !== undefined) this.insert([{ id: ++this.lastId, kind: 'missed' }], before);
      },
    });
  }

  private fill({ items }: EventPage, before: readonly FeedLine[]): void {
    const whole = items.length < LIMITS.pageItems;
    // The oldest page of a long log says nothing about what happened just now.
    if (!whole && before.length === 0) return;
    const live = new Set(this.lines.flatMap((line) => (line.kind === 'event' ? [line.event.cursor] : [])));
    const read = items.filter((event) => !live.has(event.cursor)).map((event) => this.line(event));
    if (!whole) read.push({ id: ++this.lastId, kind: 'missed' });
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

  private line(event: LapseEvent): FeedLine {
    return { id: ++this.lastId, kind: 'event', event };
  }

  private count(events: readonly LapseEvent[]): void {
    const counts = new Map(this.counted());
    for (const { type } of events) counts.set(type, (counts.get(type) ?? 0) + 1);
    this.counted.set(counts);
    this.sinceHeld.update((count) => count + events.length);
  }

  private add(newest: readonly FeedLine[]): void {
    this.lines = [...newest, ...this.lines].slice(0, KEPT);
    if (this.held() || this.timer !== undefined) return;
    this.show();
    if (newest.length > BUSY) this.timer = setTimeout(() => this.show(), BUSY_MS);
  }

  private show(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.held()) this.shown.set(this.lines);
  }
}
