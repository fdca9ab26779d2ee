import { Injectable, inject } from '@angular/core';
import { Observable, Subject } from 'rxjs';
import {
  ALL_CACHES,
  type Cursor,
  type EventFrame,
  type HeartbeatFrame,
  type LapseEvent,
  type ServerFrame,
} from '@lapse/protocol';
import { Connection } from './connection.js';
import { FrameBatch } from './frame-batch.js';

/**
 * What someone who watches a cache is told, in order.
 *
 * - `from`: events follow, the first one after `cursor`. `recovered: true` continues where the last event left
 *   off. `recovered: false` begins anew (the first time, after a loss that could not be made good, after a gap):
 *   whatever was built from earlier events has to be listed again.
 * - `events`: what happened, in log order, each once.
 * - `proven`: nothing up to and with `cursor` is missing.
 * - `refused`: the server will not tell about this cache, in its words.
 */
export type Watched =
  | { kind: 'from'; cursor: Cursor | undefined; recovered: boolean }
  | { kind: 'events'; events: readonly LapseEvent[] }
  | { kind: 'proven'; cursor: Cursor }
  | { kind: 'refused'; message: string };

/** Milliseconds until a subscription that the server could not take on just now is asked for again. */
const ASK_AGAIN_MS = 2_000;

/** Cursors remembered of the last batch of events. */
const REMEMBERED = 64;

interface Watch {
  readonly id: string;
  readonly cache: string;
  readonly told: Subject<Watched>;
  watchers: number;
  /** Whether the server has confirmed it on the present socket. */
  open: boolean;
  /** The last event seen or, before any, what `subscribed` named: where to resume. */
  cursor: Cursor | undefined;
  /** The last few cursors seen: a heartbeat may be a moment behind the events that overtook it. */
  recent: readonly Cursor[];
  /** The newest cursor that a heartbeat named and that has not arrived yet. */
  promised: Cursor | undefined;
}

/**
 * The caches this page follows. Watches are kept across reconnects: each asks to go on after its last cursor, and
 * says `recovered` truthfully to those who listen. Watches of one cache share one subscription.
 */
@Injectable({ providedIn: 'root' })
export class Live {
  private readonly connection = inject(Connection);
  private readonly watches = new Map<string, Watch>();
  private readonly batch = new FrameBatch((frames) => this.deliver(frames));
  private lastId = 0;

  constructor() {
    this.connection.frames.subscribe((frame) => {
      if (frame.type === 'welcome') this.welcomed();
      else this.batch.add(frame);
    });
  }

  /** Follows a cache, or all of them (`*`, without values), for as long as the observable is subscribed to. */
  watch(cache: string): Observable<Watched> {
    return new Observable((watcher) => {
      const watch = this.watches.get(cache) ?? this.begin(cache);
      watch.watchers += 1;
      const subscription = watch.told.subscribe(watcher);
      // A latecomer joins a stream that is already flowing.
      if (watch.open) watcher.next({ kind: 'from', cursor: watch.cursor, recovered: false });
      return () => {
        subscription.unsubscribe();
        watch.watchers -= 1;
        if (watch.watchers === 0) this.end(watch);
      };
    });
  }

  private begin(cache: string): Watch {
    this.lastId += 1;
    const watch: Watch = {
      id: `w${this.lastId}`,
      cache,
      told: new Subject(),
      watchers: 0,
      open: false,
      cursor: undefined,
      recent: [],
      promised: undefined,
    };
    this.watches.set(cache, watch);
    this.connection.open();
    this.ask(watch);
    return watch;
  }

  private end(watch: Watch): void {
    if (this.watches.get(watch.cache) === watch) this.watches.delete(watch.cache);
    this.connection.send({ type: 'unsubscribe', id: watch.id });
  }

  private ask(watch: Watch): void {
    const { id, cache, cursor } = watch;
    const all = cache === ALL_CACHES;
    this.connection.send({
      type: 'subscribe',
      id,
      cache,
      ...(all ? { values: false } : {}),
      ...(!all && cursor !== undefined ? { after: cursor } : {}),
    });
  }

  private askAgain(watch: Watch): void {
    setTimeout(() => this.watches.get(watch.cache) === watch && this.ask(watch), ASK_AGAIN_MS);
  }

  /** A new socket knows nothing of the old one's subscriptions. */
  private welcomed(): void {
    this.batch.flush();
    for (const watch of this.watches.values()) {
      watch.open = false;
      watch.promised = undefined;
      this.ask(watch);
    }
  }

  /** Consecutive events are handed to a watch together; anything else ends such a run, so that order holds. */
  private deliver(frames: readonly ServerFrame[]): void {
    let run: LapseEvent[] = [];
    for (const frame of frames) {
      if (frame.type === 'event') {
        run.push((frame as EventFrame).event);
        continue;
      }
      this.tell(run);
      run = [];
      this.obey(frame);
    }
    this.tell(run);
  }

  private tell(events: readonly LapseEvent[]): void {
    if (events.length === 0) return;
    const byCache = Map.groupBy(events, (event) => event.cache);
    for (const watch of [...this.watches.values()]) {
      const own = watch.cache === ALL_CACHES ? events : byCache.get(watch.cache);
      if (!watch.open || !own) continue;
      if (own.some((event) => event.cursor === watch.promised)) watch.promised = undefined;
      if (watch.cache !== ALL_CACHES) {
        watch.cursor = own.at(-1)?.cursor;
        watch.recent = own.slice(-REMEMBERED).map((event) => event.cursor);
      }
      watch.told.next({ kind: 'events', events: own });
    }
  }

  private obey(frame: ServerFrame): void {
    if (frame.type === 'heartbeat') return this.prove(frame);
    if (!('id' in frame)) return;
    const watch = [...this.watches.values()].find((one) => one.id === frame.id);
    if (!watch) return;
    if (frame.type === 'subscribed') {
      watch.open = true;
      if (frame.recovered !== true) watch.cursor = frame.cursor;
      watch.told.next({ kind: 'from', cursor: watch.cursor, recovered: frame.recovered === true });
    } else if (frame.type === 'gap') {
      this.anew(watch, frame.to);
    } else if (frame.type === 'error') {
      if (frame.code === 'unavailable') this.askAgain(watch);
      else watch.told.next({ kind: 'refused', message: frame.message });
    }
  }

  /**
   * A heartbeat names each log's newest cursor. One that we hold proves that nothing is missing. One that we do
   * not hold may still be on its way; if it has not come by the next heartbeat, it never will.
   */
  private prove(heartbeat: HeartbeatFrame): void {
    for (const watch of [...this.watches.values()]) {
      const newest = heartbeat.cursors[watch.cache];
      if (!watch.open || newest === undefined) continue;
      if (watch.promised !== undefined) {
        this.anew(watch, watch.promised);
      } else if (newest === watch.cursor || watch.recent.includes(newest)) {
        watch.told.next({ kind: 'proven', cursor: newest });
      } else {
        watch.promised = newest;
      }
    }
  }

  private anew(watch: Watch, cursor: Cursor): void {
    watch.cursor = cursor;
    watch.promised = undefined;
    watch.told.next({ kind: 'from', cursor, recovered: false });
  }
}
