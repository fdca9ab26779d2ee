import { Subject } from 'rxjs';
import { ALL_CACHES, type Cursor, type LapseEvent, type SubscribeFrame } from '@lapse/protocol';
import type { Cut } from './connection.js';

/**
 * What someone who watches a cache is told, in order.
 *
 * - `from`: events follow, the first one after `cursor`. `recovered: true` continues where the last event left
 *   off. `recovered: false` begins anew (the first time, after a loss that could not be made good, after a gap):
 *   whatever was built from earlier events has to be listed again. `cut` says when the connection was away, if that
 *   is why.
 * - `events`: what happened, in log order, each once.
 * - `live`: after `recovered: true`, all that was missed has been told: so many events.
 * - `proven`: nothing up to and with `cursor` is missing.
 * - `refused`: the server will not tell about this cache, in its words.
 */
export type Watched =
  | { kind: 'from'; cursor: Cursor | undefined; recovered: boolean; cut?: Cut | undefined }
  | { kind: 'events'; events: readonly LapseEvent[] }
  | { kind: 'live'; replayed: number }
  | { kind: 'proven'; cursor: Cursor }
  | { kind: 'refused'; message: string };

/** Cursors remembered of the latest events. */
const REMEMBERED = 256;

/** One followed cache (or all of them), across every connection it takes. */
export class Watch {
  readonly told = new Subject<Watched>();
  readonly all: boolean;
  watchers = 0;
  /** Whether the server has confirmed it on the present socket. */
  open = false;
  /** The last event seen or, before any, what `subscribed` named: where to resume. */
  cursor: Cursor | undefined;
  /** The newest cursor that a heartbeat named and that has not arrived yet. */
  promised: Cursor | undefined;
  /** When a heartbeat last proved, on the present socket, that nothing is missing (server's milliseconds). */
  provenAt: number | undefined;
  /** The loss that is being made good, over all the connections that takes. */
  cut: Cut | undefined;
  /** Events that came late so far; undefined when none are coming. */
  replayed: number | undefined;
  /** When it is asked for again, if the server could not take it on. */
  retry: ReturnType<typeof setTimeout> | undefined;
  private readonly recent = new Set<Cursor>();

  constructor(
    readonly id: string,
    readonly cache: string,
  ) {
    this.all = cache === ALL_CACHES;
  }

  get request(): SubscribeFrame {
    const { id, cache, cursor, all } = this;
    return {
      type: 'subscribe',
      id,
      cache,
      ...(all ? { values: false } : {}),
      ...(!all && cursor !== undefined ? { after: cursor } : {}),
    };
  }

  /**
   * Notes events and tells of them; returns how many of them came late. One that was told before is not told again:
   * a backend that we come back to may be a moment behind the one that we left.
   */
  tell(events: readonly LapseEvent[]): number {
    const fresh = this.all ? events : events.filter(({ cursor }) => !this.recent.has(cursor));
    if (fresh.length === 0) return 0;
    if (!this.all) this.remember(fresh);
    this.told.next({ kind: 'events', events: fresh });
    if (this.replayed === undefined) return 0;
    this.replayed += fresh.length;
    return fresh.length;
  }

  private remember(events: readonly LapseEvent[]): void {
    for (const { cursor } of events) {
      this.recent.add(cursor);
      if (cursor === this.promised) this.promised = undefined;
      this.cursor = cursor;
    }
    for (const cursor of this.recent) {
      if (this.recent.size <= REMEMBERED) break;
      this.recent.delete(cursor);
    }
  }

  /** Whether it stands at a cursor; a heartbeat may be a moment behind the events that overtook it. */
  holds(cursor: Cursor): boolean {
    return cursor === this.cursor || this.recent.has(cursor);
  }

  prove(cursor: Cursor, at: number): void {
    this.provenAt = at;
    this.told.next({ kind: 'proven', cursor });
  }

  /** A new connection knows nothing of what the last one had subscribed to. */
  reconnected(cut: Cut | undefined): void {
    clearTimeout(this.retry);
    this.open = false;
    this.promised = undefined;
    this.provenAt = undefined;
    this.cut = cut && { ...cut, since: this.cut?.since ?? cut.since };
  }

  /** Goes on where it was: what was missed follows. */
  resume(): void {
    this.open = true;
    this.replayed ??= 0;
    this.told.next({ kind: 'from', cursor: this.cursor, recovered: true, cut: this.cut });
  }

  /** Begins at `cursor`: what was before has to be listed. */
  begin(cursor: Cursor | undefined): void {
    const cut = this.cut;
    this.open = true;
    this.cursor = cursor;
    this.promised = undefined;
    this.cut = undefined;
    this.replayed = undefined;
    this.told.next({ kind: 'from', cursor, recovered: false, cut });
  }

  /** What was missed has been told. */
  goLive(): void {
    const replayed = this.replayed;
    this.cut = undefined;
    this.replayed = undefined;
    if (replayed !== undefined) this.told.next({ kind: 'live', replayed });
  }
}
