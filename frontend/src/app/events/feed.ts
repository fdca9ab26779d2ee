import { DestroyRef, Injectable, type Signal, computed, inject, signal } from '@angular/core';
import type { Subscription } from 'rxjs';
import type { EventType, LapseEvent } from '@lapse/protocol';
import { Live, type Watched } from '../live/live.js';

/** Lines kept; older ones are in the server's log. */
const KEPT = 500;
/** Above this many events in a batch nobody reads along: the screen then changes this often (ms). */
const BUSY = 8;
const BUSY_MS = 250;

/** A line of the feed: something that happened, or the place where the page was not listening. */
export type FeedLine =
  | { readonly id: number; readonly kind: 'event'; readonly event: LapseEvent }
  | { readonly id: number; readonly kind: 'missed' };

/** What has happened in the followed cache since this page opened it, newest first. */
@Injectable({ providedIn: 'root' })
export class Feed {
  private readonly live = inject(Live);

  private lines: readonly FeedLine[] = [];
  private readonly shown = signal<readonly FeedLine[]>([]);
  private readonly held = signal(false);
  private readonly sinceHeld = signal(0);
  private readonly counted = signal<ReadonlyMap<EventType, number>>(new Map());
  private following: Subscription | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private cache: string | undefined;
  private lastId = 0;
  private listening = false;

  readonly all: Signal<readonly FeedLine[]> = this.shown.asReadonly();
  /** The lines stand still, to be read; what comes meanwhile is kept. */
  readonly paused: Signal<boolean> = this.held.asReadonly();
  /** Events that came while paused. */
  readonly waiting: Signal<number> = computed(() => (this.held() ? this.sinceHeld() : 0));
  /** How many events of each type came since the cache was opened. */
  readonly counts: Signal<ReadonlyMap<EventType, number>> = this.counted.asReadonly();

  constructor() {
    inject(DestroyRef).onDestroy(() => this.leave());
  }

  follow(cache: string): void {
    if (cache === this.cache) return;
    this.leave();
    this.cache = cache;
    this.following = this.live.watch(cache).subscribe((told) => this.hear(told));
  }

  leave(): void {
    this.following?.unsubscribe();
    clearTimeout(this.timer);
    this.timer = undefined;
    this.cache = undefined;
    this.listening = false;
    this.lines = [];
    this.shown.set([]);
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

  private hear(told: Watched): void {
    if (told.kind === 'from') {
      // The first time nothing was missed: the feed begins here.
      if (this.listening && !told.recovered) this.add([{ id: ++this.lastId, kind: 'missed' }]);
      this.listening = true;
    } else if (told.kind === 'events') {
      this.count(told.events);
      this.add(told.events.map((event) => ({ id: ++this.lastId, kind: 'event', event }) as const).reverse());
    }
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
    if (newest.length <= BUSY) return this.show();
    this.show();
    this.timer = setTimeout(() => this.show(), BUSY_MS);
  }

  private show(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.held()) this.shown.set(this.lines);
  }
}
