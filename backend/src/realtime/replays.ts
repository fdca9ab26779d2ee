import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { EARLIEST, notAfter, type Position } from '../events/cursor.js';
import type { EventLog } from '../events/event-log.js';
import type { LogReader } from '../events/log-reader.js';
import type { LoggedEvent } from '../events/logged-event.js';
import type { Hub } from './hub.js';
import type { Subscription } from './subscription.js';

/** Replays that run at the same time in this process; more wait their turn, so that live events do not. */
const AT_A_TIME = 8;

/**
 * The longest replay, in events. An old cursor must not make the backend send gigabytes to somebody who could list
 * the cache in a fraction of that; it is answered by `recovered: false`.
 */
const LONGEST = 100_000;

/** How long to wait before the log is asked again when it had nothing new, in ms. */
const PAUSE_MS = 10;

/**
 * Brings subscriptions that begin in the past up to now. A replay pulls chunk after chunk from the log, at the pace
 * of its reader, until it stands where live delivery stands; in that moment it becomes live. Live events need not
 * be kept for it meanwhile: they are in the log.
 */
export class Replays {
  private readonly turn = pLimit(AT_A_TIME);

  constructor(
    private readonly log: EventLog,
    private readonly reader: LogReader,
    private readonly hub: Hub,
  ) {}

  /**
   * Where a replay after `after` begins; undefined when it could not be whole: the log no longer holds all of it, it
   * is of another epoch, or too long.
   * @throws RedisUnavailable
   */
  async open(cache: string, after: Position): Promise<Position | undefined> {
    const stretch = await this.log.stretch(cache, after, 1);
    if (!stretch) return after === EARLIEST ? this.log.head(cache) : undefined;
    if (stretch.gone) return undefined;
    const first = stretch.events[0];
    const from =
      after === EARLIEST ? (first ? { epoch: first.epoch, seq: first.seq - 1 } : stretch.head) : after;
    return stretch.head.seq - from.seq > LONGEST ? undefined : from;
  }

  /**
   * Delivers what came after `from`, then makes the subscription live. Resolves to the position at which it went
   * live, or undefined when it was ended meanwhile.
   */
  run(subscription: Subscription, from: Position): Promise<Position | undefined> {
    return this.turn(() => this.replay(subscription, from));
  }

  private async replay(subscription: Subscription, start: Position): Promise<Position | undefined> {
    const { cache, peer } = subscription;
    const replay = (subscription.replay = { start, at: start });
    while (!subscription.ended) {
      const live = this.hub.position(cache) as Position;
      if (notAfter(live, replay.at)) return this.hub.add(subscription, replay.at);
      const stretch = await this.read(cache, replay.at);
      if (subscription.ended) return undefined;
      if (!stretch) continue;
      if (stretch.gone) {
        peer.gap(subscription, cache, replay.at, stretch.head);
        replay.at = stretch.head;
        continue;
      }
      for (const event of stretch.events) {
        if (peer.congested) await peer.drained();
        if (subscription.ended) return undefined;
        if (subscription.matches(event) && !toldAlready(subscription, event)) {
          peer.event(event, subscription.values);
        }
        replay.at = { epoch: event.epoch, seq: event.seq };
      }
      if (stretch.events.length === 0) await sleep(PAUSE_MS);
      await nextTurn();
    }
    return undefined;
  }

  /** What comes next in the log; undefined when Redis cannot say now. */
  private async read(cache: string, at: Position) {
    try {
      const stretch = await this.reader.read(cache, at);
      return stretch ?? { gone: true as const, head: await this.log.head(cache) };
    } catch {
      await sleep(PAUSE_MS * 10);
      return undefined;
    }
  }
}

/**
 * Whether another subscription of the same peer tells it of the event, so that this one need not. (Not `*`: it has no
 * place in a log, and what it told before is not known.)
 */
function toldAlready(subscription: Subscription, event: LoggedEvent): boolean {
  for (const other of subscription.peer.wishes) {
    if (other === subscription || other.cache !== subscription.cache) continue;
    if (other.tells(event) && (other.values || !subscription.values)) return true;
  }
  return false;
}
