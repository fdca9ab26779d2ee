import { pino } from 'pino';
import { Caches } from '../../src/caches/caches.js';
import { Entries } from '../../src/entries/entries.js';
import { EventLog } from '../../src/events/event-log.js';
import { RedisClient } from '../../src/redis/client.js';
import { freshSpace, sharedRedis } from './helper.js';
import type { RedisServer } from './redis-server.js';

export const silent = pino({ level: 'silent' });

/** The domain on a real Redis, in a key space of its own, with nobody sweeping: what is due stays until touched. */
export interface Store {
  redis: RedisClient;
  caches: Caches;
  entries: Entries;
  log: EventLog;
  /** Every event of a cache, oldest first, as `type key` or `type/reason key`. */
  history(cache: string): Promise<string[]>;
}

const open: RedisClient[] = [];

export async function openStore(
  server: Pick<RedisServer, 'target'> = sharedRedis(),
  space = freshSpace(),
): Promise<Store> {
  const redis = new RedisClient(server.target, silent, space);
  open.push(redis);
  await redis.connect();
  const log = new EventLog(redis);
  return {
    redis,
    caches: new Caches(redis),
    entries: new Entries(redis),
    log,
    history: async (cache) =>
      (await log.read(cache, { limit: 1000 })).items.map(({ type, reason, key }) =>
        `${type}${reason ? `/${reason}` : ''} ${key ?? ''}`.trim(),
      ),
  };
}

/** For `afterEach`: closes every store that the spec opened. */
export async function closeStores(): Promise<void> {
  await Promise.all(open.splice(0).map((redis) => redis.close()));
}
