import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisServer } from '../../test/support/redis-server.js';
import type { Watched } from '../clients/watcher.js';
import { fill, describe } from './fill.js';
import type { ClientProcess } from './processes.js';
import { fillBare, setBare, type RawRedis } from './raw-redis.js';
import { check, type Measured } from './rounds.js';
import { percentiles } from './spread.js';
import type { BackendProcess, Stand } from './stand.js';

const CACHE = 'bench';
const HOUR_MS = 3_600_000;

/** Time to write everything in, before the first deadline. */
const LEAD_MS = 2_000;

/** How long after the last deadline Lapse, and the baseline, may still deliver. */
const PATIENCE_MS = { lapse: 10_000, baseline: 5_000 };

/** Deadlines to come: so many a second, or all at once (`perSecond` Infinity). */
export interface Deadlines {
  count: number;
  perSecond: number;
}

let rounds = 0;

/** Lapse on a Redis of its own, with entries that live for another hour, and a client that hears of each expiry. */
export class LapseUnderExpiry {
  private constructor(
    readonly backend: BackendProcess,
    readonly server: RedisServer,
    readonly redis: RawRedis,
    private readonly watcher: ClientProcess,
  ) {}

  static async start(stand: Stand, live: number): Promise<LapseUnderExpiry> {
    const server = await stand.redis();
    const backend = await stand.backend(server);
    await fill(backend.url, CACHE, live, (n) => ({ key: `live:${n}`, ttlMs: HOUR_MS }));
    const watcher = await stand.client('clients/watcher');
    await watcher.call('connect', {
      url: `ws://127.0.0.1:${backend.wsPort}/ws?cache=${CACHE}&types=expired`,
    });
    return new LapseUnderExpiry(backend, server, await server.connect(), watcher);
  }

  /** Lets them expire. Each is to be told of once, and never early. */
  async expire({ count, perSecond }: Deadlines): Promise<Measured> {
    const prefix = `round${rounds++}:`;
    const before = await describe(this.backend.url, CACHE).catch(() => ({ expired: 0 }));
    const first = Date.now() + LEAD_MS;
    const patience = LEAD_MS + (count / perSecond) * 1_000 + PATIENCE_MS.lapse;
    const watching = this.watcher.call<Watched>('watch', { prefix, wanted: count, patience });
    const item = (n: number) => ({
      key: `${prefix}${n}`,
      ttlMs: Math.round(first + (n / perSecond) * 1_000 - Date.now()),
    });
    await fill(this.backend.url, CACHE, count, item, { atATime: 1 });
    const watched = await watching;
    const after = await describe(this.backend.url, CACHE);
    check(watched.latencies.length === count, `${watched.latencies.length} of ${count} were delivered`);
    check(watched.doubled === 0, `${watched.doubled} were delivered twice`);
    check(watched.early === 0, `${watched.early} were delivered before their deadline`);
    check(after.expired - (before.expired ?? 0) === count, 'the figures of the cache say otherwise');
    const last = watched.lastAt - watched.firstDeadline;
    return { ...percentiles(watched.latencies), last, delivered: 100 };
  }
}

/** Keyspace notifications on a Redis of their own, with as many live keys. */
export class KeyspaceUnderExpiry {
  private constructor(
    private readonly redis: RawRedis,
    private readonly watcher: ClientProcess,
  ) {}

  static async start(stand: Stand, live: number): Promise<KeyspaceUnderExpiry> {
    const server = await stand.redis();
    const redis = await server.connect();
    const baseline = await stand.baseline('keyspace-to-ws', server);
    await fillBare(redis, live);
    const watcher = await stand.client('clients/watcher');
    await watcher.call('connect', { url: `ws://127.0.0.1:${baseline.port}/ws` });
    return new KeyspaceUnderExpiry(redis, watcher);
  }

  /** What has not come when the watch ends is counted as having come then: its true figures are worse. */
  async expire({ count, perSecond }: Deadlines): Promise<Measured> {
    const prefix = `round${rounds++}:`;
    const first = Date.now() + LEAD_MS;
    const span = (count / perSecond) * 1_000;
    const watching = this.watcher.call<Watched>('watch', {
      prefix,
      wanted: count,
      patience: LEAD_MS + span + PATIENCE_MS.baseline,
    });
    const deadlines = Array.from({ length: count }, (_, n) => Math.round(first + (n / perSecond) * 1_000));
    const keys = deadlines.map((deadline, n) => `${prefix}${n}@${deadline}`);
    await setBare(this.redis, count, (n) => ({ key: keys[n]!, deadline: deadlines[n]! }));
    const { latencies, lastAt } = await watching;
    const delivered = (latencies.length / count) * 100;
    const end = first + span + PATIENCE_MS.baseline;
    // The ones that came are among the first of each moment; which did not come matters less than how many.
    const missing = deadlines.slice(latencies.length).map((deadline) => end - deadline);
    await Promise.all(keys.map((key) => this.redis.sendCommand(['UNLINK', key])));
    await sleep(100);
    const last = (missing.length > 0 ? end : lastAt) - first;
    return { ...percentiles([...latencies, ...missing]), last, delivered };
  }
}
