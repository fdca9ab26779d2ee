import type { Received } from './clients/fleet.js';
import { eventFrame } from './fan-out.js';
import type { Bench } from './rig/bench.js';
import { now } from './rig/clock.js';
import { figure, times } from './rig/figure.js';
import { fill } from './rig/fill.js';
import { alternate, check, type Measured } from './rig/rounds.js';
import type { ServerProcess } from './rig/processes.js';
import type { Stand } from './rig/stand.js';

const CACHE = 'bench';
const HOUR_MS = 3_600_000;

export const resume: Bench = {
  about:
    'Subscribers that all come back at once and are replayed the log, up to the last event at the last of them. Against a ws server that reads the stream with XRANGE and sends it, message by message, to each.',
  async run(stand, scale) {
    const [subscribers, events] = [scale.pick(500, 50), scale.pick(10_000, 2_000)];
    const backend = await stand.backend(await stand.redis());
    await fill(backend.url, CACHE, events, (n) => ({ key: `k${n}`, ttlMs: HOUR_MS }));

    const other = await stand.redis();
    const redis = await other.connect();
    const frames = Array.from({ length: events }, (_, n) => eventFrame(n + 1));
    await Promise.all(frames.map((frame) => redis.sendCommand(['XADD', 'events', '*', 'e', frame])));
    const stream = await stand.baseline('stream-replay', other);

    const contenders = {
      lapse: () =>
        replay(stand, backend, backend.wsPort, subscribers, events, `?cache=${CACHE}&after=earliest`),
      stream: () => replay(stand, stream, stream.port, subscribers, events, ''),
    };
    const runs = await alternate(scale.rounds, contenders, 'resume');
    const common = { lapse: runs.lapse, baseline: { name: 'XRANGE and send', runs: runs.stream } };
    const name = `${subscribers} × ${events.toLocaleString('en')} events`;
    return [
      figure({
        ...common,
        name: `${name}, all done`,
        unit: 'ms',
        of: 'ms',
        better: 'less',
        target: times(5),
      }),
      figure({ ...common, name: `${name}, CPU of the server`, unit: 'ms', of: 'cpu', better: 'less' }),
    ];
  },
};

async function replay(
  stand: Stand,
  server: ServerProcess,
  port: number,
  subscribers: number,
  events: number,
  query: string,
): Promise<Measured> {
  const fleet = await stand.client('clients/fleet');
  try {
    await fleet.call('expect', { each: events, of: subscribers });
    const cpu = server.cpuMs;
    const start = now();
    await fleet.call('open', { port, path: `/ws${query}`, kind: 'lapse', count: subscribers });
    const received = await fleet.call<Received>('received', { patience: 120_000 });
    check(received.fault === undefined, received.fault ?? '');
    const wanted = subscribers * events;
    check(received.events === wanted, `${received.events} deliveries instead of ${wanted}`);
    return { ms: received.doneAt - start, cpu: server.cpuMs - cpu };
  } finally {
    await stand.stop(fleet);
  }
}
