import type { LapseEvent } from '@lapse/protocol';
import type { Call } from '../evidence.js';
import type { Findings } from './findings.js';
import { outcomeOf, spanOf } from './outcome.js';

interface Use {
  /** Place in the log of the last event that used it. */
  index: number;
  at: number;
}

/**
 * Who is evicted is the least recently used, and nobody while another is past its deadline. Uses are writes and
 * renewals, which the log has in order, and reads, which the callers have: a read is surely after what it was sent
 * after.
 */
export function checkEvictions(
  cache: string,
  events: readonly LapseEvent[],
  broken: boolean,
  calls: readonly Call[],
  findings: Findings,
): void {
  if (broken) return;
  const reads = readsByKey(calls);
  const living = new Map<string, Use & { deadline: number | null }>();
  for (const [index, event] of events.entries()) {
    const { type, key = '' } = event;
    const at = Date.parse(event.at);
    if (type === 'evicted') {
      const victim = living.get(key);
      living.delete(key);
      if (victim) judge({ ...victim, key, event, reads, living, findings, cache });
    } else if (type === 'cleared') living.clear();
    else if (type === 'expired' || type === 'deleted') living.delete(key);
    else {
      const deadline = event.expiresAt ? Date.parse(event.expiresAt) : null;
      living.set(key, { index, at, deadline });
    }
  }
}

interface Case extends Use {
  cache: string;
  key: string;
  event: LapseEvent;
  reads: Map<string, Call[]>;
  living: Map<string, Use & { deadline: number | null }>;
  findings: Findings;
}

function judge({ cache, key, index, at, event, reads, living, findings }: Case): void {
  const t = Date.parse(event.at);
  // The latest moment at which the victim was surely used: a read that found it was over by then, and began after.
  const used = (reads.get(key) ?? [])
    .filter((call) => outcomeOf(call) === 'done' && call.sent > at && spanOf(call).to < t)
    .reduce((latest, call) => Math.max(latest, call.sent), -Infinity);
  for (const [other, { index: otherIndex, at: otherAt }] of living) {
    const mayBeUsed = (reads.get(other) ?? []).some((call) => {
      const { from, to } = spanOf(call);
      return outcomeOf(call) !== 'refused' && from <= t && to >= Math.max(used, at);
    });
    if (mayBeUsed) continue;
    const isOlder = used > -Infinity ? otherAt < used : otherIndex < index;
    findings.expect(!isOlder, {
      rule: 'the least recently used is evicted',
      cache,
      key,
      t,
      seen: () =>
        `${JSON.stringify(event)}, used at ${Math.max(used, at)}; ${other} was not used since ${otherAt}`,
    });
  }
}

function readsByKey(calls: readonly Call[]): Map<string, Call[]> {
  const reads = new Map<string, Call[]>();
  for (const call of calls) {
    if (call.verb !== 'get') continue;
    const key = call.key as string;
    const list = reads.get(key);
    if (list) list.push(call);
    else reads.set(key, [call]);
  }
  return reads;
}
