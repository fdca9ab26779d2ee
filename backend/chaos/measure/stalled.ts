import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackendProcess } from '../backend-process.js';
import { StalledReader } from '../stalled-reader.js';
import { live, onStage, part, setPolicy } from './stage.js';

const CACHE = 'flood';
const RATE = { perSecond: 5_000, perCall: 50 };
const ROUNDS = 5;
const PHASE_MS = 10_000;
const GROWTH_MB = 5;
/** A server that closes waits this long for the answer before it cuts: who reads in time sees the code. */
const GRACE_MS = 3_000;

/** What a process has resident is then near to what it holds: V8 does not let much garbage gather first. */
const TIDY = ['--max-semi-space-size=1'];

interface Phase {
  peak: number;
  p50: number;
  p99: number;
}

/** A reader stops reading at 5,000 events a second: it is closed with 1013, costs little memory, and delays nobody. */
export function stalled(): Promise<{ passed: boolean; report: string }> {
  return onStage(
    1,
    async (backends) => {
      const backend = backends[0] as BackendProcess;
      await setPolicy(backend, CACHE, { history: 1_000 });
      await phase(backend);
      const lasted = await untilClosed(backend);
      const code = await codeSeen(backend, lasted);

      const without: Phase[] = [];
      const beside: Phase[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        without.push(await phase(backend));
        beside.push(await phase(backend, async () => void (await StalledReader.connect(backend, CACHE))));
      }
      const [alone, joined] = [medians(without), medians(beside)];
      const growth = joined.peak - alone.peak;
      const slower = joined.p99 - alone.p99;
      return {
        passed: code === '1013' && growth < GROWTH_MB && slower < Math.max(2, 0.25 * alone.p99),
        report:
          `closed with ${code}, after ${((lasted - GRACE_MS) / 1000).toFixed(1)} s; medians of ${ROUNDS} runs by turns: ` +
          `backend at most ${alone.peak.toFixed(1)} MB without it, ${joined.peak.toFixed(1)} MB with it; the other ` +
          `reader's p50 and p99 ${alone.p50.toFixed(1)} and ${alone.p99.toFixed(1)} ms without it, ` +
          `${joined.p50.toFixed(1)} and ${joined.p99.toFixed(1)} ms with it`,
      };
    },
    TIDY,
  );
}

/** The flood, read by one, and by whoever `join` brings. */
async function phase(backend: BackendProcess, join?: () => Promise<void>): Promise<Phase> {
  const { ready, result } = flood(backend, PHASE_MS);
  await ready;
  await join?.();
  const bytes = await peak(backend, PHASE_MS);
  return { ...(await result), peak: bytes / 1024 ** 2 };
}

/** How long it takes until a reader that stalls for good is gone, in ms. */
async function untilClosed(backend: BackendProcess): Promise<number> {
  const { ready, result } = flood(backend, 2 * PHASE_MS);
  await ready;
  const reader = await StalledReader.connect(backend, CACHE);
  const began = Date.now();
  while ((await connections(backend)) > 1 && Date.now() - began < 2 * PHASE_MS) await sleep(20);
  const lasted = Date.now() - began;
  await reader.end(1);
  await result;
  return lasted;
}

/** The close code that a reader sees when it reads again right after it was given up. */
async function codeSeen(backend: BackendProcess, lasted: number): Promise<string> {
  const { ready, result } = flood(backend, lasted + 2_000);
  await ready;
  const reader = await StalledReader.connect(backend, CACHE);
  await sleep(lasted - GRACE_MS / 2);
  const code = await reader.end(GRACE_MS);
  await result;
  return code;
}

function flood({ url, ws }: BackendProcess, ms: number) {
  return live({ url, ws, cache: CACHE, ...RATE, ms });
}

function medians(phases: Phase[]): Phase {
  const median = (of: keyof Phase) =>
    part(
      phases.map((one) => one[of]),
      0.5,
    );
  return { peak: median('peak'), p50: median('p50'), p99: median('p99') };
}

/** The most memory that the process has resident within a time, in bytes. */
async function peak({ pid }: BackendProcess, ms: number): Promise<number> {
  let most = 0;
  for (const end = Date.now() + ms; Date.now() < end; await sleep(50)) {
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
