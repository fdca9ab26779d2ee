import type { Recording } from '../evidence.js';

/** What a subscriber asks for. */
export interface Wish {
  name: string;
  /** A cache's name, or `*`. */
  cache: string;
  prefix?: string;
  types?: string[];
  values?: boolean;
  /** Whether it goes on from its last cursor when it was cut off, or begins anew. */
  resumes: boolean;
  /** A patient one waits for its backend however silent it is; others go elsewhere after two seconds. */
  patient?: boolean;
  /** The longest that it stays away when it was cut off, in ms. */
  awayMs?: number;
}

/** However quickly a backend comes back, some are there before, and some long after it has gone on. */
export const AWAY_MS = { least: 2, most: 600 };

export interface Subscriber {
  readonly recording: Recording;
  start(): void;
  /** Cuts the connection, as a network would. It comes back by itself. */
  cut(): void;
  /** Cuts the connection for good. */
  stop(): void;
}

export function newRecording({ name, cache, prefix, types, values = true, resumes }: Wish): Recording {
  return { name, cache, prefix, types, values, resumes, notes: [] };
}
