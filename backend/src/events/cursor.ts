import type { Cursor } from '@lapse/protocol';
import { Invalid } from '../errors.js';

/** A place in one log: the epoch it was made in, and the number of an event (0: before the first). */
export interface Position {
  epoch: string;
  seq: number;
}

/** The position that asks for all that is held. */
export const EARLIEST: Position = { epoch: '', seq: 0 };

export function formatCursor({ epoch, seq }: Position): Cursor {
  return `${epoch}-${seq}`;
}

/** @throws Invalid when it is neither a cursor nor `earliest` */
export function parseCursor(text: string): Position {
  if (text === 'earliest') return EARLIEST;
  const match = /^([0-9a-z]{1,16})-(\d{1,15})$/.exec(text);
  if (!match)
    throw new Invalid([
      { parameter: 'after', detail: 'after must be a cursor that Lapse gave out, or "earliest".' },
    ]);
  return { epoch: match[1] as string, seq: Number(match[2]) };
}
