import type { BatchResult, Entry, LapseEvent } from '@lapse/protocol';
import type { Call, Fault, Span } from '../evidence.js';
import type { Findings } from './findings.js';
import type { History, State } from './history.js';
import { match, type Claim } from './matching.js';
import { outcomeOf, spanOf, type Outcome } from './outcome.js';
import type { Policies } from './policies.js';

/** One operation on one key: a call, or a part of a batch. */
interface Operation {
  verb: string;
  key: string;
  by?: string;
  ttlMs?: number | null;
  ifMatch?: string;
  status?: number;
  outcome: Outcome;
  entry?: Entry;
  span: Span;
  call: Call;
}

/**
 * Holds every answer against the log. What was answered is true at some moment between request and answer: what was
 * done is in the log, at that moment and once; what was read was so; what was refused had reason to be. And what is in
 * the log was asked for by somebody.
 */
export class CallCheck {
  private readonly operations: Operation[];
  /** When events may have come to the log and gone again unread. */
  private readonly holes: Span[];
  private readonly byAuthor = new Map<string, LapseEvent[]>();

  constructor(
    private readonly history: History,
    private readonly policies: Policies,
    private readonly findings: Findings,
    private readonly forgetful: readonly Fault[],
    private readonly calls: readonly Call[],
  ) {
    this.operations = calls.flatMap(operationsOf);
    const { breaks } = history.log;
    this.holes = [...breaks.keys()]
      .filter((at) => breaks.get(at) === 'hole')
      .map((at) => history.unclear(at));
    for (const event of history.events) {
      const by = authorOf(event);
      if (by === undefined) continue;
      this.byAuthor.set(by, [...(this.byAuthor.get(by) ?? []), event]);
    }
  }

  run(): void {
    for (const call of this.calls) {
      this.expect(call, call.status !== 500, 'no call ends in an internal error');
    }
    for (const operation of this.operations) this.check(operation);
    this.checkAuthors();
    this.checkNameless('renewed', 'request', ['renew', 'batch renew']);
    this.checkNameless('deleted', 'request', ['delete', 'batch delete']);
    this.checkNameless('deleted', 'take', ['take']);
    this.checkClears();
  }

  private check(operation: Operation): void {
    const { verb, outcome, status } = operation;
    if (outcome === 'refused') this.refusal(operation);
    if (outcome !== 'done') return;
    if (verb === 'get' || verb === 'peek') this.read(operation);
    else if (operation.by !== undefined) this.write(operation, status === 201);
    else if (verb === 'take') this.taken(operation);
  }

  /** A read: the entry was so, then, by Redis's own clock. */
  private read({ call, key, entry, span, verb }: Operation): void {
    const { expiresAt, ttlMs, version, value, createdAt, updatedAt } = entry as Entry;
    const then = expiresAt === null ? span : moment(Date.parse(expiresAt) - (ttlMs as number));
    this.expect(call, ttlMs === null || ttlMs > 0, 'no read returns an entry after its deadline');
    this.expect(
      call,
      span.from <= then.from && then.to <= span.to,
      'a read tells how it was when it was asked',
    );
    const slides = this.policies.maySlide({ from: this.armed(key, then), to: then.to });
    const fits = (state: State) =>
      state.version === version &&
      state.value === JSON.stringify(value) &&
      isSame(state.createdAt, createdAt) &&
      state.updatedAt === Date.parse(updatedAt) &&
      (slides || state.deadline === (expiresAt === null ? null : Date.parse(expiresAt)));
    const holds = this.history.mayBeAlive(key, then, fits, slides);
    this.expect(call, holds, `a ${verb} returns the entry as the log has it`, () => this.around(key, then));
  }

  private armed(key: string, span: Span): number {
    return Math.min(span.from, ...this.history.states(key, span).map(({ armed }) => armed));
  }

  /** A write: its event is in the log, where the answer says. */
  private write({ call, key, by, entry, span, ifMatch }: Operation, created: boolean): void {
    const { version, expiresAt, createdAt, updatedAt } = entry as Entry;
    const index = this.history.indexOf.get(version);
    const event = index === undefined ? undefined : this.history.events[index];
    if (!event) {
      this.expect(call, this.excused(span), 'what was acknowledged is in the log');
      return;
    }
    const at = Date.parse(event.at);
    const asAnswered =
      event.key === key &&
      authorOf(event) === by &&
      event.type === (created ? 'created' : 'updated') &&
      event.expiresAt === expiresAt &&
      Date.parse(updatedAt) === at;
    this.expect(call, asAnswered, 'what was acknowledged is in the log as answered', () =>
      JSON.stringify(event),
    );
    this.expect(call, span.from <= at && at <= span.to, 'a write happens between request and answer');
    const before = this.history.timelines.get(key)?.findLast((state) => state.index < (index as number));
    if (before?.uncertain || !event) return;
    this.expect(call, created || isSame(before?.createdAt, createdAt), 'a replaced entry keeps its birth');
    if (ifMatch === undefined) return;
    this.expect(call, before?.version === ifMatch, 'If-Match replaces that version only', () =>
      JSON.stringify(before),
    );
  }

  private taken({ call, key, entry, span }: Operation): void {
    const { version, value } = entry as Entry;
    const ends = this.history.events.filter((event) => event.version === version && event.type === 'deleted');
    const one = ends.length === 1 && ends[0]!.reason === 'take' && ends[0]!.key === key;
    if (ends.length === 0 && this.excused(span)) return;
    const same = one && JSON.stringify(ends[0]!.value) === JSON.stringify(value);
    this.expect(call, same, 'a take gets the last value, and the log says so once', () =>
      JSON.stringify(ends),
    );
  }

  private refusal({ call, key, verb, status, span, ifMatch }: Operation): void {
    const around = () => this.around(key, span);
    if (status === 404) {
      const holds = this.history.mayBeAbsent(key, span);
      this.expect(call, holds, `a ${verb} that finds nothing has nothing to find`, around);
    } else if (status === 409) {
      const slides = this.policies.maySlide({ from: this.armed(key, span), to: span.to });
      const holds = this.history.mayBeAlive(key, span, () => true, slides);
      this.expect(call, holds, 'a create is refused only for a living entry', around);
    } else if (status === 412) {
      const others = this.history.mayBeAlive(key, span, ({ version }) => version !== ifMatch, true);
      const holds = others || this.history.mayBeAbsent(key, span);
      this.expect(call, holds, 'If-Match is refused only for another version', around);
    } else {
      const mayBound = this.policies.within(span).some(({ maxTtlMs }) => maxTtlMs);
      this.expect(call, status === 422 && mayBound, 'nothing is refused without a reason');
    }
  }

  /** Every written value is of a call that may have written it, and was written once. */
  private checkAuthors(): void {
    const authors = new Map(
      this.operations.filter(({ by }) => by).map((operation) => [operation.by, operation]),
    );
    for (const [by, events] of this.byAuthor) {
      const operation = authors.get(by);
      const [first] = events as [LapseEvent];
      const at = Date.parse(first.at);
      const asked =
        operation !== undefined &&
        mayBeDone(operation.outcome) &&
        operation.key === first.key &&
        operation.span.from <= at &&
        at <= operation.span.to;
      this.findings.expect(asked && events.length === 1, {
        rule: 'what is in the log was asked for, and is there once',
        cache: this.history.cache,
        key: first.key,
        t: at,
        seen: () => `${JSON.stringify(events)} of ${JSON.stringify(operation?.call)}`,
      });
    }
  }

  /** Renewals and removals name no author: each is paired with a call whose span it lies in. */
  private checkNameless(type: string, reason: string, verbs: string[]): void {
    const events = this.history.events.filter((event) => event.type === type && event.reason === reason);
    const claims = this.operations.filter(({ verb, outcome }) => verbs.includes(verb) && mayBeDone(outcome));
    const keys = new Set([...events, ...claims].map(({ key }) => key as string));
    for (const key of keys) {
      const ofKey = <T extends { key?: string }>(all: T[]) => all.filter((each) => each.key === key);
      this.pair(`${type}, ${reason}`, key, ofKey(events), ofKey(claims));
    }
  }

  private checkClears(): void {
    const claims = this.calls
      .filter(({ verb }) => verb === 'clear')
      .map((call): Operation => {
        return { verb: 'clear', key: '', outcome: outcomeOf(call), span: spanOf(call), call };
      })
      .filter(({ outcome }) => mayBeDone(outcome));
    this.pair(
      'cleared',
      '',
      this.history.events.filter(({ type }) => type === 'cleared'),
      claims,
    );
  }

  private pair(what: string, key: string, events: LapseEvent[], operations: Operation[]): void {
    const claims = operations.map((operation): Claim & { operation: Operation } => {
      return {
        ...operation.span,
        sure: operation.outcome === 'done' && !this.excused(operation.span),
        operation,
      };
    });
    const { unclaimed, unmet } = match(
      events.map((event) => ({ at: Date.parse(event.at), event })),
      claims,
    );
    for (const { operation } of claims) {
      const isMet = !unmet.some((claim) => claim.operation === operation);
      this.expect(operation.call, isMet, `what was acknowledged is in the log (${what})`, () =>
        this.around(key, operation.span),
      );
    }
    for (const { event, at } of unclaimed) {
      this.findings.expect(false, {
        rule: `what is in the log was asked for (${what})`,
        cache: this.history.cache,
        key,
        t: at,
        seen: () => JSON.stringify(event),
      });
    }
  }

  /** Whether Redis may have forgotten what was done then. */
  private excused({ from, to }: Span): boolean {
    return [...this.forgetful, ...this.holes].some((span) => span.from <= to && from <= span.to);
  }

  private around(key: string, span: Span): string {
    return this.history
      .states(key, span)
      .map((state) => JSON.stringify(state))
      .join('\n    ');
  }

  private expect(call: Call, holds: boolean, rule: string, more = () => ''): void {
    const { cache, key, sent: t } = call;
    this.findings.expect(holds, {
      rule,
      cache,
      key,
      t,
      seen: () => `${JSON.stringify(call)}\n    ${more()}`,
    });
  }
}

/** Whether a birth is as the log has it, where that can be known: the log may begin in the middle of a life. */
export function isSame(logged: number | undefined, told: string): boolean {
  return logged === undefined || logged === Date.parse(told);
}

/** Values say who wrote them. */
function authorOf({ type, value }: LapseEvent): string | undefined {
  if (type !== 'created' && type !== 'updated') return undefined;
  return (value as { by?: string }).by;
}

function mayBeDone(outcome: Outcome): boolean {
  return outcome === 'done' || outcome === 'unknown';
}

function moment(t: number): Span {
  return { from: t, to: t };
}

function operationsOf(call: Call): Operation[] {
  const { verb, key, value, ttlMs, ifMatch, status, body } = call;
  const span = spanOf(call);
  const outcome = outcomeOf(call);
  if (verb === 'batch') {
    const results = outcome === 'done' ? (body as { results: BatchResult[] }).results : [];
    return call.operations!.map((operation, i): Operation => {
      const own = outcome === 'done' ? (results[i] as BatchResult) : { status };
      return {
        verb: `batch ${operation.op}`,
        key: operation.key,
        ...(operation.op === 'set' && { by: (operation.value as { by: string }).by }),
        ...own,
        outcome: outcomeOf({ ...call, status: own.status }),
        span,
        call,
      };
    });
  }
  if (key === undefined || verb === 'list') return [];
  const by = (value as { by?: string } | undefined)?.by;
  return [{ verb, key, by, ttlMs, ifMatch, status, outcome, entry: body as Entry, span, call }];
}
