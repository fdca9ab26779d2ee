import type { Cursor } from './cursor.js';

/**
 * A key, a JSON value, and how long they live.
 */
export interface Entry {
  /**
   * The cache it lives in.
   * @example "sessions"
   */
  cache: string;
  /**
   * 1-512 bytes of UTF-8.
   * @example "user:42"
   */
  key: string;
  /**
   * Any JSON value.
   * @example { "name": "Ada" }
   */
  value: unknown;
  /**
   * The cursor of the event that last wrote the value; its ETag is this in quotes.
   * @example "m2k8x0q4z1-1040"
   */
  version: Cursor;
  /**
   * When this life of the entry began (RFC 3339, ms, Redis's clock).
   * @example "2026-11-20T12:00:00.000Z"
   */
  createdAt: string;
  /**
   * When the value was last written (RFC 3339, ms, Redis's clock).
   * @example "2026-11-20T12:00:00.000Z"
   */
  updatedAt: string;
  /**
   * The deadline (RFC 3339, ms); null without one.
   * @example "2026-11-20T12:00:30.000Z"
   */
  expiresAt: string | null;
  /**
   * Milliseconds left until the deadline when this was read; null without one.
   * @isInt
   * @example 30000
   */
  ttlMs: number | null;
}

export const ENTRY_SORTS = ['key', 'expiry', 'recency'] as const;

/** By key, by soonest deadline, or by least recent use (the order of eviction). */
export type EntrySort = 'key' | 'expiry' | 'recency';

/**
 * One page of a cache's entries.
 */
export interface EntryPage {
  /** The entries of this page. */
  items: Entry[];
  /**
   * Hand it back as `after` for the next page; null on the last one.
   * @example "eyJrIjoidXNlcjo0MiJ9"
   */
  next: string | null;
  /**
   * How many entries match in all.
   * @isInt
   * @example 1204
   */
  total: number;
  /**
   * The log's position when the page was read: subscribe `after` it and nothing is missed.
   * @example "m2k8x0q4z1-1042"
   */
  cursor: Cursor;
}
