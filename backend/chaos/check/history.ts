import type { LapseEvent } from '@lapse/protocol';
import type { Fault, Span, TruthLog } from '../evidence.js';

/** What a key was from one moment on, as the log tells it. */
export interface State {
  /** ms since the epoch. */
  from: number;
  /** The place in the log of the event that made it so; that of the one before when there was none. */
  index: number;
  alive: boolean;
  /** Not to be known: the log was wiped, lost or trimmed around then. */
  uncertain?: boolean;
  version?: string;
  value?: string;
  createdAt?: number;
  updatedAt?: number;
  /** ms since the epoch; null: none. Of a sliding entry a moment older than the truth: uses are coalesced. */
  deadline: number | null;
  ttl: number | null;
  /** When its ttl was last set, by an event of the log. */
  armed: number;
}

export const ABSENT: Omit<State, 'from' | 'index'> = { alive: false, deadline: null, ttl: null, armed: 0 };

const BREAKING = ['redis wiped', 'redis killed after a snapshot'];

/** The lives of all keys of a cache, as its log tells them. `lives.ts` writes it; the other checks read it. */
export class History {
  readonly timelines = new Map<string, State[]>();
  readonly indexOf = new Map<string, number>();
  private stranger: State = { ...ABSENT, from: -Infinity, index: -1 };
  /** Times of which nothing can be known, not even of keys that the log never named. */
  readonly interruptions: Span[] = [];
  private readonly byPlace = new Map<string, { index: number; generation: number }>();
  readonly events: readonly LapseEvent[];

  constructor(
    readonly cache: string,
    readonly log: TruthLog,
    private readonly faults: readonly Fault[],
  ) {
    this.events = log.events;
    for (const [index, { cursor }] of log.events.entries()) {
      const { made, generation, place } = partsOf(cursor);
      this.indexOf.set(cursor, index);
      this.byPlace.set(`${made} ${place}`, { index, generation });
    }
  }

  now(key: string): State {
    return this.timelines.get(key)?.at(-1) ?? this.stranger;
  }

  /** From here on a key that the log has not named may be alive all the same. */
  strangersMayLive(): void {
    this.stranger = { ...this.stranger, uncertain: true };
  }

  put(key: string, state: State): void {
    const timeline = this.timelines.get(key);
    if (timeline) timeline.push(state);
    else this.timelines.set(key, [state]);
  }

  /** Keys alive now. */
  alive(): [string, State][] {
    return [...this.timelines]
      .map(([key, states]): [string, State] => [key, states.at(-1) as State])
      .filter(([, { alive, uncertain }]) => alive && !uncertain);
  }

  /** The time around a break of the log in which nothing can be known of its keys. */
  unclear(index: number): Span {
    const before = this.events[index - 1];
    const after = this.events[index];
    const began = after ? Date.parse(after.at) : Infinity;
    const from = before ? Date.parse(before.at) : -Infinity;
    if (this.log.breaks.get(index) === 'hole') return { from, to: began };
    const fault = this.faults.findLast(({ kind, from }) => BREAKING.includes(kind) && from < began);
    return { from, to: fault?.to ?? began };
  }

  /**
   * The place of a cursor; -1: before all that is known of the log. A restart of Redis renames the place at which the log stood: the
   * same number in a later generation.
   */
  find(cursor: string): number | undefined {
    const { made, generation, place } = partsOf(cursor);
    if (place === 0) {
      const first = this.events.findIndex((event) => partsOf(event.cursor).made === made);
      return (first === -1 ? this.events.length : first) - 1;
    }
    const found = this.byPlace.get(`${made} ${place}`);
    return found && found.generation <= generation ? found.index : undefined;
  }

  /** The last place known that does not come after a cursor, for one that lies where the log was not read. */
  findNear(cursor: string): number | undefined {
    const { made, generation, place } = partsOf(cursor);
    const near = this.events.findLastIndex((event) => {
      const parts = partsOf(event.cursor);
      return parts.made === made && parts.generation <= generation && parts.place <= place;
    });
    return near === -1 ? undefined : near;
  }

  /** All that a key may have been at some moment of a span. */
  states(key: string, { from, to }: Span): (State & { until: number })[] {
    const timeline = [this.stranger, ...(this.timelines.get(key) ?? [])];
    const found: (State & { until: number })[] = [];
    for (const [i, state] of timeline.entries()) {
      const until = timeline[i + 1]?.from ?? Infinity;
      if (state.from <= to && until >= from) found.push({ ...state, until });
    }
    const unclear = this.interruptions.find((span) => span.from <= to && span.to >= from);
    if (unclear) found.push({ ...ABSENT, uncertain: true, from: unclear.from, until: unclear.to, index: -1 });
    return found;
  }

  mayBeAlive(key: string, span: Span, fits: (state: State) => boolean, slides: boolean): boolean {
    return this.states(key, span).some((state) => {
      if (state.uncertain) return true;
      if (!state.alive || !fits(state)) return false;
      return slides || state.deadline === null || state.deadline > Math.max(span.from, state.from);
    });
  }

  mayBeAbsent(key: string, span: Span): boolean {
    return this.states(key, span).some((state) => {
      if (state.uncertain || !state.alive) return true;
      return state.deadline !== null && state.deadline <= Math.min(span.to, state.until);
    });
  }
}

/** Clients may not take a cursor apart; a checker has to know one log from another. */
export function partsOf(cursor: string): { made: string; generation: number; place: number } {
  const [, made, generation = '0', place] = /^([0-9a-z]+)(?:\.(\d+))?-(\d+)$/.exec(
    cursor,
  ) as unknown as string[];
  return { made: made as string, generation: Number(generation), place: Number(place) };
}
