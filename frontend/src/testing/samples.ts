import {
  type Cache,
  DEFAULT_POLICY,
  type Entry,
  type EntryPage,
  type EventType,
  type LapseEvent,
} from '@lapse/protocol';

/** The moment that samples are of: whole, so that offsets read well. */
export const T0 = Date.parse('2026-11-20T12:00:00.000Z');

export function at(ms: number): string {
  return new Date(T0 + ms).toISOString();
}

/** An entry written at T0; `ttlMs` null has no deadline. */
export function entry(
  key: string,
  version: string,
  ttlMs: number | null = 60_000,
  value: unknown = key,
): Entry {
  const expiresAt = ttlMs === null ? null : at(ttlMs);
  return { cache: 'c', key, value, version, createdAt: at(0), updatedAt: at(0), expiresAt, ttlMs };
}

/** An event of cache `c`; written values have themselves as version. */
export function event(
  type: EventType,
  cursor: string,
  key: string,
  more: Partial<LapseEvent> = {},
): LapseEvent {
  const value = type === 'renewed' ? {} : { value: key };
  return {
    cursor,
    type,
    cache: 'c',
    key,
    version: cursor,
    expiresAt: at(60_000),
    at: at(0),
    ...value,
    ...more,
  };
}

export function page(items: Entry[], cursor: string, more: Partial<EntryPage> = {}): EntryPage {
  return { items, next: null, total: items.length, cursor, ...more };
}

export function cache(name: string, more: Partial<Cache> = {}): Cache {
  const figures = {
    entries: 0,
    bytes: 0,
    hits: 0,
    misses: 0,
    created: 0,
    expired: 0,
    evicted: 0,
    deleted: 0,
  };
  return { ...DEFAULT_POLICY, ...figures, name, cursor: `${name}-0`, createdAt: at(0), ...more };
}
