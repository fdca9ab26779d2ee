import type { Entry } from './entry.js';
import type { Cache } from './cache.js';
import type { Cursor } from './cursor.js';
import type { LapseEvent } from './event.js';
import type { Problem } from './problem.js';

/**
 * A policy to set. What is left out gets the default policy's value, not the cache's present one.
 */
export interface CachePolicyBody {
  /**
   * Most entries held; the least recently used is evicted to make room. null: no bound.
   * @isInt
   * @minimum 1
   * @maximum 1000000000
   * @example 10000
   */
  maxEntries?: number | null;
  /**
   * Most bytes held (UTF-8 of each key plus its JSON value). null: no bound.
   * @isInt
   * @minimum 1
   * @maximum 1000000000000
   * @example 50000000
   */
  maxBytes?: number | null;
  /**
   * The ttl of an entry written without one, in milliseconds. null: no deadline (or `maxTtlMs`, where that is set).
   * @isInt
   * @minimum 1
   * @maximum 3153600000000
   * @example 1800000
   */
  defaultTtlMs?: number | null;
  /**
   * The longest ttl an entry may have, in milliseconds; more is refused. null: no bound.
   * @isInt
   * @minimum 1
   * @maximum 3153600000000
   * @example 86400000
   */
  maxTtlMs?: number | null;
  /**
   * Whether a read renews an entry by its own ttl.
   * @example true
   */
  sliding?: boolean;
  /**
   * Events kept in the cache's log.
   * @isInt
   * @minimum 0
   * @maximum 1000000
   * @example 10000
   */
  history?: number;
}

/**
 * Every cache.
 */
export interface CacheList {
  /** The caches, by name. */
  items: Cache[];
}

/**
 * A value to write under the key that the URL names.
 */
export interface EntryBody {
  /**
   * Any JSON value, null too. Numbers are kept as doubles (RFC 7493).
   * @example { "name": "Ada" }
   */
  value: unknown;
  /**
   * How long the entry lives from now, in milliseconds. Left out: the cache's `defaultTtlMs`. null: no deadline.
   * @isInt
   * @minimum 1
   * @maximum 3153600000000
   * @example 30000
   */
  ttlMs?: number | null;
}

/**
 * An entry to create.
 */
export interface NewEntryBody {
  /**
   * 1-512 bytes of UTF-8, no NUL, not `.` or `..`. Left out: one is generated (128 random bits, URL-safe).
   * @example "user:42"
   */
  key?: string;
  /**
   * Any JSON value, null too. Numbers are kept as doubles (RFC 7493).
   * @example { "name": "Ada" }
   */
  value: unknown;
  /**
   * How long the entry lives from now, in milliseconds. Left out: the cache's `defaultTtlMs`. null: no deadline.
   * @isInt
   * @minimum 1
   * @maximum 3153600000000
   * @example 30000
   */
  ttlMs?: number | null;
}

/**
 * A new ttl for an entry.
 */
export interface RenewalBody {
  /**
   * How long the entry lives from now, in milliseconds. null: no deadline any more.
   * @isInt
   * @minimum 1
   * @maximum 3153600000000
   * @example 60000
   */
  ttlMs: number | null;
}

/**
 * Create or replace an entry.
 */
export interface SetOperation {
  /**
   * What to do.
   * @example "set"
   */
  op: 'set';
  /**
   * The entry's key.
   * @example "user:42"
   */
  key: string;
  /**
   * Any JSON value, null too. Numbers are kept as doubles (RFC 7493).
   * @example { "name": "Ada" }
   */
  value: unknown;
  /**
   * How long the entry lives from now, in milliseconds. Left out: the cache's `defaultTtlMs`. null: no deadline.
   * @isInt
   * @minimum 1
   * @maximum 3153600000000
   * @example 30000
   */
  ttlMs?: number | null;
}

/**
 * Give an entry a new ttl.
 */
export interface RenewOperation {
  /**
   * What to do.
   * @example "renew"
   */
  op: 'renew';
  /**
   * The entry's key.
   * @example "user:43"
   */
  key: string;
  /**
   * How long the entry lives from now, in milliseconds. null: no deadline any more.
   * @isInt
   * @minimum 1
   * @maximum 3153600000000
   * @example 60000
   */
  ttlMs: number | null;
}

/**
 * Remove an entry.
 */
export interface DeleteOperation {
  /**
   * What to do.
   * @example "delete"
   */
  op: 'delete';
  /**
   * The entry's key.
   * @example "user:44"
   */
  key: string;
}

/** One write of a batch; `op` says which. */
export type BatchOperation = SetOperation | RenewOperation | DeleteOperation;

/**
 * Operations to carry out in order, in one round trip.
 */
export interface BatchBody {
  /**
   * What to do, in order.
   * @maxItems 1000
   * @example [{ "op": "set", "key": "user:42", "value": { "name": "Ada" }, "ttlMs": 30000 }, { "op": "renew", "key": "user:43", "ttlMs": 60000 }, { "op": "delete", "key": "user:44" }]
   */
  operations: BatchOperation[];
}

/**
 * What became of one operation of a batch.
 */
export interface BatchResult {
  /**
   * The status that the call on its own would have answered with.
   * @isInt
   * @example 201
   */
  status: number;
  /** The entry as it is now, after a set or renew that worked. */
  entry?: Entry;
  /** What went wrong, where something did. */
  error?: Problem;
}

/**
 * A result for each operation of a batch, in the same order.
 */
export interface BatchResults {
  /** One result for each operation, in the same order. */
  results: BatchResult[];
}

/**
 * One page of a cache's event log.
 */
export interface EventPage {
  /** The events, oldest first. */
  items: LapseEvent[];
  /**
   * Hand it back as `after` to go on from here; at the log's end it stays where it is until something happens.
   * @example "m2k8x0q4z1-1042"
   */
  next: Cursor;
}
