import { DestroyRef, Injectable, type Signal, inject, signal } from '@angular/core';
import { type Subscription, firstValueFrom } from 'rxjs';
import type { Cursor, Entry, LapseEvent } from '@lapse/protocol';
import { LapseApi } from '../api/lapse-api.js';
import { toProblem } from '../api/problem.js';
import { Live } from '../live/live.js';

/** What has become of an entry since one began to look at it. */
export type Fate =
  | { kind: 'unchanged' }
  | { kind: 'changed'; version: Cursor; value: unknown; expiresAt: string | null }
  | { kind: 'renewed'; expiresAt: string | null }
  | { kind: 'gone'; how: 'expired' | 'evicted' | 'deleted' | 'cleared' | 'unknown' };

/** Follows one entry, for someone who is editing it and should not learn last of all that it changed or went. */
@Injectable()
export class EntryFate {
  private readonly live = inject(Live);
  private readonly api = inject(LapseApi);
  private readonly current = signal<Fate>({ kind: 'unchanged' });
  private readonly found = signal<Entry | null>(null);
  private following: Subscription | undefined;
  private version: Cursor = '';

  readonly fate: Signal<Fate> = this.current.asReadonly();
  /** The entry as last read from the server. */
  readonly entry: Signal<Entry | null> = this.found.asReadonly();

  constructor() {
    inject(DestroyRef).onDestroy(() => this.following?.unsubscribe());
  }

  /** `version`: the one that is being looked at. Its own event, should it arrive late, changes nothing. */
  follow(cache: string, key: string, version: Cursor): void {
    this.following?.unsubscribe();
    this.version = version;
    this.current.set({ kind: 'unchanged' });
    this.following = this.live.watch(cache).subscribe((told) => {
      if (told.kind !== 'events') return;
      for (const event of told.events) {
        if (event.type === 'cleared' || event.key === key) this.apply(event);
      }
    });
  }

  /** Asks the server. Where it cannot be asked, what was known stands. */
  async look(cache: string, key: string): Promise<void> {
    try {
      const entry = await firstValueFrom(this.api.peek(cache, key));
      this.found.set(entry);
      if (entry.version !== this.version) this.current.set({ kind: 'changed', ...entry });
    } catch (error) {
      const gone = toProblem(error).status === 404;
      if (gone && this.current().kind !== 'gone') this.current.set({ kind: 'gone', how: 'unknown' });
    }
  }

  private apply(event: LapseEvent): void {
    switch (event.type) {
      case 'created':
      case 'updated':
        if (event.version === this.version) return;
        return this.current.set({
          kind: 'changed',
          version: event.version ?? event.cursor,
          value: event.value,
          expiresAt: event.expiresAt ?? null,
        });
      case 'renewed':
        if (this.current().kind === 'changed') return;
        return this.current.set({ kind: 'renewed', expiresAt: event.expiresAt ?? null });
      default:
        return this.current.set({ kind: 'gone', how: event.type });
    }
  }
}
