import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryPage } from '@lapse/protocol';
import { RedisServer } from '../test/support/redis-server.js';
import { BackendProcess } from './backend-process.js';
import type { Evidence, FinalRead } from './evidence.js';
import { Faults, type FaultKind } from './faults.js';
import { Journal } from './journal.js';
import { LogCollector, readLog } from './log-collector.js';
import { Random } from './random.js';
import { SseSubscriber } from './subscribers/sse-subscriber.js';
import type { Subscriber, Wish } from './subscribers/subscriber.js';
import { Texts } from './subscribers/texts.js';
import { WsSubscriber } from './subscribers/ws-subscriber.js';
import { PLANS, Writer } from './workload.js';

export interface RunOptions {
  seed: number;
  ms: number;
  backends: number;
  writers: number;
  /** A writer's mean pause between two calls. */
  pauseMs: number;
  mode: Mode;
}

/**
 * What may happen to Redis's data. `kept`: it survives a kill whole (append-only file). `wiped`: now and then all of
 * it is gone (FLUSHALL). `lost`: a kill loses what came after the last snapshot.
 */
export const MODES = ['kept', 'wiped', 'lost'] as const;
export type Mode = (typeof MODES)[number];

const ANY_MODE: Partial<Record<FaultKind, number>> = {
  'backend killed': 3,
  'backend stopped for a while': 2,
  'backend stopped and cut off': 2,
  'backend restarted': 1,
  'redis stopped for a while': 1,
  'pub/sub connections killed': 2,
  'all other connections killed': 1,
  'notifications switched off': 2,
  'sockets cut': 3,
  'reader stalled': 1,
};

/** How often each fault comes before all have come. */
const DECKS: Record<Mode, Partial<Record<FaultKind, number>>> = {
  kept: { ...ANY_MODE, 'redis killed': 2 },
  wiped: { ...ANY_MODE, 'redis killed': 1, 'redis wiped': 2 },
  lost: { ...ANY_MODE, 'redis killed after a snapshot': 4 },
};

/**
 * Redis as each mode has it. `appendfsync no`: every answer was handed to the kernel before, and that outlives a killed
 * process; with `everysec` a background thread writes, and the last second of acknowledged writes can be lost.
 */
const REDIS: Record<Mode, string[]> = {
  kept: ['--appendfsync', 'no'],
  wiped: ['--appendfsync', 'no'],
  lost: ['--appendonly', 'no'],
};

/** For the last reads of whole logs. */
const FINAL_PATIENCE_MS = 20_000;

/** Longer than any ttl of the writers. */
const LONGEST_TTL_MS = 2_500;

const WS: Wish[] = [
  { name: 'ws, all of plain', cache: 'plain', resumes: true },
  { name: 'ws, patient', cache: 'plain', resumes: true, patient: true },
  { name: 'ws, long away from brief', cache: 'brief', resumes: true, awayMs: 3_000 },
  { name: 'ws, patient with brief', cache: 'brief', resumes: true, patient: true },
  { name: 'ws, all of bounded', cache: 'bounded', resumes: true },
  { name: 'ws, all of sliding', cache: 'sliding', resumes: true },
  { name: 'ws, all of fleeting', cache: 'fleeting', resumes: true },
  { name: 'ws, all of brief', cache: 'brief', resumes: true },
  { name: 'ws, keys a, no values', cache: 'bounded', prefix: 'a', values: false, resumes: true },
  { name: 'ws, ends', cache: 'brief', types: ['expired', 'evicted', 'deleted', 'cleared'], resumes: true },
  { name: 'ws, never resumes', cache: 'plain', resumes: false },
  { name: 'ws, never resumes, expired', cache: 'sliding', types: ['expired'], resumes: false },
  { name: 'ws, every cache', cache: '*', resumes: false },
];

const SSE: Wish[] = [
  { name: 'sse, all of plain', cache: 'plain', resumes: true },
  { name: 'sse, all of brief', cache: 'brief', resumes: true },
  { name: 'sse, long away from brief', cache: 'brief', resumes: true, awayMs: 3_000 },
  { name: 'sse, keys b expired', cache: 'fleeting', prefix: 'b', types: ['expired'], resumes: true },
  { name: 'sse, no values', cache: 'bounded', values: false, resumes: true },
  { name: 'sse, never resumes', cache: 'sliding', resumes: false },
];

/** What follows the faults may take this long: mending, quiet, and reading all. */
const END_WITHIN_MS = 60_000;

/**
 * One run: sets all up, lets it go on for a while with faults, waits for quiet, and gathers what was recorded.
 * @throws when it does not come to an end
 */
export async function run(options: RunOptions): Promise<Evidence> {
  const redis = await RedisServer.start(REDIS[options.mode]);
  const backends: BackendProcess[] = [];
  const subscribers: Subscriber[] = [];
  const tooLong = new AbortController();
  const hung = sleep(options.ms + END_WITHIN_MS, undefined, { signal: tooLong.signal }).then(() => {
    throw new Error(`the run did not end within ${END_WITHIN_MS} ms after its time was up`);
  });
  try {
    for (let i = 0; i < options.backends; i++) backends.push(await BackendProcess.start(i, redis.url));
    return await Promise.race([perform(options, redis, backends, subscribers), hung]);
  } finally {
    tooLong.abort();
    await hung.catch(() => undefined);
    for (const subscriber of subscribers) subscriber.stop();
    for (const backend of backends) backend.signal('SIGCONT');
    await Promise.all(backends.map((backend) => backend.end('SIGKILL')));
    await redis.stop();
  }
}

async function perform(
  { seed, ms, writers: many, pauseMs, mode }: RunOptions,
  redis: RedisServer,
  backends: BackendProcess[],
  subscribers: Subscriber[],
): Promise<Evidence> {
  const random = (what: string) => new Random(`${seed} ${what}`);
  const journal = new Journal();
  for (const [cache, { policies }] of Object.entries(PLANS)) {
    await journal.call(backends[0]!, { verb: 'policy', cache, policy: policies[0]! });
  }
  const collectors = Object.entries(PLANS).map(([cache, { policies }]) => {
    return new LogCollector(cache, Math.min(...policies.map(({ history }) => history!)), backends);
  });
  const texts = new Texts();
  subscribers.push(
    ...WS.map((wish) => new WsSubscriber(wish, backends, random(wish.name), texts)),
    ...SSE.map((wish) => new SseSubscriber(wish, backends, random(wish.name), texts)),
  );
  const writers = Array.from({ length: many }, (_, i) => {
    return new Writer(`${seed} writer ${i}`, backends, journal, pauseMs);
  });
  const rest = async () => {
    const { promise, resolve: resume } = Promise.withResolvers<void>();
    for (const writer of writers) writer.pauseUntil(promise);
    await sleep(LONGEST_TTL_MS + 1_500);
    return { resume };
  };
  const faults = new Faults({ redis, backends, subscribers, rest }, DECKS[mode], random('faults'));

  for (const part of [...collectors, ...subscribers, ...writers, faults]) part.start();
  await sleep(ms);
  await faults.stop();
  await Promise.all(writers.map((writer) => writer.stop()));
  // What is due has ended, the last calls of a stopped backend included, and everyone has been told.
  await sleep(LONGEST_TTL_MS + 2_000);
  await Promise.all(collectors.map((collector) => collector.stop()));
  const finals = await readFinals(backends, Object.keys(PLANS));
  return {
    logs: new Map(collectors.map(({ cache, log }) => [cache, log])),
    calls: journal.calls,
    recordings: subscribers.map(({ recording }) => structuredClone(recording)),
    faults: faults.done,
    stalled: faults.stalled,
    outages: faults.outages,
    finals,
  };
}

/** What each backend tells of each cache, now that nothing happens any more. */
async function readFinals(backends: BackendProcess[], caches: string[]): Promise<FinalRead[]> {
  const reads = backends.flatMap((backend) =>
    caches.map(async (cache) => {
      const url = `${backend.url}/api/v1/caches/${cache}/entries?limit=1000`;
      // A first try may meet a connection kept from before a restart.
      const response = await fetch(url).catch(() => fetch(url));
      const { status } = response;
      const { items = [], cursor = '' } = (await response.json()) as Partial<EntryPage>;
      const tail = await readLog(backend, cache, FINAL_PATIENCE_MS).catch(() => ({ items: [] }));
      return { backend: backend.index, cache, status, items, cursor, tail: tail.items };
    }),
  );
  return Promise.all(reads);
}
