import type { Fault, Recording, StalledRead } from '../evidence.js';
import type { Findings } from './findings.js';

/** Half of all deliveries are quicker than this, faults or not: events are pushed, not fetched now and then. */
const HALF_WITHIN_MS = 100;

/** While a reader stalls, and nothing else is broken, half of all others' are quicker than this, on however busy a machine. */
const OTHERS_WITHIN_MS = 1_000;

/** What a stalled reader gets to see: the close code, or nothing but the end of the connection. */
const LET_GO = ['1013', 'cut'];

/** That events are pushed at once, and that who reads too slowly is let go and delays nobody else. */
export function checkDelays(
  recordings: readonly Recording[],
  faults: readonly Fault[],
  stalled: readonly StalledRead[],
  findings: Findings,
): void {
  const stalls = faults.filter(({ kind }) => kind === 'reader stalled');
  const all: number[] = [];
  const during = stalls.map((): number[] => []);
  for (const note of recordings.flatMap(({ notes }) => notes)) {
    if (note.kind !== 'event') continue;
    const at = Date.parse((JSON.parse(note.text) as { at: string }).at);
    all.push(note.t - at);
    for (const [i, { from, to }] of stalls.entries()) {
      if (at >= from && note.t <= to) during[i]!.push(note.t - at);
    }
  }
  const judge = (rule: string, holds: boolean, t: number, seen: string) =>
    findings.expect(holds, { rule, cache: '*', t, seen: () => seen });

  const half = part(all, 0.5);
  judge('half of all events arrive within 100 ms', half <= HALF_WITHIN_MS, Date.now(), `median ${half} ms`);
  for (const [i, delays] of during.entries()) {
    const most = part(delays, 0.5);
    judge(
      'a stalled reader delays nobody else',
      most <= OTHERS_WITHIN_MS,
      stalls[i]!.from,
      `median ${most} ms`,
    );
  }
  for (const { t, end } of stalled) judge('a stalled reader is let go', LET_GO.includes(end), t, end);
}

/** The value that a part of all lie at or below; 0 of none. */
function part(values: number[], share: number): number {
  const sorted = values.sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
