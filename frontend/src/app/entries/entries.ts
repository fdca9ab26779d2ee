import { DestroyRef, Injectable, type Signal, computed, inject, signal } from '@angular/core';
import type { Subscription } from 'rxjs';
import type { Cursor, EntryPage, EntrySort, LapseEvent } from '@lapse/protocol';
import { LapseApi } from '../api/lapse-api.js';
import { type ApiProblem, toProblem } from '../api/problem.js';
import { Live } from '../live/live.js';
import type { Watched } from '../live/watch.js';
import { EntryWindow } from './entry-window.js';
import { type Row, rowOfEntry } from './row.js';

/** Entries asked for at a time: the most the API gives. */
const PAGE = 1000;
/** How near to the end of what is loaded one may look before more is fetched. */
const MARGIN = 300;
/** How long to wait for the watch before listing without it (ms): a page without live events beats none. */
const PATIENCE_MS = 1_500;
/** Reads move entries in the order of use without an event, so that order is read again this often (ms). */
const RECENCY_MS = 10_000;
/** Waits between attempts while the API is away (ms). */
const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 15_000];

/** Events at once that make a crowd, and how long after the last crowd it is calm again (ms). */
const CROWD = 3;
const CALM_MS = 2_000;

/** Which entries are on the screen. */
export interface Selection {
  readonly cache: string;
  readonly sort: EntrySort;
  readonly prefix: string;
}

/** `missing`: there is no such cache (yet: the first write would create it). */
export type EntriesStatus = 'loading' | 'ready' | 'failed' | 'missing';

/**
 * The entries of the selected cache: listed, then kept true by its events. After every loss (`recovered: false`)
 * a second window is filled beside the one on the screen and takes its place when it reaches as far, so that
 * nothing jumps or empties meanwhile. `EntryWindow` says how pages and events are brought together.
 */
@Injectable({ providedIn: 'root' })
export class Entries {
  private readonly api = inject(LapseApi);
  private readonly live = inject(Live);

  private readonly selected = signal<Selection | null>(null);
  private readonly currentStatus = signal<EntriesStatus>('loading');
  private readonly currentProblem = signal<ApiProblem | null>(null);
  /** Grows with every change of the windows: they are too large to be copied into signals. */
  private readonly revision = signal(0);
  private readonly crowded = signal(false);

  private shown = new EntryWindow('expiry', '');
  /** The window being filled to replace the one shown. */
  private coming: EntryWindow | undefined;
  private following: Subscription | undefined;
  private request: Subscription | undefined;
  private listTimer: ReturnType<typeof setTimeout> | undefined;
  private sweepTimer: ReturnType<typeof setTimeout> | undefined;
  private crowdTimer: ReturnType<typeof setTimeout> | undefined;
  private seen: Cursor | undefined;
  private wanted = 0;
  private failures = 0;

  readonly selection = this.selected.asReadonly();
  readonly status: Signal<EntriesStatus> = this.currentStatus.asReadonly();
  readonly problem: Signal<ApiProblem | null> = this.currentProblem.asReadonly();
  /** Rows that are loaded, ended ones that are still to be seen included. */
  readonly loaded = computed(() => this.tracked().rows.length);
  /** Entries that match, loaded or not. */
  readonly total = computed(() => this.tracked().total);
  readonly complete = computed(() => this.tracked().complete);
  readonly changes = this.revision.asReadonly();
  /** More changes than the eye follows: whatever moves them about gracefully should not. */
  readonly hectic: Signal<boolean> = this.crowded.asReadonly();

  constructor() {
    inject(DestroyRef).onDestroy(() => this.leave());
  }

  select(selection: Selection): void {
    const before = this.selected();
    this.selected.set(selection);
    if (before?.cache === selection.cache) {
      this.list();
      return;
    }
    this.leave();
    this.shown = new EntryWindow(selection.sort, selection.prefix);
    this.currentStatus.set('loading');
    this.touch();
    this.listTimer = setTimeout(() => this.list(), PATIENCE_MS);
    this.following = this.live.watch(selection.cache).subscribe((told) => this.hear(told));
  }

  /** Stops following; what was shown stays until the next selection. */
  leave(): void {
    this.following?.unsubscribe();
    this.stopFetching();
    clearTimeout(this.listTimer);
    clearTimeout(this.sweepTimer);
    clearTimeout(this.crowdTimer);
    this.crowded.set(false);
    this.coming = undefined;
    this.seen = undefined;
    this.wanted = 0;
    this.failures = 0;
    this.currentProblem.set(null);
  }

  /** The rows from `start` up to, not including, `end`. */
  slice(start: number, end: number): readonly Row[] {
    return this.tracked().rows.slice(start, end);
  }

  /** The row of a living entry, if it is loaded. */
  row(key: string): Row | undefined {
    return this.tracked().row(key);
  }

  /** Where a row stands now, -1 if it is gone. */
  indexOf(row: Row): number {
    const current = this.tracked().row(row.key);
    return current && current.id === row.id ? this.shown.indexOf(current) : -1;
  }

  /** Says how far down rows are looked at, so that what comes next is fetched in time. */
  reach(end: number): void {
    this.wanted = end;
    this.more();
  }

  /** Reads everything again; what is shown stays until then. */
  list(): void {
    const selection = this.selected();
    if (!selection) return;
    this.stopFetching();
    clearTimeout(this.listTimer);
    this.shown.abort();
    this.coming = new EntryWindow(selection.sort, selection.prefix);
    this.fetch(this.coming, selection);
  }

  private hear(told: Watched): void {
    switch (told.kind) {
      case 'from':
        this.seen = told.cursor;
        if (!told.recovered || this.currentStatus() !== 'ready') this.list();
        return;
      case 'events':
        return this.applyAll(told.events);
      case 'proven':
        this.shown.proven();
        this.coming?.proven();
        return this.touch();
      case 'live':
        // The rows are right by each event, whenever it came.
        return;
      case 'refused':
        this.currentProblem.set(toProblem(new Error(told.message)));
        this.currentStatus.set('failed');
    }
  }

  private applyAll(events: readonly LapseEvent[]): void {
    const here = performance.now();
    for (const event of events) {
      this.shown.apply(event, here);
      this.coming?.apply(event, here);
    }
    this.seen = events.at(-1)?.cursor;
    if (events.length > CROWD) this.crowd();
    // A cache that is cleared is removed; one that is missing comes into being with its first entry.
    if (this.currentStatus() === 'missing' || events.some(({ type }) => type === 'cleared')) this.list();
    this.sweep();
    this.fillMissing();
    this.more();
    this.touch();
  }

  private crowd(): void {
    clearTimeout(this.crowdTimer);
    this.crowded.set(true);
    this.crowdTimer = setTimeout(() => this.crowded.set(false), CALM_MS);
  }

  private more(): void {
    const selection = this.selected();
    if (!selection || this.coming || this.request || this.currentStatus() !== 'ready') return;
    if (!this.shown.complete && this.wanted > this.shown.rows.length - MARGIN)
      this.fetch(this.shown, selection);
  }

  private fetch(window: EntryWindow, selection: Selection): void {
    window.begin(this.seen);
    const { sort, prefix } = selection;
    const request = this.api
      .entries(selection.cache, { sort, prefix, limit: PAGE, ...(window.next ? { after: window.next } : {}) })
      .subscribe({
        next: (page) => this.pageCame(window, page, selection),
        error: (problem: ApiProblem) => this.pageFailed(window, problem),
      });
    if (!request.closed) this.request = request;
  }

  private stopFetching(): void {
    this.request?.unsubscribe();
    this.request = undefined;
  }

  private pageCame(window: EntryWindow, page: EntryPage, selection: Selection): void {
    this.request = undefined;
    this.failures = 0;
    window.end(page, performance.now());
    if (window === this.coming) {
      // Reach as far as what is on the screen before taking its place.
      if (!window.complete && window.rows.length < this.wanted) return this.fetch(window, selection);
      this.shown = window;
      this.coming = undefined;
      this.currentStatus.set('ready');
      this.currentProblem.set(null);
      if (selection.sort === 'recency') this.listTimer = setTimeout(() => this.list(), RECENCY_MS);
    }
    this.fillMissing();
    this.sweep();
    this.more();
    this.touch();
  }

  private pageFailed(window: EntryWindow, problem: ApiProblem): void {
    this.request = undefined;
    this.coming = undefined;
    window.abort();
    if (problem.code === 'cache-not-found') {
      this.shown = new EntryWindow(this.shown.sort, this.shown.prefix);
      this.currentStatus.set('missing');
      this.touch();
      return;
    }
    this.currentProblem.set(problem);
    this.currentStatus.set('failed');
    if (!problem.passing) return;
    const wait = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)];
    this.failures += 1;
    this.listTimer = setTimeout(() => this.list(), wait);
  }

  /** Asks for the values that `renewed` events could not bring. */
  private fillMissing(): void {
    const cache = this.selected()?.cache;
    const window = this.shown;
    if (cache === undefined || window.missing.size === 0) return;
    for (const key of window.missing) {
      this.api.peek(cache, key).subscribe({
        next: (entry) => {
          const row = window.row(key);
          if (row)
            window.fill({ ...rowOfEntry(entry, row.id, row.rank), since: row.since, change: row.change });
          this.touch();
        },
        // Gone meanwhile: its event says so.
        error: () => undefined,
      });
    }
    window.missing.clear();
  }

  private sweep(): void {
    clearTimeout(this.sweepTimer);
    const again = this.shown.sweep(performance.now());
    if (again === undefined) return;
    this.sweepTimer = setTimeout(() => {
      this.sweep();
      this.touch();
    }, again - performance.now());
  }

  private tracked(): EntryWindow {
    this.revision();
    return this.shown;
  }

  private touch(): void {
    this.revision.update((revision) => revision + 1);
  }
}
