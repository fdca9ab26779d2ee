import type { BatchOperation, CachePolicyBody, LapseEvent } from '@lapse/protocol';

/** What a run leaves behind for the checker: nothing in it was made by the product's own code. */
export interface Evidence {
  logs: Map<string, TruthLog>;
  calls: Call[];
  recordings: Recording[];
  faults: Fault[];
  stalled: StalledRead[];
  /** When nobody could expire anything: Redis or all backends away. */
  outages: Span[];
  /** What each backend told of each cache once all was quiet again. */
  finals: FinalRead[];
}

/** A stretch of time in ms since the epoch, by this machine's clock: which is Redis's, too. */
export interface Span {
  from: number;
  to: number;
}

/** One cache's log as REST gave it, read while the run went on and once more at its end. */
export interface TruthLog {
  events: LapseEvent[];
  /** Where the log is known not to go on from the event before: by index into `events`. */
  breaks: Map<number, Break>;
  /** Events that were in the log once and were not any more after a restart of Redis. */
  lost: LapseEvent[];
  /** Events kept at the most, as its policies say. */
  history: number;
}

/** `wiped`: all was gone, and a new log began. `hole`: the log was trimmed before the rig had read on. `lost`: Redis came back with less. */
export type Break = 'wiped' | 'hole' | 'lost';

export type Verb =
  | 'set'
  | 'create'
  | 'replace'
  | 'get'
  | 'peek'
  | 'renew'
  | 'delete'
  | 'take'
  | 'batch'
  | 'list'
  | 'figures'
  | 'policy'
  | 'clear';

/** One call of a writer or reader, and what came of it. */
export interface Call {
  id: number;
  backend: number;
  verb: Verb;
  cache: string;
  key?: string;
  value?: unknown;
  ttlMs?: number | null;
  /** Of `replace`: the version that must be there. */
  ifMatch?: string;
  operations?: BatchOperation[];
  policy?: CachePolicyBody;
  sent: number;
  /** When the answer came; absent when none did. */
  answered?: number;
  /** Of the answer. 0: no connection was made, so it surely did nothing. */
  status?: number;
  body?: unknown;
}

/** What a subscriber was sent, in order. `event` holds the event as JSON text, shared by all who got the same. */
export type Note = { t: number } & (
  | { kind: 'subscribed'; after?: string; cursor?: string; recovered?: boolean; backend: number }
  | { kind: 'event'; cache: string; cursor: string; text: string }
  | { kind: 'place'; cursor: string }
  | { kind: 'gap'; cache: string; from: string; to: string }
  | { kind: 'cut' }
);

export interface Recording {
  name: string;
  /** A cache's name, or `*`. */
  cache: string;
  prefix?: string;
  types?: string[];
  values: boolean;
  resumes: boolean;
  notes: Note[];
}

export interface Fault extends Span {
  kind: string;
  detail: string;
}

/** How a connection ended whose client had stopped reading: its close code, `cut` without one, or not at all: `open`. */
export interface StalledRead {
  t: number;
  end: string;
}

export interface FinalRead {
  backend: number;
  cache: string;
  status: number;
  items: unknown[];
  cursor: string;
  tail: LapseEvent[];
}
