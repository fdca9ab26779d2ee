import type { LapseEvent } from '@lapse/protocol';
import type { Findings } from './findings.js';
import { ABSENT, partsOf, type History, type State } from './history.js';
import type { Policies } from './policies.js';

/**
 * Reads a log from its beginning and follows every life in it: begun once, ended once, with the right type, reason, last
 * value and version, never before its deadline and never otherwise after it. The places of the log are dense.
 */
export function checkLives(history: History, policies: Policies, findings: Findings): void {
  const { events, log } = history;
  for (const [index, event] of events.entries()) {
    const broken = log.breaks.get(index);
    if (broken) interrupt(history, index, broken === 'lost');
    const previous = events[index - 1];
    if (previous && !broken) {
      findings.expect(partsOf(event.cursor).place === partsOf(previous.cursor).place + 1, {
        ...about(event),
        rule: 'a log is dense: one place after the other',
        seen: () => `${event.cursor} follows ${previous.cursor}`,
      });
    }
    if (event.type === 'cleared') clear(history, event, index, findings);
    else new Step(history, policies, findings, event, index).take();
  }
  if (log.breaks.has(events.length))
    interrupt(history, events.length, log.breaks.get(events.length) === 'lost');
}

function about({ cache, key, at }: LapseEvent) {
  return { cache, key, t: Date.parse(at) };
}

/** The log does not go on from where it was: what keys were meanwhile is not known, and afterwards perhaps. */
function interrupt(history: History, index: number, restored: boolean): void {
  const { from, to } = history.unclear(index);
  history.interruptions.push({ from, to });
  const isHole = history.log.breaks.get(index) === 'hole';
  if (isHole) history.strangersMayLive();
  for (const [key, states] of history.timelines) {
    const state = states.at(-1) as State;
    history.put(key, { ...state, uncertain: true, from, index: index - 1 });
    if (isHole) continue;
    history.put(key, restored ? { ...state, from: to } : { ...ABSENT, from: to, index: index - 1 });
  }
}

function clear(history: History, event: LapseEvent, index: number, findings: Findings): void {
  const at = Date.parse(event.at);
  const living = history.alive();
  const isCertain = [...history.timelines.values()].every((states) => !states.at(-1)?.uncertain);
  if (isCertain) {
    findings.expect(event.count === living.length, {
      ...about(event),
      rule: '`cleared` counts the lives that it ends',
      seen: () => `count ${event.count}, living ${living.map(([key]) => key).join(' ')}`,
    });
  }
  for (const [, state] of living) {
    findings.expect(state.deadline === null || state.deadline > at, {
      ...about(event),
      rule: '`cleared` ends no life that was past its deadline',
      seen: () => JSON.stringify(state),
    });
  }
  for (const key of history.timelines.keys()) history.put(key, { ...ABSENT, from: at, index });
}

/** One event, and the life that it belongs to. */
class Step {
  private readonly at: number;
  private readonly key: string;
  private readonly before: State;
  private readonly deadline: number | null;

  constructor(
    private readonly history: History,
    private readonly policies: Policies,
    private readonly findings: Findings,
    private readonly event: LapseEvent,
    private readonly index: number,
  ) {
    this.at = Date.parse(event.at);
    this.key = event.key as string;
    this.before = history.now(this.key);
    this.deadline = event.expiresAt === null ? null : Date.parse(event.expiresAt as string);
  }

  take(): void {
    const { type } = this.event;
    const begins = type === 'created';
    if (!this.before.uncertain) {
      this.expect(
        this.before.alive !== begins,
        'a life begins once and ends once: created first, one terminal event last',
      );
      if (!begins) this.continues();
    }
    if (type === 'expired') this.expires();
    if (begins || type === 'updated') this.writes();
    else if (type === 'renewed') this.renews();
    else this.history.put(this.key, { ...ABSENT, from: this.at, index: this.index });
  }

  private continues(): void {
    const { type, version, value } = this.event;
    const { before, at } = this;
    if (type !== 'updated') {
      this.expect(version === before.version, 'an event names the version of the last write');
    }
    if (type !== 'updated' && type !== 'renewed') {
      this.expect(JSON.stringify(value) === before.value, 'a terminal event carries the last value');
      this.expect(
        this.deadline === before.deadline || this.slid(),
        'a terminal event names the last deadline',
      );
    }
    const due = this.deadlineBefore();
    if (type !== 'expired') {
      this.expect(due === null || due > at, 'after its deadline a life ends as expired, in no other way');
    }
  }

  /** The deadline that the life had until this event; a use may have moved it since the log last told. */
  private deadlineBefore(): number | null {
    const { type } = this.event;
    const { before, at } = this;
    if (type === 'evicted' || type === 'deleted') return this.deadline;
    return this.policies.maySlide({ from: before.armed, to: at }) ? null : before.deadline;
  }

  private slid(): boolean {
    const { before, at, deadline } = this;
    if (!this.policies.maySlide({ from: before.armed, to: at })) return false;
    return deadline !== null && before.deadline !== null && deadline > before.deadline;
  }

  private expires(): void {
    const { deadline, at, event } = this;
    this.expect(deadline !== null && at >= deadline, 'nothing expires before its deadline');
    this.expect(event.lagMs === at - (deadline ?? 0), 'lagMs is at minus expiresAt');
  }

  private writes(): void {
    const { event, at, deadline, before, index } = this;
    this.expect(event.version === event.cursor, 'the version of a write is its cursor');
    const createdAt = event.type === 'created' ? at : before.uncertain ? undefined : before.createdAt;
    this.history.put(this.key, {
      from: at,
      index,
      alive: true,
      version: event.version as string,
      value: JSON.stringify(event.value),
      createdAt,
      updatedAt: at,
      deadline,
      ttl: deadline === null ? null : deadline - at,
      armed: at,
    });
  }

  private renews(): void {
    const { at, deadline, index } = this;
    this.expect(['request', 'use'].includes(this.event.reason ?? ''), 'a renewal says why');
    const { uncertain: _, ...before } = this.before;
    if (this.before.uncertain) return;
    const ttl = deadline === null ? null : deadline - at;
    this.history.put(this.key, { ...before, alive: true, from: at, index, deadline, ttl, armed: at });
  }

  private expect(holds: boolean, rule: string): void {
    const { event, before } = this;
    this.findings.expect(holds, {
      ...about(event),
      rule,
      seen: () => `${JSON.stringify(event)} after ${JSON.stringify(before)}`,
    });
  }
}
