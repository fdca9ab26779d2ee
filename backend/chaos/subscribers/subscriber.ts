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
}

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
