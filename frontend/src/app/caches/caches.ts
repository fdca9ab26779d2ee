import { DestroyRef, Injectable, type Signal, computed, inject, signal } from '@angular/core';
import { type Observable, type Subscription, firstValueFrom } from 'rxjs';
import { ALL_CACHES, type Cache, type CachePolicy, type LapseEvent } from '@lapse/protocol';
import { LapseApi } from '../api/lapse-api.js';
import { type ApiProblem, toProblem } from '../api/problem.js';
import { Live } from '../live/live.js';
import { applyToFigures } from './figures.js';

/** Hits, misses and policies change without an event: they are read again this often (ms). */
const READ_EVERY_MS = 5_000;
/** After an event the figures are read again no later than this (ms). */
const SETTLE_MS = 1_000;

/**
 * Every cache with its policy and figures. Figures are read, then carried on by events. An answer and the events
 * around it come by two ways, so a figure can be off by those few that were under way; the next reading, soon after
 * a burst and every few seconds, puts it right. The entries themselves are exact (`EntryWindow`).
 */
@Injectable({ providedIn: 'root' })
export class Caches {
  private readonly api = inject(LapseApi);
  private readonly live = inject(Live);

  private readonly byName = signal<ReadonlyMap<string, Cache> | null>(null);
  private readonly currentProblem = signal<ApiProblem | null>(null);
  private reading: Subscription | undefined;
  /** Events since the reading under way began. */
  private sinceAsked: LapseEvent[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readAt = 0;

  /** By name; null until first read. */
  readonly all: Signal<readonly Cache[] | null> = computed(() => {
    const caches = this.byName();
    return caches && [...caches.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  });
  readonly problem: Signal<ApiProblem | null> = this.currentProblem.asReadonly();

  constructor() {
    const following = this.live.watch(ALL_CACHES).subscribe((told) => {
      if (told.kind === 'from') this.read();
      else if (told.kind === 'events') this.applyAll(told.events);
    });
    this.read();
    inject(DestroyRef).onDestroy(() => {
      following.unsubscribe();
      this.reading?.unsubscribe();
      clearTimeout(this.timer);
    });
  }

  cache(name: string): Cache | undefined {
    return this.byName()?.get(name);
  }

  /** Reads every cache from the server. */
  read(): void {
    this.reading?.unsubscribe();
    this.sinceAsked = [];
    this.readIn(READ_EVERY_MS);
    this.reading = this.api.caches().subscribe({
      next: (caches) => {
        this.currentProblem.set(null);
        this.byName.set(new Map(caches.map((cache) => [cache.name, this.upToDate(cache)])));
      },
      error: (problem: ApiProblem) => this.currentProblem.set(problem),
    });
  }

  /** Creates a cache, or changes the policy of one. Fails with an `ApiProblem`. */
  setPolicy(name: string, policy: CachePolicy): Promise<Cache> {
    return this.changed(this.api.putCache(name, policy));
  }

  /** Removes a cache with all its entries; one that is gone already is as it should be. Fails with an `ApiProblem`. */
  async remove(name: string): Promise<void> {
    try {
      await this.changed(this.api.deleteCache(name));
    } catch (error) {
      if (toProblem(error).code !== 'cache-not-found') throw error;
      this.read();
    }
  }

  private async changed<T>(call: Observable<T>): Promise<T> {
    const answer = await firstValueFrom(call, { defaultValue: undefined as T });
    this.read();
    return answer;
  }

  private applyAll(events: readonly LapseEvent[]): void {
    this.sinceAsked.push(...events);
    const caches = this.byName();
    if (!caches) return;
    const next = new Map(caches);
    for (const [name, own] of Map.groupBy(events, (event) => event.cache)) {
      const cache = next.get(name);
      if (cache) next.set(name, applyToFigures(cache, own));
    }
    this.byName.set(next);
    this.readIn(SETTLE_MS);
  }

  /** What an answer does not hold yet: the events after its cursor, where that is among those just heard. */
  private upToDate(cache: Cache): Cache {
    const own = this.sinceAsked.filter((event) => event.cache === cache.name);
    const reflected = own.findIndex((event) => event.cursor === cache.cursor);
    return reflected < 0 ? cache : applyToFigures(cache, own.slice(reflected + 1));
  }

  /** Brings the next reading forward to `ms` from now; never puts it off. */
  private readIn(ms: number): void {
    const at = Date.now() + ms;
    if (this.timer !== undefined && this.readAt <= at && this.readAt > Date.now()) return;
    clearTimeout(this.timer);
    this.readAt = at;
    this.timer = setTimeout(() => {
      if (document.visibilityState === 'hidden') this.readIn(READ_EVERY_MS);
      else this.read();
    }, ms);
  }
}
