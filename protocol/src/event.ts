import type { Cursor } from './cursor.js';

/** Everything that can happen to an entry, in the words of the event log. */
export const EVENT_TYPES = [
  'created',
  'updated',
  'renewed',
  'expired',
  'evicted',
  'deleted',
  'cleared',
] as const;

/** What happened to an entry; `cleared`: to all of a cache at once. */
export type EventType = (typeof EVENT_TYPES)[number];

/** The types that end an entry's life; `cleared` ends those of a whole cache at once. */
export const TERMINAL_EVENT_TYPES = ['expired', 'evicted', 'deleted', 'cleared'] as const;

export type TerminalEventType = (typeof TERMINAL_EVENT_TYPES)[number];

/**
 * Why an event happened.
 * - evicted: `entries` (the cache was at its maxEntries), `bytes` (at its maxBytes), `policy` (the policy shrank)
 * - deleted: `request`, or `take` (the one who deleted it also received its value)
 * - renewed: `request`, or `use` (a read of a sliding entry)
 */
export type EventReason = 'entries' | 'bytes' | 'policy' | 'request' | 'take' | 'use';

/**
 * One line of a cache's event log.
 */
export interface LapseEvent {
  /**
   * Position of this event in the cache's log. Resume after it.
   * @example "m2k8x0q4z1-1042"
   */
  cursor: Cursor;
  /**
   * What happened.
   * @example "expired"
   */
  type: EventType;
  /**
   * The cache it happened in.
   * @example "sessions"
   */
  cache: string;
  /**
   * The entry it happened to; absent on `cleared`.
   * @example "user:42"
   */
  key?: string;
  /**
   * The value written or, on a terminal event, the last value held. Absent on `renewed` and `cleared`.
   * @example { "name": "Ada" }
   */
  value?: unknown;
  /**
   * The entry's version: the cursor of the event that last wrote its value. Absent on `cleared`.
   * @example "m2k8x0q4z1-1040"
   */
  version?: Cursor;
  /**
   * The entry's deadline (RFC 3339, milliseconds); null without one; absent on `cleared`.
   * @example "2026-11-20T12:00:30.000Z"
   */
  expiresAt?: string | null;
  /**
   * When it was logged, by Redis's clock (RFC 3339, milliseconds).
   * @example "2026-11-20T12:00:30.001Z"
   */
  at: string;
  /**
   * Why: on evicted, deleted and renewed only.
   * @example "entries"
   */
  reason?: EventReason;
  /**
   * `at` minus `expiresAt`, in milliseconds; on expired only.
   * @isInt
   * @example 1
   */
  lagMs?: number;
  /**
   * How many entries went at once; on cleared only.
   * @isInt
   * @example 250
   */
  count?: number;
}
