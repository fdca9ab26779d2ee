import { Injectable, inject } from '@angular/core';
import { type Observable, firstValueFrom } from 'rxjs';
import type { Cursor, Entry, EntryBody } from '@lapse/protocol';
import { LapseApi } from '../api/lapse-api.js';
import { Connection } from '../live/connection.js';
import { Entries } from './entries.js';

/**
 * What people do to entries. The screen is not touched here: the event that each write causes does that, in this
 * tab as in every other. Only while there are no events is the list read again. Every failure is an `ApiProblem`.
 */
@Injectable({ providedIn: 'root' })
export class EntryWrites {
  private readonly api = inject(LapseApi);
  private readonly entries = inject(Entries);
  private readonly connection = inject(Connection);

  /** Creates an entry; refuses a key that is taken. Without a key the server makes one up. */
  create(cache: string, key: string | undefined, write: EntryBody): Promise<Entry> {
    return this.done(this.api.create(cache, key === undefined ? write : { key, ...write }));
  }

  /** Replaces that version of the entry and no other. */
  replace(cache: string, key: string, write: EntryBody, version: Cursor): Promise<Entry> {
    return this.done(this.api.put(cache, key, write, { version }));
  }

  renew(cache: string, key: string, ttlMs: number | null): Promise<Entry> {
    return this.done(this.api.renew(cache, key, ttlMs));
  }

  /** Deletes an entry and gives back what it held and how long it had left, for `restore`. */
  take(cache: string, key: string): Promise<Entry> {
    return this.done(this.api.take(cache, key));
  }

  /** Puts a taken entry back with the ttl it had left, unless its key has been used again meanwhile. */
  restore(taken: Entry): Promise<Entry> {
    const { cache, key, value, ttlMs } = taken;
    return this.done(this.api.put(cache, key, { value, ttlMs }, { absent: true }));
  }

  private async done<T>(call: Observable<T>): Promise<T> {
    const answer = await firstValueFrom(call);
    if (this.connection.state().phase !== 'live') this.entries.list();
    return answer;
  }
}
