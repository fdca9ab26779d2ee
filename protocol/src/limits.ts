/** Bounds that the server enforces and a client may check before it asks. */
export const LIMITS = {
  /** A key, in bytes of UTF-8. */
  keyBytes: 512,
  /** A value, in bytes of its JSON text in UTF-8. */
  valueBytes: 64 * 1024,
  /** Arrays and objects within one another in a value. */
  valueDepth: 500,
  /** The longest ttl, in milliseconds (100 years). */
  ttlMs: 3_153_600_000_000,
  /** Operations in one batch. */
  batchOperations: 1000,
  /** Items in one page of entries or events. */
  pageItems: 1000,
} as const;

/** A cache's name. */
export const CACHE_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
