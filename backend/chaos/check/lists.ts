import type { Cache, Entry, EntryPage } from '@lapse/protocol';
import type { Call, FinalRead } from '../evidence.js';
import { isSame } from './calls.js';
import type { Findings } from './findings.js';
import type { History, State } from './history.js';
import { outcomeOf, spanOf } from './outcome.js';
import type { Policies } from './policies.js';

/**
 * List + tail = state: what a list or a cache's figures said is what the log makes of the cache up to the cursor that
 * came with it. So the events after that cursor make of the list what the cache is later.
 */
export class ListCheck {
  constructor(
    private readonly history: History,
    private readonly policies: Policies,
    private readonly findings: Findings,
    /** Whether Redis may have forgotten what the answer was about. */
    private readonly excused: (call: Call) => boolean,
  ) {}

  calls(calls: readonly Call[]): void {
    for (const call of calls) {
      if (outcomeOf(call) !== 'done' || this.excused(call)) continue;
      if (call.verb === 'list') this.list(call);
      if (call.verb === 'figures') this.figures(call);
    }
  }

  /** When all was quiet, every backend told the same, and it was what the log makes of it. */
  finals(reads: readonly FinalRead[]): void {
    const { cache, events } = this.history;
    const last = events.length - 1;
    for (const { backend, status, items, cursor, tail } of reads) {
      const t = Date.now();
      const expect = (holds: boolean, rule: string, seen: () => string) =>
        this.findings.expect(holds, { rule, cache, t, seen });
      expect(
        status === 200,
        'when all is mended every backend answers',
        () => `backend ${backend}: ${status}`,
      );
      if (status !== 200) continue;
      const told = (items as Entry[]).map(({ key, version }) => `${key} ${version}`).sort();
      const made = this.history
        .alive()
        .map(([key, { version }]) => `${key} ${version}`)
        .sort();
      expect(told.join() === made.join(), 'in the end a cache is what its log makes of it', () => {
        return `backend ${backend}: ${told.join(', ')}\n    by the log: ${made.join(', ')}`;
      });
      const mortal = this.history.alive().filter(([, { deadline }]) => deadline !== null);
      expect(mortal.length === 0, 'every life ends in one terminal event', () => JSON.stringify(mortal));
      const where = this.history.find(cursor);
      expect(
        events.length === 0 || where === last,
        'a cursor says where the log stands',
        () => `backend ${backend}: ${cursor}`,
      );
      const held = events.slice(events.length - tail.length);
      const same = tail.every((event, i) => JSON.stringify(event) === JSON.stringify(held[i]));
      expect(same, 'every backend tells the same log, and it never changes', () => {
        const at = tail.findIndex((event, i) => JSON.stringify(event) !== JSON.stringify(held[i]));
        return `backend ${backend}: ${JSON.stringify(tail[at])}\n    before: ${JSON.stringify(held[at])}`;
      });
    }
  }

  private list(call: Call): void {
    const { items, total, cursor } = call.body as EntryPage;
    const at = this.stateAt(call, cursor);
    if (!at) return;
    const { to } = spanOf(call);
    const listed = new Map(items.map((item) => [item.key, item]));
    for (const [key, state] of at) {
      const item = listed.get(key);
      const slides = this.policies.maySlide({ from: state.armed, to });
      const isDue = state.deadline !== null && state.deadline <= to;
      const holds = item ? this.isSame(item, state, slides) : isDue;
      this.expect(
        call,
        holds,
        'a list is what the log makes of the cache',
        () => `${key}: ${JSON.stringify(state)}`,
      );
    }
    for (const item of items) {
      const { key, expiresAt, ttlMs } = item;
      this.expect(call, at.has(key), 'a list holds nothing that has ended', () => JSON.stringify(item));
      this.expect(call, expiresAt === null || ttlMs! > 0, 'no list holds an entry after its deadline', () =>
        JSON.stringify(item),
      );
    }
    this.expect(call, total === items.length, "a list's total is what it holds", () => `total ${total}`);
    this.expect(call, isSorted(items, call.key), 'a list is in the order that was asked for', () => '');
  }

  private figures(call: Call): void {
    const figures = call.body as Cache;
    const at = this.stateAt(call, figures.cursor);
    const index = this.history.find(figures.cursor);
    if (!at || index === undefined) return;
    const began = this.history.events.findLastIndex(({ type }, i) => i <= index && type === 'cleared') + 1;
    if ([...this.history.log.breaks.values()].length > 0) return;
    for (const type of ['created', 'expired', 'evicted', 'deleted'] as const) {
      const logged = this.history.events
        .slice(began, index + 1)
        .filter((event) => event.type === type).length;
      this.expect(
        call,
        figures[type] === logged,
        "a cache's figures count what its log says",
        () => `${type}: ${logged}`,
      );
    }
    const { to } = spanOf(call);
    const due = [...at.values()].filter(({ deadline }) => deadline !== null && deadline <= to).length;
    const holds = figures.entries <= at.size && figures.entries >= at.size - due;
    this.expect(call, holds, 'a cache counts its living entries', () => `${at.size}, ${due} of them due`);
  }

  /** Keys alive after the event of that cursor; undefined when that cannot be known. */
  private stateAt(call: Call, cursor: string): Map<string, State> | undefined {
    const { history } = this;
    const index = history.find(cursor);
    const mayBeUnread = history.log.breaks.size > 0;
    this.expect(call, index !== undefined || mayBeUnread, 'a cursor is a place in the log', () => cursor);
    if (index === undefined) return undefined;
    const at = new Map<string, State>();
    for (const [key, states] of history.timelines) {
      const state = states.findLast((each) => each.index <= index);
      if (state?.uncertain) return undefined;
      if (state?.alive) at.set(key, state);
    }
    return at;
  }

  private isSame(item: Entry, state: State, slides: boolean): boolean {
    const deadline = item.expiresAt === null ? null : Date.parse(item.expiresAt);
    return (
      item.version === state.version &&
      JSON.stringify(item.value) === state.value &&
      isSame(state.createdAt, item.createdAt) &&
      Date.parse(item.updatedAt) === state.updatedAt &&
      (deadline === state.deadline ||
        (slides && deadline !== null && deadline > (state.deadline ?? Infinity)))
    );
  }

  private expect(call: Call, holds: boolean, rule: string, more: () => string): void {
    const { cache, sent: t } = call;
    this.findings.expect(holds, { rule, cache, t, seen: () => `${more()}\n    ${JSON.stringify(call)}` });
  }
}

function isSorted(items: Entry[], sort?: string): boolean {
  if (sort === 'recency') return true;
  const place = ({ key, expiresAt }: Entry) => (sort === 'key' ? Buffer.from(key) : expiresAt);
  return items.every((item, i) => {
    const next = items[i + 1];
    if (!next) return true;
    if (sort === 'key') return Buffer.compare(place(item) as Buffer, place(next) as Buffer) < 0;
    return (item.expiresAt ?? 'never') <= (next.expiresAt ?? 'never');
  });
}
