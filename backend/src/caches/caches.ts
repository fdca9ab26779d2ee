import type { Cache, CachePolicy } from '@lapse/protocol';
import { CacheNotFound, Invalid } from '../errors.js';
import { iso } from '../iso.js';
import type { RedisClient } from '../redis/client.js';
import { checkCacheName } from './cache-name.js';

/** Entries that one run of a script may end: keeps each run to a few milliseconds of Redis. */
const A_RUN = '250';

/** What describe-cache.lua returns after 'ok'. */
type Figures = [
  code: 'ok',
  cursor: string,
  createdAt: number,
  maxEntries: number | null,
  maxBytes: number | null,
  defaultTtlMs: number | null,
  maxTtlMs: number | null,
  sliding: number,
  history: number,
  entries: number,
  bytes: number,
  hits: number,
  misses: number,
  created: number,
  expired: number,
  evicted: number,
  deleted: number,
];

/** All caches: their policies and figures. */
export class Caches {
  constructor(private readonly redis: RedisClient) {}

  /** Every cache, by name. */
  async list(): Promise<Cache[]> {
    const caches = await Promise.all((await this.redis.caches()).map((name) => this.find(name)));
    return caches.filter((cache) => cache !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws CacheNotFound */
  async get(name: string): Promise<Cache> {
    const cache = await this.find(name);
    if (!cache) throw new CacheNotFound(name);
    return cache;
  }

  /**
   * Creates a cache or replaces its policy. What a smaller policy leaves no room for is evicted before this
   * resolves, least recently used first, a part at a time.
   * @throws Invalid when the policy contradicts itself
   */
  async setPolicy(name: string, policy: CachePolicy): Promise<{ cache: Cache; created: boolean }> {
    checkCacheName(name);
    if (policy.defaultTtlMs !== null && policy.maxTtlMs !== null && policy.defaultTtlMs > policy.maxTtlMs) {
      throw new Invalid([{ pointer: '/defaultTtlMs', detail: 'defaultTtlMs must not be above maxTtlMs.' }]);
    }
    const bound = (value: number | null) => (value === null ? '' : String(value));
    const created = await this.redis.run('set-policy', this.keysOf(name), [
      bound(policy.maxEntries),
      bound(policy.maxBytes),
      bound(policy.defaultTtlMs),
      bound(policy.maxTtlMs),
      policy.sliding ? '1' : '0',
      String(policy.history),
    ]);
    while ((await this.redis.run('shrink', this.keysOf(name), [A_RUN, 'policy'])) === 1);
    return { cache: await this.get(name), created: created === 1 };
  }

  /**
   * Removes a cache with all its entries: one `cleared` event.
   * @throws CacheNotFound
   */
  async remove(name: string): Promise<void> {
    checkCacheName(name);
    for (;;) {
      const [code] = (await this.redis.run('drop', this.keysOf(name), [A_RUN])) as [string];
      if (code === 'ok') return;
      if (code === 'missing') throw new CacheNotFound(name);
    }
  }

  private async find(name: string): Promise<Cache | undefined> {
    checkCacheName(name);
    const reply = (await this.redis.run('describe-cache', this.keysOf(name), [])) as Figures | ['missing'];
    return reply[0] === 'ok' ? toCache(name, reply) : undefined;
  }

  private keysOf(name: string): string[] {
    const { keys } = this.redis;
    return [keys.cache(name), keys.shard(name)];
  }
}

function toCache(name: string, figures: Figures): Cache {
  const [
    ,
    cursor,
    createdAt,
    maxEntries,
    maxBytes,
    defaultTtlMs,
    maxTtlMs,
    sliding,
    history,
    entries,
    bytes,
  ] = figures;
  const [hits, misses, created, expired, evicted, deleted] = figures.slice(11) as number[];
  return {
    name,
    cursor,
    createdAt: iso(createdAt),
    maxEntries,
    maxBytes,
    defaultTtlMs,
    maxTtlMs,
    sliding: sliding === 1,
    history,
    entries,
    bytes,
    hits: hits!,
    misses: misses!,
    created: created!,
    expired: expired!,
    evicted: evicted!,
    deleted: deleted!,
  };
}
