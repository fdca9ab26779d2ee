import type { Cursor } from './cursor.js';

/**
 * How long entries of a cache live and how many it holds. null means no bound.
 */
export interface CachePolicy {
  /**
   * Most entries held; the least recently used is evicted to make room. null: no bound.
   * @isInt
   * @minimum 1
   * @maximum 1000000000
   * @example 10000
   */
  maxEntries: number | null;
  /**
   * Most bytes held (UTF-8 of each key plus its JSON value). null: no bound.
   * @isInt
   * @minimum 1
   * @maximum 1000000000000
   * @example null
   */
  maxBytes: number | null;
  /**
   * The ttl of an entry written without one, in milliseconds. null: no deadline (or `maxTtlMs`, where that is set).
   * @isInt
   * @minimum 1
   * @maximum 3153600000000
   * @example 1800000
   */
  defaultTtlMs: number | null;
  /**
   * The longest ttl an entry may have, in milliseconds; more is refused. null: no bound.
   * @isInt
   * @minimum 1
   * @maximum 3153600000000
   * @example 86400000
   */
  maxTtlMs: number | null;
  /**
   * Whether a read renews an entry by its own ttl.
   * @example true
   */
  sliding: boolean;
  /**
   * Events kept in the cache's log.
   * @isInt
   * @minimum 0
   * @maximum 1000000
   * @example 10000
   */
  history: number;
}

/** The policy of a cache that nobody gave one. */
export const DEFAULT_POLICY: CachePolicy = {
  maxEntries: null,
  maxBytes: null,
  defaultTtlMs: null,
  maxTtlMs: null,
  sliding: false,
  history: 10_000,
};

/**
 * A cache: its policy and live figures.
 */
export interface Cache extends CachePolicy {
  /**
   * The cache's name.
   * @example "sessions"
   */
  name: string;
  /**
   * The log's position when the figures were read.
   * @example "m2k8x0q4z1-1042"
   */
  cursor: Cursor;
  /**
   * When it was created (RFC 3339, ms, Redis's clock).
   * @example "2026-11-20T12:00:00.000Z"
   */
  createdAt: string;
  /**
   * Entries alive now.
   * @isInt
   * @example 1204
   */
  entries: number;
  /**
   * Bytes held now (keys and values).
   * @isInt
   * @example 84280
   */
  bytes: number;
  /**
   * Reads that found an entry.
   * @isInt
   * @example 90210
   */
  hits: number;
  /**
   * Reads that found none.
   * @isInt
   * @example 311
   */
  misses: number;
  /**
   * Entries created.
   * @isInt
   * @example 5120
   */
  created: number;
  /**
   * Entries whose deadline passed.
   * @isInt
   * @example 3800
   */
  expired: number;
  /**
   * Entries removed to make room.
   * @isInt
   * @example 16
   */
  evicted: number;
  /**
   * Entries that someone removed.
   * @isInt
   * @example 100
   */
  deleted: number;
}
