import { setTimeout as sleep } from 'node:timers/promises';
import type { Received } from './clients/fleet.js';
import type { Bench, Scale } from './rig/bench.js';
import { now } from './rig/clock.js';
import { figure, times, type Figure } from './rig/figure.js';
import { VALUE } from './rig/fill.js';
import type { ClientProcess, ServerProcess } from './rig/processes.js';
import type { RawRedis } from './rig/raw-redis.js';
import { alternate, check, type Measured } from './rig/rounds.js';
import { percentiles, percentile } from './rig/spread.js';
import type { BackendProcess, Stand } from './rig/stand.js';

const CACHE = 'bench';
const HOUR_MS = 3_600_000;

/** Events that are made together, ten milliseconds apart, for 1,000 a second. */
const AT_ONCE = 10;
const EVERY_MS = 10;

/** Somebody who passes events on to all sockets. */
interface Contender {
  server: ServerProcess;
  path: string;
  port: number;
  kind: 'lapse' | 'socket.io';
  /** Makes some events at once; each carries when that was. */
  emit(count: number): Promise<unknown>;
}

export const fanOut: Bench = {
  about:
    'Events to many sockets, one at a time and 1,000 a second. Against a bare ws loop and a Socket.IO room, both fed by a Redis channel with messages of the same bytes. Deliveries a second of the server process’s CPU: the clients share the machine.',
  async run(stand, scale) {
    const contenders = {
      lapse: await lapse(stand),
      'ws loop': await channel(stand, 'ws-loop', 'lapse', '/ws'),
      'Socket.IO': await channel(
        stand,
        'socket-io-room',
        'socket.io',
        '/socket.io/?EIO=4&transport=websocket',
      ),
    };
    const figures: Figure[] = [];
    for (const sockets of scale.pick([1_000, 5_000], [200])) {
      const run = (how: typeof single) => {
        const runs = (name: keyof typeof contenders) => () =>
          withFleet(stand, contenders[name], sockets, scale, how);
        return { lapse: runs('lapse'), loop: runs('ws loop'), io: runs('Socket.IO') };
      };
      const name = `${sockets.toLocaleString('en')} sockets`;
      const one = await alternate(scale.rounds, run(single), `fan-out, single, ${name}`);
      const many = await alternate(scale.rounds, run(stream), `fan-out, 1,000/s, ${name}`);
      const rows = [
        [`${name}, one event at a time`, one, 1.1],
        [`${name}, 1,000 events/s`, many, 4],
      ] as const;
      for (const [what, { lapse, loop, io }, least] of rows) {
        const rate = { unit: 'deliveries/CPU s', of: 'perCpuSecond', better: 'more', lapse } as const;
        const loopRuns = { name: 'ws loop', runs: loop };
        const ioRuns = { name: 'Socket.IO', runs: io };
        figures.push(
          figure({ ...rate, name: what, baseline: loopRuns, target: times(least) }),
          figure({ ...rate, name: what, baseline: ioRuns, target: times(3) }),
          figure({ ...rate, name: `${what}, wall`, unit: '/s', of: 'perSecond', baseline: loopRuns }),
          figure({
            name: `${what}, p99 delivery`,
            unit: 'ms',
            of: 'p99',
            better: 'less',
            lapse,
            baseline: loopRuns,
          }),
        );
      }
    }
    return figures;
  },
};

/** Opens the sockets for one run, so that no contender carries them while another is measured. */
async function withFleet(
  stand: Stand,
  contender: Contender,
  sockets: number,
  scale: Scale,
  how: typeof single,
): Promise<Measured> {
  const fleet = await stand.client('clients/fleet');
  try {
    const { port, path, kind } = contender;
    await fleet.call('open', { port, path, kind, count: sockets });
    await fleet.call('expect', { each: 1 });
    await sleep(200);
    await contender.emit(1);
    await receive(fleet, sockets);
    return await how(contender, fleet, sockets, scale);
  } finally {
    await stand.stop(fleet);
    await sleep(300);
  }
}

/** One event at a time: the next when every socket has the last. */
async function single(
  contender: Contender,
  fleet: ClientProcess,
  sockets: number,
  scale: Scale,
): Promise<Measured> {
  const events = scale.pick(Math.ceil(100_000 / sockets), 20);
  const took: number[] = [];
  const latencies: number[] = [];
  const cpu = contender.server.cpuMs;
  for (let i = 0; i < events; i++) {
    await fleet.call('expect', { each: 1 });
    const start = now();
    await contender.emit(1);
    const received = await receive(fleet, sockets);
    took.push(received.doneAt - start);
    latencies.push(...received.latencies);
  }
  const cpuMs = contender.server.cpuMs - cpu;
  const wall = percentile(
    [...took].sort((a, b) => a - b),
    0.5,
  );
  return {
    perCpuSecond: (events * sockets * 1_000) / cpuMs,
    perSecond: (sockets * 1_000) / wall,
    p99: percentiles(latencies).p99,
  };
}

/** 1,000 events a second, whether the server keeps up or not, until all have everything. */
async function stream(
  contender: Contender,
  fleet: ClientProcess,
  sockets: number,
  scale: Scale,
): Promise<Measured> {
  const events = scale.pick(Math.ceil(1_000_000 / sockets), 200);
  await fleet.call('expect', { each: events });
  const cpu = contender.server.cpuMs;
  const start = now();
  const emitted: Promise<unknown>[] = [];
  for (let i = 0; i < events / AT_ONCE; i++) {
    emitted.push(contender.emit(AT_ONCE));
    await sleep(Math.max(0, start + (i + 1) * EVERY_MS - now()));
  }
  await Promise.all(emitted);
  const received = await receive(fleet, sockets * events);
  const deliveries = sockets * events;
  return {
    perCpuSecond: (deliveries * 1_000) / (contender.server.cpuMs - cpu),
    perSecond: (deliveries * 1_000) / (received.doneAt - start),
    p99: percentiles(received.latencies).p99,
  };
}

async function receive(fleet: ClientProcess, wanted: number): Promise<Received> {
  const received = await fleet.call<Received>('received', { patience: 60_000 });
  check(received.fault === undefined, received.fault ?? '');
  check(received.events === wanted, `${received.events} deliveries instead of ${wanted}`);
  return received;
}

async function lapse(stand: Stand): Promise<Contender> {
  const server: BackendProcess = await stand.backend(await stand.redis());
  const post = async (operations: object[]) => {
    const response = await fetch(`${server.url}/api/v1/caches/${CACHE}/entries/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ operations }),
    });
    await response.arrayBuffer();
  };
  const set = (_: unknown, n: number) => ({
    op: 'set',
    key: `${(now() + n / 1_000).toFixed(3)}`,
    value: VALUE,
    ttlMs: HOUR_MS,
  });
  return {
    server,
    port: server.wsPort,
    path: `/ws?cache=${CACHE}&types=created,updated`,
    kind: 'lapse',
    emit: (count) => post(Array.from({ length: count }, set)),
  };
}

/** A baseline that passes on what comes over a Redis channel. */
async function channel(
  stand: Stand,
  name: string,
  kind: Contender['kind'],
  path: string,
): Promise<Contender> {
  const redis = await stand.redis();
  const publisher: RawRedis = await redis.connect();
  const server = await stand.baseline(name, redis);
  let seq = 0;
  return {
    server,
    port: server.port,
    path,
    kind,
    emit: (count) =>
      Promise.all(Array.from({ length: count }, () => publisher.publish('events', eventFrame(++seq)))),
  };
}

/** What Lapse sends for an event, so that all send the same bytes. */
export function eventFrame(seq: number): string {
  const cursor = `m2k8x0q4z1k-${seq}`;
  const at = new Date().toISOString();
  const event = {
    cursor,
    type: 'created',
    cache: CACHE,
    key: now().toFixed(3),
    value: VALUE,
    version: cursor,
    expiresAt: at,
    at,
  };
  return JSON.stringify({ type: 'event', event });
}
