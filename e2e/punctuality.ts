// `npm run show -w e2e`: 100,000 entries that live for an hour, then 1,000 of 2 s. Prints how long after its deadline
// each of those was announced to a program that listens; fails when one was not, or was late.
import { setTimeout as sleep } from 'node:timers/promises';
import { Follower, closeFollowers } from './support/follower.js';
import { Lapse } from './support/lapse.js';

const LONG = 100_000;
const SHORT = 1_000;
const HOUR = 3_600_000;
const TTL_MS = 2_000;
const P99_MS = 15;

/** Operations that create so many entries. */
function entries(count: number, ttlMs: number) {
  return Array.from({ length: count }, (_, i) => ({
    op: 'set' as const,
    key: `user:${i}`,
    value: { visits: i },
    ttlMs,
  }));
}

function summary(title: string, ms: readonly number[]): number {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  const [p50, p99, most] = [at(0.5), at(0.99), at(1)];
  console.log(`${title.padEnd(44)} p50 ${p50} ms   p99 ${p99} ms   max ${most} ms`);
  return p99;
}

const lapse = await Lapse.start();
try {
  await lapse.batch('long', entries(LONG, HOUR));
  console.log(`${(await lapse.cache('long')).entries.toLocaleString('en')} entries live for an hour.`);

  const follower = await Follower.connect(`${lapse.ws}?cache=short&types=expired`);
  await follower.frame('subscribed');
  await lapse.batch('short', entries(SHORT, TTL_MS));
  await follower.hears(SHORT, 60_000);
  // Nothing may come twice either.
  await sleep(500);

  const expired = follower.frames.flatMap(({ frame, at }) =>
    frame.type === 'event' ? [{ ...frame.event, heardAt: at }] : [],
  );
  const keys = new Set(expired.map(({ key }) => key));
  console.log(
    `${expired.length.toLocaleString('en')} expired frames, of ${keys.size.toLocaleString('en')} entries.`,
  );
  const p99 = summary(
    'deadline to log, by the clock of Redis',
    expired.map(({ lagMs }) => lagMs ?? NaN),
  );
  summary(
    'deadline to frame received',
    expired.map(({ heardAt, expiresAt }) => heardAt - Date.parse(expiresAt!)),
  );
  if (expired.length !== SHORT || keys.size !== SHORT || !(p99 <= P99_MS)) {
    console.log(`Not as it should be: ${SHORT} frames, p99 at most ${P99_MS} ms.`);
    process.exitCode = 1;
  }
} finally {
  closeFollowers();
  await lapse.end();
}
