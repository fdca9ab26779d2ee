import type { Entry, EntryPage, EntrySort, LapseEvent } from '@lapse/protocol';
import { ORDERS, type Position } from '../app/entries/order.js';
import { at } from './samples.js';

interface Held {
  entry: Entry;
  rank: number;
}

/**
 * A cache as the server keeps it: entries, their log, pages of them. Small and obvious on purpose, to compare with
 * what the browser makes of its pages and events.
 */
export class FakeLog {
  readonly events: LapseEvent[] = [];
  private readonly held = new Map<string, Held>();
  private place = 0;
  private uses = 0;

  /** The position of the newest event. Unlike a real one it can be compared; nothing under test may do that. */
  get cursor(): string {
    return `log-${this.place}`;
  }

  keys(): string[] {
    return [...this.held.keys()];
  }

  set(key: string, value: unknown, ttlMs: number | null): void {
    const type = this.held.has(key) ? 'updated' : 'created';
    const expiresAt = ttlMs === null ? null : at(ttlMs);
    const version = this.log({ type, key, value, expiresAt, version: `log-${this.place + 1}` });
    const entry = { cache: 'c', key, value, version, createdAt: at(0), updatedAt: at(0), expiresAt, ttlMs };
    this.held.set(key, { entry, rank: ++this.uses });
  }

  renew(key: string, ttlMs: number | null): void {
    const held = this.held.get(key);
    if (!held) return;
    const expiresAt = ttlMs === null ? null : at(ttlMs);
    held.entry = { ...held.entry, expiresAt, ttlMs };
    held.rank = ++this.uses;
    this.log({ type: 'renewed', key, expiresAt, version: held.entry.version, reason: 'request' });
  }

  end(key: string, type: 'expired' | 'evicted' | 'deleted'): void {
    const held = this.held.get(key);
    if (!held) return;
    this.held.delete(key);
    const { value, version, expiresAt } = held.entry;
    this.log({ type, key, value, version, expiresAt });
  }

  clear(): void {
    const count = this.held.size;
    this.held.clear();
    this.log({ type: 'cleared', count });
  }

  /** The `after` token names the last entry's place, as the server's does: entries may come and go between pages. */
  page(sort: EntrySort, prefix: string, limit: number, after: string | null | undefined): EntryPage {
    const from = after ? (JSON.parse(after) as Position) : undefined;
    const matching = this.sorted(sort).filter((one) => one.entry.key.startsWith(prefix));
    const rest = matching.filter((one) => !from || ORDERS[sort](position(one), from) > 0);
    const items = rest.slice(0, limit);
    const next = rest.length > limit ? JSON.stringify(position(items.at(-1)!)) : null;
    return { items: items.map((one) => one.entry), next, total: matching.length, cursor: this.cursor };
  }

  /** All matching entries in order. */
  list(sort: EntrySort, prefix: string): Entry[] {
    return this.page(sort, prefix, Infinity, null).items;
  }

  private sorted(sort: EntrySort): Held[] {
    return [...this.held.values()].sort((a, b) => ORDERS[sort](position(a), position(b)));
  }

  private log(event: Partial<LapseEvent>): string {
    this.place += 1;
    this.events.push({ cache: 'c', at: at(0), ...event, cursor: this.cursor } as LapseEvent);
    return this.cursor;
  }
}

function position({ entry, rank }: Held): Position {
  return { key: entry.key, deadline: entry.expiresAt === null ? null : Date.parse(entry.expiresAt), rank };
}
