import { runEtcd } from './baselines/etcd-leases.js';
import type { Bench } from './rig/bench.js';
import { atMost, figure, type Figure } from './rig/figure.js';
import { KeyspaceUnderExpiry, LapseUnderExpiry } from './rig/expiry.js';
import { alternate } from './rig/rounds.js';
import { Stand } from './rig/stand.js';

const PER_SECOND = 1_000;

/** From the deadline to the frame that a WebSocket client has parsed, with ever more entries that are not due. */
export const lag: Bench = {
  about: `${PER_SECOND} expiries a second, evenly spread; deadline → frame parsed by a ws client. Against keyspace notifications passed to ws; etcd: 1,000 leases, one a key.`,
  async run(_stand, scale) {
    const figures: Figure[] = [];
    for (const live of scale.pick([0, 10_000, 100_000, 1_000_000], [0, 10_000])) {
      const stand = new Stand();
      try {
        const lapse = await LapseUnderExpiry.start(stand, live);
        const keyspace = await KeyspaceUnderExpiry.start(stand, live);
        const seconds = scale.pick(live >= 1_000_000 ? 20 : 5, 2);
        const deadlines = { count: PER_SECOND * seconds, perSecond: PER_SECOND };
        const contenders = {
          lapse: () => lapse.expire(deadlines),
          keyspace: () => keyspace.expire(deadlines),
        };
        const runs = await alternate(scale.rounds, contenders, `lag with ${live} live`);
        const common = { unit: 'ms', better: 'less', lapse: runs.lapse } as const;
        const baseline = { name: 'keyspace', runs: runs.keyspace };
        const name = `${live.toLocaleString('en')} live`;
        figures.push(
          figure({ ...common, name: `${name}, p50`, of: 'p50', baseline, target: atMost(2, 'ms') }),
          figure({ ...common, name: `${name}, p99`, of: 'p99', baseline, target: atMost(5, 'ms') }),
          figure({
            ...common,
            name: `${name}, delivered`,
            unit: '%',
            better: 'more',
            of: 'delivered',
            baseline,
          }),
        );
      } finally {
        await stand.end();
      }
    }
    return [...figures, ...(await etcd(scale.rounds, scale.pick(1_000, 200)))];
  },
};

/** Beside it what etcd does, whose leases are the other way that people are told of an end. */
async function etcd(rounds: number, leases: number): Promise<Figure[]> {
  const stand = new Stand();
  try {
    const [lapse, etcd] = [await LapseUnderExpiry.start(stand, 0), await runEtcd(stand)];
    const contenders = {
      lapse: () => lapse.expire({ count: leases, perSecond: PER_SECOND }),
      etcd: () => etcd(leases),
    };
    const runs = await alternate(rounds, contenders, 'lag beside etcd');
    return (['p50', 'p99'] as const).map((of) =>
      figure({
        name: `${leases.toLocaleString('en')} in all, ${of}`,
        unit: 'ms',
        of,
        better: 'less',
        lapse: runs.lapse,
        baseline: { name: 'etcd', runs: runs.etcd },
      }),
    );
  } finally {
    await stand.end();
  }
}
