import type { Call, Evidence } from '../evidence.js';
import { CallCheck } from './calls.js';
import { checkDelays } from './delays.js';
import { DeliveryCheck } from './deliveries.js';
import { checkEvictions } from './evictions.js';
import { Findings } from './findings.js';
import { History } from './history.js';
import { ListCheck } from './lists.js';
import { checkLives } from './lives.js';
import { Policies } from './policies.js';
import { checkPunctuality } from './punctuality.js';

/** Proves or refutes, from what a run recorded and nothing else, that every promise was kept. */
export function check(evidence: Evidence): Findings {
  const findings = new Findings();
  const { logs, calls, recordings, faults, finals } = evidence;
  const histories = new Map<string, History>();
  const forgetful = faults.filter(
    ({ kind }) => kind === 'redis killed after a snapshot' || kind === 'redis wiped',
  );
  for (const [cache, log] of logs) {
    const own = calls.filter((call) => call.cache === cache);
    const history = new History(cache, log, faults);
    const policies = new Policies(own, log.events, forgetful);
    histories.set(cache, history);
    checkLives(history, policies, findings);
    new CallCheck(history, policies, findings, forgetful, own).run();
    const excused = ({ sent, answered = Infinity }: Call) =>
      forgetful.some(({ from, to }) => from <= answered && sent <= to);
    const lists = new ListCheck(history, policies, findings, excused);
    lists.calls(own);
    lists.finals(finals.filter((read) => read.cache === cache));
    checkEvictions(cache, log.events, log.breaks.size > 0, own, findings);
    checkPunctuality(cache, log.events, evidence, findings);
    if (forgetful.length > 0) continue;
    for (const [index, kind] of log.breaks) {
      findings.expect(kind === 'hole' && log.history < 1_000, {
        rule: 'a log loses nothing while Redis keeps its data',
        cache,
        t: Date.parse(log.events[index]?.at ?? log.events.at(-1)!.at),
        seen: () => `${kind} before place ${index}`,
      });
    }
  }
  for (const recording of recordings)
    new DeliveryCheck(recording, histories, findings, forgetful.length > 0).run();
  checkDelays(recordings, faults, evidence.stalled, findings);
  return findings;
}
