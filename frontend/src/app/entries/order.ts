import type { EntrySort } from '@lapse/protocol';

/** Where an entry stands in a list, whatever the list is sorted by. */
export interface Position {
  readonly key: string;
  /** Milliseconds since the epoch; null without a deadline. */
  readonly deadline: number | null;
  /** Grows with each use; only the order of two of them means anything. */
  readonly rank: number;
}

export type Order = (a: Position, b: Position) => number;

/** The server's three orders. Entries without a deadline come after all that have one. */
export const ORDERS: Readonly<Record<EntrySort, Order>> = {
  key: (a, b) => compareKeys(a.key, b.key),
  expiry: (a, b) => compareDeadlines(a.deadline, b.deadline) || compareKeys(a.key, b.key),
  recency: (a, b) => a.rank - b.rank,
};

function compareDeadlines(a: number | null, b: number | null): number {
  if (a === b) return 0;
  return (a ?? Infinity) - (b ?? Infinity);
}

/** Redis sorts keys by their UTF-8 bytes, that is by code point, while JavaScript compares UTF-16 units. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return inCodePointOrder(x) - inCodePointOrder(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above U+FFFF, so they belong after U+E000–U+FFFF. */
function inCodePointOrder(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}
