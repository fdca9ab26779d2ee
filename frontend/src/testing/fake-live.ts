import { Injectable, type Provider } from '@angular/core';
import { Observable, Subject } from 'rxjs';
import type { LapseEvent } from '@lapse/protocol';
import type { Cut } from '../app/live/connection.js';
import { Live } from '../app/live/live.js';
import type { Watched } from '../app/live/watch.js';

/** Stands in for the live connection: the test says what happens in which cache. */
@Injectable()
export class FakeLive {
  private readonly caches = new Map<string, Subject<Watched>>();
  readonly watched: string[] = [];

  watch(cache: string): Observable<Watched> {
    return new Observable((watcher) => {
      this.watched.push(cache);
      const subscription = this.of(cache).subscribe(watcher);
      return () => {
        subscription.unsubscribe();
        this.watched.splice(this.watched.indexOf(cache), 1);
      };
    });
  }

  from(cache: string, cursor: string | undefined, recovered = false, cut?: Cut): void {
    this.of(cache).next({ kind: 'from', cursor, recovered, cut });
  }

  goLive(cache: string, replayed: number): void {
    this.of(cache).next({ kind: 'live', replayed });
  }

  events(cache: string, ...events: LapseEvent[]): void {
    this.of(cache).next({ kind: 'events', events });
  }

  proven(cache: string, cursor: string): void {
    this.of(cache).next({ kind: 'proven', cursor });
  }

  private of(cache: string): Subject<Watched> {
    const known = this.caches.get(cache) ?? new Subject<Watched>();
    this.caches.set(cache, known);
    return known;
  }
}

export function provideFakeLive(): Provider[] {
  return [FakeLive, { provide: Live, useExisting: FakeLive }];
}
