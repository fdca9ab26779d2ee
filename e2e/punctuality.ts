// `npm run show -w e2e`: 100,000 entries that live for an hour, then twice 1,000 of 2 s: written one by one, and all at
// once, so that they share one deadline. Prints how long after its deadline each was announced to a program that
// listens. Fails when one of them was not announced exactly once, or those written one by one were late.
import { setTimeout as sleep } from 'node:timers/promises';
import { Follower, closeFollowers } from './support/follower.js';
import { Lapse } from './support/lapse.js';

const LONG = 100_000;
const SHORT = 1_000;
const HOUR = 3_600_000;
const TTL_MS = 2_000;
const WRITERS = 10;
const P99_MS = 15;

const lapse = await Lapse.start();
try {
  await lapse.batch('long', entries(LONG, HOUR));
  console.log(`${(await lapse.cache('long')).entries.toLocaleString('en')} entries live for an hour.`);
  const p99 = await announce('one-by-one', async (cache) => {
    const left = entries(SHORT, TTL_MS);
    const write = async () => {
      for (let one = left.pop(); one; one = left.pop()) await lapse.put(cache, one.key, one.value, one.ttlMs);
    };
    await Promise.all(Array.from({ length: WRITERS }, write));
  });
  await announce('at-once', (cache) => lapse.batch(cache, entries(SHORT, TTL_MS)));
  if (!(p99 <= P99_MS)) throw new Error(`p99 is ${p99} ms, ${P99_MS} ms were promised`);
} catch (error) {
  console.log(String(error));
  process.exitCode = 1;
} finally {
  closeFollowers();
  await lapse.end();
}

/** Writes, listens until all have expired, and says how late they were: the 99th percentile by Redis's clock. */
async function announce(cache: string, write: (cache: string) => Promise<void>): Promise<number> {
  const follower = await Follower.connect(`${lapse.ws}?cache=${cache}&types=expired`);
  await follower.frame('subscribed');
  await write(cache);
  await follower.hears(SHORT, 60_000);
  // Nothing may come twice either.
  await sleep(500);
  const expired = follower.frames.flatMap(({ frame, at }) =>
    frame.type === 'event' ? [{ ...frame.event, heardAt: at }] : [],
  );
  const keys = new Set(expired.map(({ key }) => key));
  console.log(
    `\n${SHORT.toLocaleString('en')} written ${cache.replaceAll('-', ' ')}: ${expired.length} expired frames`,
  );
  if (expired.length !== SHORT || keys.size !== SHORT) throw new Error(`of ${keys.size} entries`);
  const lags = expired.map(({ lagMs }) => lagMs ?? NaN);
  const delays = expired.map(({ heardAt, expiresAt }) => heardAt - Date.parse(expiresAt!));
  summarize('deadline to frame received', delays);
  return summarize("deadline to log, by Redis's clock", lags);
}

function summarize(what: string, ms: readonly number[]): number {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  console.log(`  ${what.padEnd(36)} p50 ${at(0.5)} ms   p99 ${at(0.99)} ms   max ${at(1)} ms`);
  return at(0.99);
}

/** Operations that create so many entries. */
function entries(count: number, ttlMs: number) {
  return Array.from({ length: count }, (_, i) => ({
    op: 'set' as const,
    key: `user:${i}`,
    value: { visits: i },
    ttlMs,
  }));
}
