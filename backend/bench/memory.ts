import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Scale } from './rig/bench.js';
import { atMost, figure, type Figure } from './rig/figure.js';
import { describe, fill } from './rig/fill.js';
import { fillBare, info } from './rig/raw-redis.js';
import { alternate, check, type Measured } from './rig/rounds.js';
import { Stand } from './rig/stand.js';

const CACHE = 'bench';
const HOUR_MS = 3_600_000;
const MIB = 2 ** 20;

/** Time for a process to come to rest after work. */
const REST_MS = 3_000;

export const memory: Bench = {
  about:
    'Bytes in Redis for an entry of 60 bytes with a deadline, against SET PX of the same key and value; resident memory of a backend that does nothing, that holds idle sockets, and whose Redis holds many entries.',
  async run(_stand, scale) {
    return [...(await inRedis(scale)), ...(await inBackend(scale))];
  },
};

async function inRedis(scale: Scale): Promise<Figure[]> {
  const entries = scale.pick(1_000_000, 20_000);
  const runs = await alternate(
    scale.rounds,
    {
      lapse: () => alone((stand) => lapse(stand, entries)),
      bare: () => alone((stand) => bare(stand, entries)),
    },
    'memory',
  );
  const baseline = { name: 'SET PX', runs: runs.bare };
  const target = { by: 'ratio', says: '≤ 2.5 of raw', holds: (ratio: number) => 1 / ratio <= 2.5 } as const;
  const name = `Redis, ${entries.toLocaleString('en')} entries, each`;
  return [figure({ name, unit: 'B', of: 'bytes', better: 'less', lapse: runs.lapse, baseline, target })];
}

/** The log is left out: it is bounded by `history`, not by the number of entries. */
async function lapse(stand: Stand, entries: number): Promise<Measured> {
  const server = await stand.redis();
  const [redis, backend] = [await server.connect(), await stand.backend(server)];
  await setPolicy(backend.url);
  await sleep(500);
  const before = await info(redis, 'used_memory');
  await fill(backend.url, CACHE, entries, (n) => ({ key: `live:${n}`, ttlMs: HOUR_MS }));
  await sleep(500);
  const bytes = (await info(redis, 'used_memory')) - before;
  const held = (await describe(backend.url, CACHE)).entries;
  check(held === entries, `${held} of ${entries} entries are held`);
  return { bytes: bytes / entries };
}

async function setPolicy(url: string): Promise<void> {
  const response = await fetch(`${url}/api/v1/caches/${CACHE}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ history: 0 }),
  });
  if (!response.ok) throw new Error(`no policy: ${response.status}`);
}

async function bare(stand: Stand, entries: number): Promise<Measured> {
  const redis = await (await stand.redis()).connect();
  const before = await info(redis, 'used_memory');
  await fillBare(redis, entries);
  await sleep(500);
  return { bytes: ((await info(redis, 'used_memory')) - before) / entries };
}

async function inBackend(scale: Scale): Promise<Figure[]> {
  const [sockets, entries] = [scale.pick(10_000, 1_000), scale.pick(1_000_000, 20_000)];
  const { lapse } = await alternate(
    scale.rounds,
    { lapse: () => alone((stand) => residents(stand, sockets, entries)) },
    'memory of the backend',
  );
  const common = { unit: 'MiB', better: 'less', lapse } as const;
  const [many, full] = [sockets.toLocaleString('en'), entries.toLocaleString('en')];
  return [
    figure({ ...common, name: 'backend, idle', of: 'idle', target: atMost(150, 'MiB') }),
    figure({
      ...common,
      name: `backend started beside ${full} entries`,
      of: 'beside',
      target: atMost(150, 'MiB'),
    }),
    figure({ ...common, name: `backend with ${many} idle sockets`, of: 'crowded' }),
    figure({
      ...common,
      name: 'each of these sockets',
      unit: 'KiB',
      of: 'socket',
      target: atMost(12, 'KiB'),
    }),
  ];
}

async function residents(stand: Stand, sockets: number, entries: number): Promise<Measured> {
  const server = await stand.redis();
  const backend = await stand.backend(server);
  await sleep(REST_MS);
  const idle = backend.residentBytes;
  const fleet = await stand.client('clients/fleet');
  const path = `/ws?cache=${CACHE}`;
  await fleet.call('open', { port: backend.wsPort, path, kind: 'lapse', count: sockets });
  await sleep(REST_MS);
  const crowded = backend.residentBytes;
  await stand.stop(fleet);
  await fill(backend.url, CACHE, entries, (n) => ({ key: `live:${n}`, ttlMs: HOUR_MS }));
  const other = await stand.backend(server);
  await sleep(REST_MS);
  return {
    idle: idle / MIB,
    crowded: crowded / MIB,
    socket: (crowded - idle) / sockets / 1024,
    beside: other.residentBytes / MIB,
  };
}

/** On a stand of its own, so that nothing of one run is left for the next. */
async function alone(run: (stand: Stand) => Promise<Measured>): Promise<Measured> {
  const stand = new Stand();
  try {
    return await run(stand);
  } finally {
    await stand.end();
  }
}
