import type { Cursor } from '@lapse/protocol';
import { Invalid } from '../errors.js';

/**
 * A place in one log: its epoch (`<made>` or `<made>.<generation>`), and the number of an event (0: before the first).
 * Within one epoch numbers tell the order; between two, only the log itself can say whether they are of one history.
 */
export interface Position {
  epoch: string;
  seq: number;
}

/** The position that asks for all that is held. */
export const EARLIEST: Position = { epoch: '', seq: 0 };

/** Whether `a` comes no later than `b` in the log that both are of; false when they are of different logs. */
export function notAfter(a: Position, b: Position): boolean {
  return a.seq <= b.seq && madeOf(a.epoch) === madeOf(b.epoch);
}

/** How many restarts of Redis the log had seen: what was written after one is later than all that was before. */
export function generationOf({ epoch }: Position): number {
  const dot = epoch.indexOf('.');
  return dot === -1 ? 0 : Number(epoch.slice(dot + 1));
}

function madeOf(epoch: string): string {
  const dot = epoch.indexOf('.');
  return dot === -1 ? epoch : epoch.slice(0, dot);
}

export function formatCursor({ epoch, seq }: Position): Cursor {
  return `${epoch}-${seq}`;
}

/** @throws Invalid when it is neither a cursor nor `earliest` */
export function parseCursor(text: string): Position {
  if (text === 'earliest') return EARLIEST;
  const match = /^([0-9a-z]{1,16}(?:\.\d{1,6})?)-(\d{1,15})$/.exec(text);
  if (!match)
    throw new Invalid([
      { parameter: 'after', detail: 'after must be a cursor that Lapse gave out, or "earliest".' },
    ]);
  return { epoch: match[1] as string, seq: Number(match[2]) };
}
