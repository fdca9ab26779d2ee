import type { Span } from '../evidence.js';

export interface Claim extends Span {
  /** Whether it surely happened. */
  sure: boolean;
}

/**
 * Pairs things that happened at a moment with claims that such a thing happened within a span, one each. Gives each
 * moment the open claim that ends first, which leaves as few as possible of both over.
 */
export function match<M extends { at: number }, C extends Claim>(
  moments: readonly M[],
  claims: readonly C[],
): { unclaimed: M[]; unmet: C[] } {
  const open = [...claims].sort((a, b) => a.to - b.to);
  const unclaimed: M[] = [];
  for (const moment of [...moments].sort((a, b) => a.at - b.at)) {
    const fits = open.findIndex(({ from, to }) => from <= moment.at && moment.at <= to);
    if (fits === -1) unclaimed.push(moment);
    else open.splice(fits, 1);
  }
  return { unclaimed, unmet: open.filter(({ sure }) => sure) };
}
