import type { Evidence } from './evidence.js';
import type { Findings, Violation } from './check/findings.js';
import type { RunOptions } from './run.js';

/** How far around a violation its history is told, in ms. */
const AROUND_MS = 5_000;
const MOST_LINES = 80;
const LONGEST_LINE = 300;

/** What a run did and what the checker made of it, as text. */
export function report(
  { seed, ms, mode, backends }: RunOptions,
  evidence: Evidence,
  findings: Findings,
): string {
  const { logs, calls, faults, recordings } = evidence;
  const events = [...logs.values()].flatMap((log) => log.events);
  const lines = [
    `seed ${seed}, ${(ms / 60_000).toFixed(2)} minutes, mode ${mode}, ${backends} backends`,
    `calls     ${calls.length}: ${counts(calls.map(({ status }) => (status === undefined ? 'no answer' : status === 0 ? 'no connection' : String(status))))}`,
    `entries   ${events.filter(({ type }) => type === 'created').length}`,
    `events    ${events.length}: ${counts(events.map(({ type }) => type))}`,
    `delivered ${recordings.reduce((sum, { notes }) => sum + notes.filter(({ kind }) => kind === 'event').length, 0)} to ${recordings.length} subscribers`,
    `resumed   ${counts(recordings.flatMap(({ notes }) => notes.flatMap((note) => (note.kind === 'gap' ? ['gap'] : note.kind === 'subscribed' && note.after !== undefined ? [`recovered ${note.recovered}`] : []))))}`,
    `faults    ${faults.length}: ${counts(faults.map(({ kind }) => kind))}`,
    `promises  ${findings.tested.size}, tested ${[...findings.tested.values()].reduce((a, b) => a + b, 0)} times`,
    ...[...findings.tested].sort().map(([rule, times]) => `  ${String(times).padStart(8)}  ${rule}`),
    `violations ${findings.violations.length}: ${counts(findings.violations.map(({ rule }) => rule))}`,
  ];
  if (findings.first) lines.push(...tell(findings.first, evidence));
  return `${lines.join('\n')}\n`;
}

function counts(words: string[]): string {
  const by = new Map<string, number>();
  for (const word of words) by.set(word, (by.get(word) ?? 0) + 1);
  return [...by]
    .sort(([, a], [, b]) => b - a)
    .map(([word, times]) => `${times} ${word}`)
    .join(', ');
}

/** The first violation, and all that happened to its entry around then. */
function tell(
  { rule, cache, key, t, seen, subscriber }: Violation,
  { logs, calls, faults, recordings }: Evidence,
): string[] {
  const isNear = (time: number) => Math.abs(time - t) <= AROUND_MS;
  const concerns = (other?: string) => key === undefined || other === undefined || other === key;
  const moments: [number, string][] = [
    ...(logs.get(cache)?.events ?? [])
      .filter((event) => concerns(event.key))
      .map((event): [number, string] => [Date.parse(event.at), `event ${JSON.stringify(event)}`]),
    ...recordings
      .filter(({ name }) => name === subscriber)
      .flatMap(({ notes }) => notes.filter((note) => !('cache' in note) || note.cache === cache))
      .map(({ t: heard, ...note }): [number, string] => [heard, `heard ${JSON.stringify(note)}`]),
    ...(subscriber === undefined ? calls : [])
      .filter(
        (call) =>
          call.cache === cache &&
          (concerns(call.key) || call.operations?.some((operation) => concerns(operation.key))),
      )
      .map((call): [number, string] => [call.sent, `call  ${JSON.stringify(call)}`]),
    ...faults.map(({ kind, detail, from, to }): [number, string] => [
      from,
      `FAULT ${kind} ${detail} until ${time(to)}`,
    ]),
  ];
  const near = moments
    .filter(([at]) => isNear(at))
    .sort(([a], [b]) => Math.abs(a - t) - Math.abs(b - t))
    .slice(0, MOST_LINES)
    .sort(([a], [b]) => a - b);
  return [
    `first violation, at ${time(t)}: ${rule}`,
    `  cache ${cache}${key === undefined ? '' : `, key ${key}`}`,
    `  ${seen}`,
    'its history:',
    ...near.map(([at, line]) => `  ${time(at)} ${line.replaceAll(/x{5,}/g, 'x…').slice(0, LONGEST_LINE)}`),
  ];
}

function time(t: number): string {
  return Number.isFinite(t) ? new Date(t).toISOString().slice(11, 23) : String(t);
}
