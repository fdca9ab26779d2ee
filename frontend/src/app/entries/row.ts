import type { Cursor, Entry, EventType, LapseEvent } from '@lapse/protocol';
import type { Position } from './order.js';

/** What became of an entry that has just gone. */
export type Ending = 'expired' | 'evicted' | 'deleted';

/** An entry as the table shows it. Never changed in place: another state is another object. */
export interface Row extends Position {
  /** Identity on the screen: a key that lives twice is two rows. */
  readonly id: number;
  /** undefined while it is not known: a `renewed` event brings a deadline but no value. */
  readonly value: unknown;
  readonly version: Cursor;
  /** When the value was last written (ms). */
  readonly writtenAt: number;
  /** When the present ttl began to run (ms): where the ttl bar was full. */
  readonly since: number;
  /** The event that made this state, and when it came (monotonic ms); absent for what was listed. */
  readonly change?: { readonly type: EventType; readonly at: number };
  /** Set on a row that only stays a moment longer to show how it went. */
  readonly ended?: Ending;
}

let lastId = 0;

/** An id that no other row has, in whichever window. */
export function newRowId(): number {
  return ++lastId;
}

export function rowOfEntry(entry: Entry, id: number, rank: number): Row {
  const writtenAt = Date.parse(entry.updatedAt);
  return {
    id,
    rank,
    key: entry.key,
    value: entry.value,
    version: entry.version,
    writtenAt,
    since: writtenAt,
    deadline: entry.expiresAt === null ? null : Date.parse(entry.expiresAt),
  };
}

/** The row after a created, updated or renewed event; `before` is the row it had, if any. */
export function rowOfEvent(
  event: LapseEvent,
  before: Row | undefined,
  id: number,
  rank: number,
  here: number,
): Row {
  const at = Date.parse(event.at);
  const renewed = event.type === 'renewed';
  return {
    id,
    rank,
    key: event.key ?? '',
    value: renewed ? before?.value : event.value,
    version: event.version ?? event.cursor,
    writtenAt: renewed ? (before?.writtenAt ?? at) : at,
    since: at,
    deadline: !event.expiresAt ? null : Date.parse(event.expiresAt),
    change: { type: event.type, at: here },
  };
}
