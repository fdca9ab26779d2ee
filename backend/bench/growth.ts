import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Scale } from './rig/bench.js';
import { figure, type Figure, type Target } from './rig/figure.js';
import { LapseUnderExpiry } from './rig/expiry.js';
import { VALUE, fill } from './rig/fill.js';
import { load, type Load } from './rig/load.js';
import { info, type RawRedis } from './rig/raw-redis.js';
import { alternate, check, type Measured, type Runs } from './rig/rounds.js';
import { Stand, type BackendProcess } from './rig/stand.js';

const CACHE = 'bench';
const HOUR_MS = 3_600_000;

export const growth: Bench = {
  about:
    'What grows with the number of entries, of caches and of backends: each size against the smallest, in the same run. No worse than logarithmic: at n times the size at most 1 + log10(n) times the time.',
  async run(_stand, scale) {
    return [...(await entries(scale)), ...(await caches(scale)), ...(await backends(scale))];
  },
};

/** Every size is set up at once, so that they can be measured by turns. */
async function entries(scale: Scale): Promise<Figure[]> {
  const sizes = scale.pick([1_000, 10_000, 100_000, 1_000_000, 3_000_000], [1_000, 20_000]);
  const stand = new Stand();
  try {
    const contenders: Record<string, () => Promise<Measured>> = {};
    for (const size of sizes) {
      const under = await LapseUnderExpiry.start(stand, size);
      contenders[size] = async () => ({
        ...(await calls(under.backend, size, scale)),
        ...(await under.expire({ count: 2_000, perSecond: 1_000 })),
      });
    }
    const runs = await alternate(scale.rounds, contenders, 'growth, entries');
    return [
      ...against(sizes, runs, { what: 'entries: PUT', unit: 'ms', of: 'put' }),
      ...against(sizes, runs, { what: 'entries: list page by key', unit: 'ms', of: 'page' }),
      ...against(sizes, runs, { what: 'entries: list page by expiry', unit: 'ms', of: 'pageByExpiry' }),
      ...against(sizes, runs, { what: 'entries: lag p50', unit: 'ms', of: 'p50' }),
      ...against(sizes, runs, { what: 'entries: lag p99', unit: 'ms', of: 'p99' }),
    ];
  } finally {
    await stand.end();
  }
}

/** Mean times of calls that come one after the other. */
async function calls({ url }: BackendProcess, size: number, scale: Scale): Promise<Measured> {
  const list = `/api/v1/caches/${CACHE}/entries`;
  const common = { url, keys: size, connections: 1, seconds: scale.pick(2, 1) };
  const time = async (what: Pick<Load, 'method' | 'path' | 'body' | 'expect'>) => {
    const { perSecond, wrong } = await load({ ...common, ...what });
    check(wrong === 0, `${wrong} requests were not answered as they should`);
    return 1_000 / perSecond;
  };
  const body = JSON.stringify({ value: VALUE, ttlMs: HOUR_MS });
  return {
    put: await time({ method: 'PUT', path: `${list}/live:{n}`, body }),
    page: await time({ method: 'GET', path: `${list}?limit=100&prefix=live:`, expect: '"live:' }),
    pageByExpiry: await time({ method: 'GET', path: `${list}?limit=100&sort=expiry`, expect: '"live:' }),
  };
}

/** Entries that expire in one cache while others lie beside it. */
async function caches(scale: Scale): Promise<Figure[]> {
  const sizes = scale.pick([1, 100, 1_000, 10_000], [1, 100]);
  const stand = new Stand();
  try {
    const contenders: Record<string, () => Promise<Measured>> = {};
    for (const size of sizes) {
      const under = await LapseUnderExpiry.start(stand, 100);
      for (let n = 1; n < size; n++) {
        await fill(under.backend.url, `other${n}`, 1, () => ({ key: 'k', ttlMs: HOUR_MS }));
      }
      contenders[size] = async () => {
        const cpu = under.backend.cpuMs;
        const lag = await under.expire({ count: 2_000, perSecond: 1_000 });
        return { ...lag, cpu: under.backend.cpuMs - cpu };
      };
    }
    const runs = await alternate(scale.rounds, contenders, 'growth, caches');
    return [
      ...against(sizes, runs, { what: 'caches: lag p50', unit: 'ms', of: 'p50' }),
      ...against(sizes, runs, { what: 'caches: lag p99', unit: 'ms', of: 'p99' }),
      ...against(sizes, runs, { what: 'caches: CPU of the backend', unit: 'ms', of: 'cpu' }),
    ];
  } finally {
    await stand.end();
  }
}

/** What Redis spends on the same expiries, however many backends there are. */
async function backends(scale: Scale): Promise<Figure[]> {
  const stand = new Stand();
  try {
    const contenders: Record<string, () => Promise<Measured>> = {};
    for (const size of [1, 2, 4]) {
      const under = await LapseUnderExpiry.start(stand, 1_000);
      for (let n = 1; n < size; n++) await stand.backend(under.server);
      contenders[size] = async () => {
        const start = Date.now();
        const [cpu, settles] = [await cpuMs(under.redis), await calledFor(under.redis)];
        const lag = await under.expire({ count: 5_000, perSecond: 1_000 });
        const spent = (await cpuMs(under.redis)) - cpu;
        // What it spends on backends that have nothing to do, over as long a time.
        const [took, idle] = [Date.now() - start, await cpuMs(under.redis)];
        await sleep(2_000);
        const resting = (((await cpuMs(under.redis)) - idle) * took) / 2_000;
        return { ...lag, cpu: spent, resting, scripts: (await calledFor(under.redis)) - settles };
      };
    }
    const runs = await alternate(scale.rounds, contenders, 'growth, backends');
    const once: Target = { by: 'ratio', says: '≤ 1.5 of one', holds: (ratio) => 1 / ratio <= 1.5 };
    return [
      ...against(
        [1, 2, 4],
        runs,
        { what: 'backends: CPU of Redis, 5,000 expiries', unit: 'ms', of: 'cpu' },
        once,
      ),
      ...against(
        [1, 2, 4],
        runs,
        { what: 'backends: CPU of Redis at rest', unit: 'ms', of: 'resting' },
        null,
      ),
      ...against([1, 2, 4], runs, { what: 'backends: scripts run', unit: '', of: 'scripts' }, once),
      ...against([1, 2, 4], runs, { what: 'backends: lag p99', unit: 'ms', of: 'p99' }),
    ];
  } finally {
    await stand.end();
  }
}

async function cpuMs(redis: RawRedis): Promise<number> {
  return ((await info(redis, 'used_cpu_user')) + (await info(redis, 'used_cpu_sys'))) * 1_000;
}

async function calledFor(redis: RawRedis): Promise<number> {
  const text = String(await redis.sendCommand(['INFO', 'commandstats']));
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(text)?.[1] ?? 0);
}

/** A row for each size; all but the first against the first. `target` null: none. */
function against(
  sizes: readonly number[],
  runs: Record<string, Runs>,
  { what, unit, of }: { what: string; unit: string; of: string },
  target?: Target | null,
): Figure[] {
  const [smallest] = sizes as [number];
  return sizes.map((size) => {
    const name = `${what}, ${size.toLocaleString('en')}`;
    const lapse = runs[size] as Runs;
    if (size === smallest) return figure({ name, unit, of, better: 'less', lapse });
    const baseline = { name: `at ${smallest.toLocaleString('en')}`, runs: runs[smallest] as Runs };
    const bound = target === undefined ? logarithmic(size / smallest) : (target ?? undefined);
    return figure({ name, unit, of, better: 'less', lapse, baseline, ...(bound && { target: bound }) });
  });
}

function logarithmic(times: number): Target {
  const most = 1 + Math.log10(times);
  return { by: 'ratio', says: `≤ ${most.toFixed(1)} of it`, holds: (ratio) => 1 / ratio <= most };
}
