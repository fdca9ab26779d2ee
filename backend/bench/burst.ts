import type { Bench } from './rig/bench.js';
import { atMost, figure } from './rig/figure.js';
import { KeyspaceUnderExpiry, LapseUnderExpiry } from './rig/expiry.js';
import { alternate } from './rig/rounds.js';

/** How many entries share one deadline. */
const DUE = 10_000;

export const burst: Bench = {
  about: `${DUE.toLocaleString('en')} entries due at the same moment, many others live; deadline → frame parsed by a ws client. Against keyspace notifications passed to ws.`,
  async run(stand, scale) {
    const live = scale.pick(1_000_000, 20_000);
    const lapse = await LapseUnderExpiry.start(stand, live);
    const keyspace = await KeyspaceUnderExpiry.start(stand, live);
    const deadlines = { count: DUE, perSecond: Infinity };
    const contenders = { lapse: () => lapse.expire(deadlines), keyspace: () => keyspace.expire(deadlines) };
    const runs = await alternate(scale.rounds, contenders, 'burst');
    const common = { unit: 'ms', better: 'less', lapse: runs.lapse } as const;
    const baseline = { name: 'keyspace', runs: runs.keyspace };
    const name = `with ${live.toLocaleString('en')} live`;
    return [
      figure({
        ...common,
        name: `${name}, first deadline → last frame`,
        of: 'last',
        baseline,
        target: atMost(300, 'ms'),
      }),
      figure({ ...common, name: `${name}, p50`, of: 'p50', baseline }),
      figure({ ...common, name: `${name}, delivered`, unit: '%', better: 'more', of: 'delivered', baseline }),
    ];
  },
};
