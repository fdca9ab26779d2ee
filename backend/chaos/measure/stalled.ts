import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackendProcess } from '../backend-process.js';
import { StalledReader } from '../stalled-reader.js';
import { live, onStage, setPolicy } from './stage.js';

const CACHE = 'flood';
const RATE = { perSecond: 5_000, perCall: 50 };
const PHASE_MS = 20_000;
const GROWTH_MB = 5;
/** A server that closes waits this long for the answer before it cuts: who reads in time sees the code. */
const GRACE_MS = 3_000;

/** A reader stops reading at 5,000 events a second: it is closed with 1013, costs little memory, and delays nobody. */
export function stalled(): Promise<{ passed: boolean; report: string }> {
  return onStage(1, async (backends) => {
    const backend = backends[0] as BackendProcess;
    await setPolicy(backend, CACHE, { history: 1_000 });
    const flood = (ms: number) => live({ url: backend.url, ws: backend.ws, cache: CACHE, ...RATE, ms });
    await flood(PHASE_MS).result;

    const alone = flood(PHASE_MS);
    await alone.ready;
    const before = await peak(backend, PHASE_MS);
    const without = await alone.result;

    const joined = flood(2 * PHASE_MS);
    await joined.ready;
    const reader = await StalledReader.connect(backend, CACHE);
    const began = Date.now();
    const during = await peak(backend, 2 * PHASE_MS, async () => (await connections(backend)) < 2);
    const lasted = Date.now() - began;
    await reader.end(1);
    const beside = await joined.result;

    // A second one, that reads again right after it was given up, sees why.
    const again = flood(lasted + 2_000);
    await again.ready;
    const other = await StalledReader.connect(backend, CACHE);
    await sleep(lasted - GRACE_MS / 2);
    const code = await other.end(GRACE_MS);
    await again.result;

    const growth = (during - before) / 1024 ** 2;
    const slower = beside.p99 - without.p99;
    return {
      passed: code === '1013' && growth < GROWTH_MB && slower < Math.max(2, 0.25 * without.p99),
      report:
        `closed with ${code}, after ${((lasted - GRACE_MS) / 1000).toFixed(1)} s; backend at most ` +
        `${(before / 1024 ** 2).toFixed(1)} MB without it, ${(during / 1024 ** 2).toFixed(1)} MB with it; the other ` +
        `reader's p50 and p99 ${without.p50.toFixed(1)} and ${without.p99.toFixed(1)} ms without it, ` +
        `${beside.p50.toFixed(1)} and ${beside.p99.toFixed(1)} ms with it`,
    };
  });
}

/** The most memory that the process has resident within a time, or until a condition holds, in bytes. */
async function peak(
  { pid }: BackendProcess,
  ms: number,
  until = () => Promise.resolve(false),
): Promise<number> {
  let most = 0;
  for (const end = Date.now() + ms; Date.now() < end && !(await until()); await sleep(100)) {
    const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(
      readFileSync(`/proc/${pid}/status`, 'utf8'),
    ) as RegExpExecArray;
    most = Math.max(most, Number(kb) * 1024);
  }
  return most;
}

/** Connections open, by the backend's own metrics. */
async function connections({ url }: BackendProcess): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^lapse_connections(?:{[^}]*})? (\d+)$/m.exec(text)?.[1]);
}
