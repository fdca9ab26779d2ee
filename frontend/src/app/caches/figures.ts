import type { Cache, LapseEvent } from '@lapse/protocol';

/** A cache's figures after these events of it. Bytes, hits and misses are known to the server only. */
export function applyToFigures(cache: Cache, events: readonly LapseEvent[]): Cache {
  let { entries, created, expired, evicted, deleted } = cache;
  for (const event of events) {
    switch (event.type) {
      case 'created':
        entries += 1;
        created += 1;
        break;
      case 'expired':
        entries -= 1;
        expired += 1;
        break;
      case 'evicted':
        entries -= 1;
        evicted += 1;
        break;
      case 'deleted':
        entries -= 1;
        deleted += 1;
        break;
      case 'cleared':
        entries = 0;
        break;
      case 'updated':
      case 'renewed':
        break;
    }
  }
  return { ...cache, entries: Math.max(0, entries), created, expired, evicted, deleted };
}
