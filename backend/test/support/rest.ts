import type { Express } from 'express';
import { pino } from 'pino';
import { createApp } from '../../src/app.js';
import { Caches } from '../../src/caches/caches.js';
import { Entries } from '../../src/entries/entries.js';
import { EventLog } from '../../src/events/event-log.js';
import { Metrics } from '../../src/http/metrics.js';
import type { Readiness } from '../../src/http/health.js';
import { RedisClient } from '../../src/redis/client.js';
import { freshSpace, sharedRedis } from './helper.js';
import type { RedisServer } from './redis-server.js';

/** The REST side on a real Redis, in a key space of its own. */
export interface Rest {
  app: Express;
  metrics: Metrics;
  /** Lines logged so far, as objects. */
  logged: Record<string, unknown>[];
  close(): Promise<void>;
}

export interface RestOptions {
  redis?: RedisServer;
  ready?: () => Promise<Readiness>;
  level?: string;
}

/** @param options.redis another server than the shared one */
export async function openRest({ redis = sharedRedis(), ready, level = 'info' }: RestOptions = {}): Promise<Rest> {
  const logged: Record<string, unknown>[] = [];
  const logger = pino({ level, base: undefined }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const client = new RedisClient(redis.target, logger, freshSpace());
  await client.connect();
  const metrics = new Metrics();
  const app = createApp({
    caches: new Caches(client),
    entries: new Entries(client),
    events: new EventLog(client),
    ready: ready ?? (async () => ({ redis: true, subscription: true })),
    metrics,
    logger,
  });
  return { app, metrics, logged, close: () => client.close() };
}
