import { LIMITS, type EventType, type LapseEvent } from '@lapse/protocol';
import { checkCacheName } from '../caches/cache-name.js';
import { CacheNotFound, CursorGone } from '../errors.js';
import type { RedisClient } from '../redis/client.js';
import { EARLIEST, formatCursor, parseCursor, type Position } from './cursor.js';
import { decodeRecords, type LoggedEvent } from './logged-event.js';

/** A stretch of a log, unbroken. `gone`: what was asked for is not held any more, or is of another epoch. */
export type Stretch = { head: Position } & ({ gone: true } | { gone: false; events: LoggedEvent[] });

/** Parts of the log that one REST call may look through for events that pass its filters. */
const PARTS_A_CALL = 20;

/** The event logs of all caches, one Redis Stream each. */
export class EventLog {
  constructor(private readonly redis: RedisClient) {}

  /**
   * Events after a cursor (or from the earliest held), oldest first. `next` is the cursor to go on from, also
   * when nothing matched.
   * @throws CursorGone when the log no longer holds all that came after the cursor
   * @throws CacheNotFound when there is no log of that name
   */
  async read(
    cache: string,
    { after, types, prefix, limit }: { after?: string; types?: EventType[]; prefix?: string; limit: number },
  ): Promise<{ items: LapseEvent[]; next: string }> {
    let position = after === undefined ? EARLIEST : parseCursor(after);
    const items: LapseEvent[] = [];
    for (let part = 0; part < PARTS_A_CALL; part++) {
      const stretch = await this.stretch(cache, position, LIMITS.pageItems);
      if (!stretch) throw new CacheNotFound(cache);
      if (stretch.gone) throw new CursorGone();
      if (position === EARLIEST) position = before(stretch);
      for (const event of stretch.events) {
        if (items.length === limit) break;
        position = { epoch: event.epoch, seq: event.seq };
        if (matches(event, types, prefix)) items.push(event.toEvent());
      }
      if (items.length === limit || stretch.events.length < LIMITS.pageItems) break;
    }
    return { items, next: formatCursor(position) };
  }

  /** The part of a log after a position; undefined when there is no log. */
  async stretch(cache: string, { epoch, seq }: Position, limit: number): Promise<Stretch | undefined> {
    checkCacheName(cache);
    const reply = await this.redis.run('read-log', this.keysOf(cache), [epoch, String(seq), String(limit)]);
    const [code, logEpoch, newest, after, ...items] = reply as [string, string, number, number, ...string[]];
    if (code === 'missing') return undefined;
    const head = { epoch: logEpoch, seq: newest };
    if (code === 'gone') return { head, gone: true };
    const first = items.flatMap(decodeRecords).filter((event) => event.seq > after);
    return { head, gone: false, events: first.slice(0, limit) };
  }

  /** The names of all caches there are. */
  async caches(): Promise<string[]> {
    return this.redis.caches();
  }

  /** Where a log stands now. A log nobody has asked for begins here. */
  async head(cache: string): Promise<Position> {
    checkCacheName(cache);
    const [epoch, seq] = (await this.redis.run('head', this.keysOf(cache), [])) as [string, number];
    return { epoch, seq };
  }

  private keysOf(cache: string): string[] {
    return [this.redis.keys.cache(cache), this.redis.keys.shard(cache)];
  }
}

/** The position right before a stretch read from the earliest event held. */
function before(stretch: { head: Position; events: LoggedEvent[] }): Position {
  const first = stretch.events[0];
  return first ? { epoch: first.epoch, seq: first.seq - 1 } : stretch.head;
}

function matches(event: LoggedEvent, types: EventType[] | undefined, prefix: string | undefined): boolean {
  if (types && !types.includes(event.type)) return false;
  return !prefix || event.type === 'cleared' || event.key.startsWith(prefix);
}
