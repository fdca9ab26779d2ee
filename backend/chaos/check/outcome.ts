import type { Call, Span } from '../evidence.js';

/**
 * A call that got no answer is carried out by then or never: its caller waits 1 s, and a backend is stopped for 4 s at
 * the most.
 */
const LATEST_MS = 8_000;

/**
 * - `done`: it was carried out, and answered.
 * - `refused`: the answer says that nothing was done.
 * - `unknown`: no answer, or one that does not know (503).
 * - `never`: it did not reach a backend.
 */
export type Outcome = 'done' | 'refused' | 'unknown' | 'never';

export function outcomeOf({ status }: Call): Outcome {
  if (status === 0) return 'never';
  if (status === undefined || status === 503) return 'unknown';
  return status < 300 ? 'done' : 'refused';
}

/** Between which two moments it did what it did. Times are in whole ms, cut off. */
export function spanOf({ sent, answered }: Call): Span {
  return { from: sent, to: answered ?? sent + LATEST_MS };
}
