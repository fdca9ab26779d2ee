import type { Cursor, EntryPage, EntrySort, LapseEvent } from '@lapse/protocol';
import { ORDERS, type Order, type Position } from './order.js';
import { type Ending, type Row, newRowId, rowOfEntry, rowOfEvent } from './row.js';

/** How long an ended row stays to be seen (ms), and how many may at once: a mass expiry just goes. */
const FAREWELL_MS = 900;
const FAREWELLS = 5;

/**
 * The loaded head of a cache's entries in one order, kept true by events.
 *
 * Pages and events reach the browser by two ways at once, so which of them is newer is not known from when they
 * arrive. Cursors are opaque: they can be told equal, not compared. What makes list + tail the exact state is this:
 *
 * 1. The watch is open before the first page is asked for, so every event after a page's cursor is delivered.
 * 2. Events that arrive while a page is under way are applied and also kept; the page is merged over the rows and
 *    the kept events are applied again, those after the page's cursor only when it is among them. A page can
 *    therefore not undo what a newer event did.
 * 3. Applying is idempotent. created and updated carry the whole state; a terminal event ends a row only if it
 *    names the row's version, so the end of an earlier life cannot end a later one. When events older than the
 *    page are applied after it, the key's last event restores the page's state.
 * 4. `total` counts created and ended events, and only those after the page's cursor: while that cursor has not
 *    been seen (`ahead`), what comes is already in the page's total.
 *
 * Rows beyond the last loaded page (`frontier`) are left to the server: an entry that moves there is let go, and
 * the next page brings it back.
 */
export class EntryWindow {
  /** In order; ended rows stay in place until swept. */
  readonly rows: Row[] = [];
  /** Keys that a `renewed` event moved into view without their value. */
  readonly missing = new Set<string>();

  private readonly order: Order;
  private readonly held = new Map<string, Row>();
  private farewells: { row: Row; until: number }[] = [];
  private token: string | null | undefined;
  private frontier: Position | undefined;
  private counted = 0;
  private ahead: Cursor | undefined;
  private kept: LapseEvent[] | undefined;
  private seenAtBegin: Cursor | undefined;
  private lastRank = 0;

  constructor(
    readonly sort: EntrySort,
    readonly prefix: string,
  ) {
    this.order = ORDERS[sort];
  }

  /** The token of the page after those loaded; null when there is none, undefined before the first. */
  get next(): string | null | undefined {
    return this.token;
  }

  get complete(): boolean {
    return this.token === null;
  }

  /** Entries that match, loaded or not. */
  get total(): number {
    return this.complete && this.ahead === undefined ? this.held.size : this.counted;
  }

  row(key: string): Row | undefined {
    return this.held.get(key);
  }

  /** To be called when a page is asked for. `seen`: the cursor of the last event that was delivered. */
  begin(seen: Cursor | undefined): void {
    this.kept = [];
    this.seenAtBegin = seen;
  }

  /** The page did not come. */
  abort(): void {
    this.kept = undefined;
  }

  /** Takes in the page that was asked for. `here`: monotonic milliseconds. */
  end(page: EntryPage, here: number): void {
    const kept = this.kept ?? [];
    this.kept = undefined;
    this.token = page.next;
    const last = page.items.at(-1);
    this.counted = page.total;
    this.ahead = undefined;
    // Everything on the page is inside by definition: the frontier moves once they are placed.
    for (const entry of page.items) {
      const before = this.held.get(entry.key);
      if (before) this.cut(before);
      this.put(rowOfEntry(entry, before?.id ?? newRowId(), ++this.lastRank));
    }
    if (last) this.frontier = this.held.get(last.key);
    this.replay(kept, page.cursor, here);
  }

  private replay(kept: readonly LapseEvent[], cursor: Cursor, here: number): void {
    const reflected = kept.findIndex((event) => event.cursor === cursor);
    if (reflected < 0 && cursor !== this.seenAtBegin) this.ahead = cursor;
    for (const event of kept.slice(reflected + 1)) this.apply(event, here);
  }

  /** The log is proven to be delivered up to `cursor`: nothing is ahead of what has been seen. */
  proven(): void {
    this.ahead = undefined;
  }

  apply(event: LapseEvent, here: number): void {
    this.kept?.push(event);
    this.take(event, here);
    if (event.cursor === this.ahead) this.ahead = undefined;
  }

  private take(event: LapseEvent, here: number): void {
    const counts = this.ahead === undefined;
    if (event.type === 'cleared') return this.clear(counts);
    const key = event.key;
    if (key === undefined || !key.startsWith(this.prefix)) return;
    switch (event.type) {
      case 'created':
        if (counts) this.counted += 1;
        return this.write(event, key, here);
      case 'updated':
      case 'renewed':
        return this.write(event, key, here);
      default:
        if (counts) this.counted = Math.max(0, this.counted - 1);
        return this.finish(event, key, event.type, here);
    }
  }

  private write(event: LapseEvent, key: string, here: number): void {
    const before = this.held.get(key);
    // Already so: the page was read after this event.
    if (before && before.version === event.version && event.type !== 'renewed') return;
    const row = rowOfEvent(event, before, before?.id ?? newRowId(), this.rankAfterUse(before), here);
    if (before) this.cut(before);
    if (!this.inside(row)) return;
    this.put(row);
    if (event.type === 'renewed' && !before) this.missing.add(key);
  }

  /**
   * A use puts an entry last. But an event from before the page's cursor is in the page's order already: told
   * again, it must not push the entry out.
   */
  private rankAfterUse(before: Row | undefined): number {
    return before && this.ahead !== undefined ? before.rank : ++this.lastRank;
  }

  private finish(event: LapseEvent, key: string, ended: Ending, here: number): void {
    const row = this.held.get(key);
    if (!row || row.version !== event.version) return;
    const index = this.indexOf(row);
    this.held.delete(key);
    this.missing.delete(key);
    if (this.farewells.length >= FAREWELLS) {
      this.rows.splice(index, 1);
      return;
    }
    const farewell = { ...row, ended, change: { type: ended, at: here } };
    this.rows[index] = farewell;
    this.farewells.push({ row: farewell, until: here + FAREWELL_MS });
  }

  private clear(counts: boolean): void {
    this.rows.length = 0;
    this.held.clear();
    this.missing.clear();
    this.farewells = [];
    if (counts) this.counted = 0;
    // An empty cache is wholly loaded: whatever comes into being now comes as an event.
    if (this.token !== undefined) this.token = null;
  }

  /** Fills in a value that only the server knew. */
  fill(row: Row): void {
    const placed = this.held.get(row.key);
    this.missing.delete(row.key);
    if (!placed || placed.version !== row.version) return;
    this.rows[this.indexOf(placed)] = row;
    this.held.set(row.key, row);
  }

  /** Lets go of ended rows that have been seen long enough; says when to come again, if ever. */
  sweep(here: number): number | undefined {
    while (this.farewells[0] && this.farewells[0].until <= here) {
      this.rows.splice(this.indexOf(this.farewells[0].row), 1);
      this.farewells.shift();
    }
    return this.farewells[0]?.until;
  }

  private inside(row: Row): boolean {
    if (this.complete) return true;
    return this.frontier !== undefined && this.order(row, this.frontier) <= 0;
  }

  private put(row: Row): void {
    this.rows.splice(this.firstNotBefore(row), 0, row);
    this.held.set(row.key, row);
  }

  private cut(row: Row): void {
    this.rows.splice(this.indexOf(row), 1);
    this.held.delete(row.key);
  }

  /** Where a row of this window stands now. */
  indexOf(row: Row): number {
    return this.rows.indexOf(row, this.firstNotBefore(row));
  }

  /** Index of the first row that does not come before this place. */
  private firstNotBefore(place: Position): number {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.order(this.rows[middle]!, place) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
