import type { LapseEvent } from '@lapse/protocol';
import type { Note, Recording } from '../evidence.js';
import type { Findings } from './findings.js';
import { partsOf, type History } from './history.js';

/**
 * Walks what one subscriber was sent along the log: every event that it wants, each once, in order, as the log has it;
 * what is left out was said to be left out, and no more than that. A subscriber of `*` is walked along each cache's.
 */
export class DeliveryCheck {
  /** Place in each cache's log up to which all was delivered or told of; absent: it begins with what comes next. */
  private readonly reached = new Map<string, number>();
  private connected = false;

  constructor(
    private readonly recording: Recording,
    private readonly histories: ReadonlyMap<string, History>,
    private readonly findings: Findings,
    /** Whether Redis forgot something, by being wiped or by coming back with less. */
    private readonly forgetful: boolean,
  ) {}

  run(): void {
    for (const note of this.recording.notes) this.take(note);
    if (!this.connected) {
      this.expect(
        false,
        this.recording.cache,
        Date.now(),
        'a subscriber gets back in',
        () => 'it was cut off at the end',
      );
      return;
    }
    for (const [cache, at] of this.reached) {
      const { events } = this.histories.get(cache) as History;
      this.whole(cache, at, events.length, Date.now(), 'the end');
    }
  }

  private take(note: Note): void {
    const { recording } = this;
    // A subscriber of `*` hears of caches, too, whose logs nobody kept.
    if ('cache' in note && !this.histories.has(note.cache)) return;
    switch (note.kind) {
      case 'cut':
        this.connected = false;
        if (!recording.resumes) this.reached.clear();
        break;
      case 'subscribed':
        this.connected = true;
        if (recording.cache !== '*') this.subscribed(note);
        break;
      case 'event':
        this.event(note);
        break;
      case 'place':
        this.place(recording.cache, note.cursor, note.t);
        break;
      case 'gap':
        this.gap(note);
    }
  }

  private subscribed({ after, cursor, recovered, t }: Note & { kind: 'subscribed' }): void {
    const { cache } = this.recording;
    const at = this.find(cache, cursor as string, t);
    const reached = this.reached.get(cache);
    if (at === undefined) return;
    if (after === undefined) {
      this.reached.set(cache, at);
    } else if (recovered) {
      this.expect(
        cursor === after,
        cache,
        t,
        'a resumed subscription begins where it was left',
        () => `${after} ${cursor}`,
      );
    } else {
      this.expect(
        this.mayBeLost(cache, reached, at),
        cache,
        t,
        'recovered: false only for what is not held',
        () => {
          return `after ${after}, place ${reached} of ${at}`;
        },
      );
      this.reached.set(cache, at);
    }
  }

  private event({ cache, cursor, text, t }: Note & { kind: 'event' }): void {
    const history = this.histories.get(cache) as History;
    const at = history.indexOf.get(cursor);
    if (at === undefined) {
      this.expect(this.mayForget(history), cache, t, 'what is delivered is in the log', () => text);
      return;
    }
    const event = history.events[at] as LapseEvent;
    const wanted = JSON.stringify(this.recording.values ? event : { ...event, value: undefined });
    this.expect(
      text === wanted,
      cache,
      t,
      'an event is delivered as the log has it',
      () => `${text}\n    ${wanted}`,
    );
    this.expect(this.wants(event), cache, t, 'only what was asked for is delivered', () => text);
    const reached = this.reached.get(cache);
    if (reached !== undefined) {
      this.expect(
        at > reached,
        cache,
        t,
        'an event is delivered once, in order',
        () => `${cursor}: ${at} after ${reached}`,
      );
      this.whole(cache, reached, at, t, cursor);
    }
    this.reached.set(cache, Math.max(at, reached ?? -1));
  }

  private place(cache: string, cursor: string, t: number): void {
    const at = this.find(cache, cursor, t);
    const reached = this.reached.get(cache);
    if (at === undefined || reached === undefined) return;
    this.whole(cache, reached, at + 1, t, cursor);
    this.reached.set(cache, Math.max(at, reached));
  }

  private gap({ cache, from, to, t }: Note & { kind: 'gap' }): void {
    const start = this.find(cache, from, t);
    const end = this.find(cache, to, t);
    const reached = this.reached.get(cache);
    if (end === undefined) return;
    if (start === undefined && reached !== undefined) {
      this.whole(cache, reached, this.keptBefore(cache, reached, end, from), t, `a gap from ${from}`);
    }
    if (start !== undefined && reached !== undefined) {
      this.whole(cache, reached, start + 1, t, `a gap from ${from}`);
      this.expect(
        this.mayBeLost(cache, start, end),
        cache,
        t,
        'a gap only for what is not held',
        () => `${from} ${to}`,
      );
    }
    this.reached.set(cache, end);
  }

  /**
   * Whoever is told of a gap from a place that Redis forgot had come as far as that: so it has received all that was
   * written before the restart and was kept. Resolves to the first place after that.
   */
  private keptBefore(cache: string, reached: number, end: number, from: string): number {
    const { events } = this.histories.get(cache) as History;
    const { made, generation } = partsOf(from);
    for (let at = reached + 1; at <= end; at++) {
      const parts = partsOf(events[at]!.cursor);
      if (parts.made !== made || parts.generation > generation) return at;
    }
    return end + 1;
  }

  /** That nothing it wants lies between two places of the log. */
  private whole(cache: string, after: number, before: number, t: number, until: string): void {
    const { events } = this.histories.get(cache) as History;
    const missed = events.slice(after + 1, before).filter((event) => this.wants(event));
    this.expect(missed.length === 0, cache, t, 'nothing is left out without a word', () => {
      return `${missed.length} before ${until}: ${JSON.stringify(missed.slice(0, 3))}`;
    });
  }

  /** Whether so much came after a place that the log need not hold it, or Redis came back without it. */
  private mayBeLost(cache: string, from: number | undefined, to: number): boolean {
    const history = this.histories.get(cache) as History;
    return this.mayForget(history) || from === undefined || to - from > history.log.history;
  }

  private mayForget({ log }: History): boolean {
    return this.forgetful || log.breaks.size > 0;
  }

  private wants({ type, key }: LapseEvent): boolean {
    const { types, prefix = '' } = this.recording;
    if (types && !types.includes(type)) return false;
    return type === 'cleared' || (key as string).startsWith(prefix);
  }

  /** The place of a cursor: that of an event, or a log's beginning, or either under a later generation's name. */
  private find(cache: string, cursor: string, t: number): number | undefined {
    const history = this.histories.get(cache) as History;
    const hasHole = [...history.log.breaks.values()].includes('hole');
    const at = history.find(cursor) ?? (hasHole ? history.findNear(cursor) : undefined);
    const isUnknown = at === undefined && !this.mayForget(history);
    this.expect(!isUnknown, cache, t, 'a cursor is a place in the log', () => cursor);
    return at;
  }

  private expect(holds: boolean, cache: string, t: number, rule: string, seen: () => string): void {
    const { name: subscriber } = this.recording;
    this.findings.expect(holds, { rule, cache, t, subscriber, seen: () => `${subscriber}: ${seen()}` });
  }
}
