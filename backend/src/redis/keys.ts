/**
 * Every key and channel that Lapse uses in Redis; nothing else makes up a name.
 *
 * ```
 * lapse:{5}:cache:sessions            hash     policy, figures, and the log's head (see lua/lib/cache.lua)
 * lapse:{5}:cache:sessions:entries    hash     key → body (see lua/lib/entry.lua)
 * lapse:{5}:cache:sessions:keys       zset     by key (all scores 0)
 * lapse:{5}:cache:sessions:due        zset     by deadline in ms, +inf without one
 * lapse:{5}:cache:sessions:recency    zset     by last use
 * lapse:{5}:cache:sessions:log        stream   the event log (see lua/lib/log.lua)
 * lapse:{5}:caches                    set      names of the shard's caches
 * lapse:{5}:heads                     zset     logs without a cache → when they are forgotten, in ms
 * lapse:{5}:run                       string   the run of the Redis server that holds the shard
 * lapse:{5}:next                      zset     cache → its earliest deadline
 * lapse:{5}:fuse                      string   expires at the earliest deadline of the shard
 * lapse:{5}:lease                     string   the backend that sweeps the shard
 * lapse:live                          channel  records of the logs, as they are written
 * lapse:sooner                        channel  `<shard> <deadline>`: a shard's earliest deadline came closer
 * ```
 *
 * A cache belongs to one of 16 shards by its name; all keys of a shard share a hash tag and so a slot, which is
 * what lets one script touch them all, in a Redis Cluster too. The number is part of the data: never change it.
 */
export const SHARDS = 16;

export class Keys {
  readonly live: string;
  readonly sooner: string;
  readonly shards: readonly string[];

  /** @param space what every name begins with; `lapse`, or `lapse@3` for database 3. */
  constructor(readonly space = 'lapse') {
    this.live = `${space}:live`;
    this.sooner = `${space}:sooner`;
    this.shards = Array.from({ length: SHARDS }, (_, n) => `${space}:{${n}}`);
  }

  /** The shard that a cache belongs to. */
  shard(cache: string): string {
    return this.shards[fnv1a(cache) % SHARDS] as string;
  }

  cache(cache: string): string {
    return `${this.shard(cache)}:cache:${cache}`;
  }

  caches(shard: string): string {
    return `${shard}:caches`;
  }

  fuse(shard: string): string {
    return `${shard}:fuse`;
  }

  lease(shard: string): string {
    return `${shard}:lease`;
  }
}

/** FNV-1a, 32 bits, over ASCII: what a cache name is made of. http://www.isthe.com/chongo/tech/comp/fnv/ */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash;
}
