import { Injectable, inject } from '@angular/core';
import { Observable } from 'rxjs';
import {
  ALL_CACHES,
  type EventFrame,
  type HeartbeatFrame,
  type LapseEvent,
  type ServerFrame,
  type SubscribedFrame,
} from '@lapse/protocol';
import { Connection } from './connection.js';
import { FrameBatch } from './frame-batch.js';
import { Recovery } from './recovery.js';
import { Watch, type Watched } from './watch.js';

/** Milliseconds until a subscription that the server could not take on just now is asked for again. */
const ASK_AGAIN_MS = 2_000;

/**
 * The caches this page follows. Watches are kept across reconnects: each asks to go on after its last cursor, and
 * says `recovered` truthfully to those who listen. Watches of one cache share one subscription.
 *
 * An event names its cache, not its subscription. The watch of all caches is live only, so beside a replay it would
 * bring a cache's newest events before its older ones, and these then again. It waits until replays are over.
 */
@Injectable({ providedIn: 'root' })
export class Live {
  private readonly connection = inject(Connection);
  private readonly recovery = inject(Recovery);
  private readonly watches = new Map<string, Watch>();
  private readonly batch = new FrameBatch((frames) => this.deliver(frames));
  private lastId = 0;
  private replaying = false;

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
    const watch = new Watch(`w${this.lastId}`, cache);
    this.watches.set(cache, watch);
    this.connection.open();
    this.ask(watch);
    return watch;
  }

  private end(watch: Watch): void {
    if (this.watches.get(watch.cache) === watch) this.watches.delete(watch.cache);
    clearTimeout(watch.retry);
    this.connection.send({ type: 'unsubscribe', id: watch.id });
    this.goOn(this.recovery.leave(watch.id));
  }

  private ask(watch: Watch): void {
    if (!watch.all || !this.replaying) this.connection.send(watch.request);
  }

  private askAgain(watch: Watch): void {
    watch.retry = setTimeout(() => this.ask(watch), ASK_AGAIN_MS);
  }

  /** A new socket knows nothing of the old one's subscriptions. */
  private welcomed(): void {
    this.batch.flush();
    const watches = [...this.watches.values()];
    const behind = watches.filter((watch) => !watch.all && watch.cursor !== undefined);
    this.replaying = behind.length > 0;
    this.recovery.begin(behind.map(({ id }) => id));
    for (const watch of watches) {
      watch.reconnected(this.connection.lastCut);
      this.ask(watch);
    }
  }

  /** Once no replay is left, the watch of all caches may begin. */
  private goOn(settled: boolean): void {
    if (!this.replaying || !settled) return;
    this.replaying = false;
    const all = this.watches.get(ALL_CACHES);
    if (all) this.ask(all);
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
      const own = watch.all ? events : byCache.get(watch.cache);
      if (watch.open && own) this.recovery.late(watch.tell(own));
    }
  }

  private obey(frame: ServerFrame): void {
    if (frame.type === 'heartbeat') return this.prove(frame);
    if (!('id' in frame)) return;
    const watch = [...this.watches.values()].find((one) => one.id === frame.id);
    if (!watch) return;
    switch (frame.type) {
      case 'subscribed':
        return this.subscribed(watch, frame);
      case 'live':
        watch.goLive();
        return this.goOn(this.recovery.arrive(watch.id));
      case 'gap':
        this.recovery.missing();
        return watch.begin(frame.to);
      case 'unsubscribed':
        return;
      case 'error':
        if (frame.code === 'unavailable') return this.askAgain(watch);
        watch.told.next({ kind: 'refused', message: frame.message });
        return this.goOn(this.recovery.leave(watch.id));
    }
  }

  private subscribed(watch: Watch, { cursor, recovered }: SubscribedFrame): void {
    if (recovered === true) return watch.resume();
    if (recovered === false) this.recovery.missing();
    watch.begin(cursor);
    this.goOn(this.recovery.arrive(watch.id));
  }

  /**
   * A heartbeat names each log's newest cursor. One that we hold proves that nothing is missing. One that we do
   * not hold may still be on its way; if it has not come by the next heartbeat, it never will on this connection,
   * which is no longer to be trusted: the next one replays what is missing.
   */
  private prove({ cursors, serverTime }: HeartbeatFrame): void {
    for (const watch of [...this.watches.values()]) {
      const newest = cursors[watch.cache];
      if (!watch.open || newest === undefined) continue;
      if (watch.promised !== undefined) return this.connection.renew(watch.provenAt);
      if (watch.holds(newest)) watch.prove(newest, Date.parse(serverTime));
      else watch.promised = newest;
    }
  }
}
