import { EventEmitter } from 'node:events';
import type { Logger } from '../logger.js';
import type { RedisClient } from '../redis/client.js';
import type { RedisSubscriber } from '../redis/subscriber.js';
import type { Position } from './cursor.js';
import type { EventLog } from './event-log.js';
import { decodeRecords, type LoggedEvent } from './logged-event.js';

/**
 * What this backend knows of one cache's log.
 *
 * - `live`: everything up to `position` was passed on, and the next record that arrives is expected to follow.
 * - `behind`: records are known, or feared, to be missing. They are read from the log, in order, until
 *   `newest`, the latest seq that was heard of meanwhile, is reached; then the track is live again.
 */
interface Track {
  position: Position;
  /** The epoch of the log's head when it was last seen: after a restart of Redis newer than that of the position. */
  epoch: string;
  behind: boolean;
  newest: number;
  /** How many want to be told of this cache by name. */
  followers: number;
  catchingUp?: Promise<void>;
}

interface ConsumerEvents {
  /** An event, in log order within its cache, each once. */
  event: [LoggedEvent];
  /** Events after `from`, up to and with `to`, are not held any more and were not passed on. */
  gap: [cache: string, from: Position, to: Position];
}

/** Records read from a log at a time while catching up. */
const STRETCH = 500;

/** How often the logs that somebody follows by name are compared with what arrived, in ms. */
const VERIFY_EVERY_MS = 1_000;

/** The same for all logs, while somebody follows them all. */
const VERIFY_ALL_EVERY_MS = 5_000;

/**
 * Hears of every event as it is logged and passes it on in order. Live messages are a convenience that may be
 * lost; the log is the truth: a missing place in a cache's numbers, or a lost connection, sends the consumer to
 * the log for what it has not seen.
 */
export class EventConsumer extends EventEmitter<ConsumerEvents> {
  private readonly tracks = new Map<string, Track>();
  private followersOfAll = 0;
  private timers: NodeJS.Timeout[] = [];

  constructor(
    redis: RedisClient,
    subscriber: RedisSubscriber,
    private readonly log: EventLog,
    private readonly logger: Logger,
  ) {
    super();
    subscriber.listen(redis.keys.live, (message) => this.hear(message));
    subscriber.on('up', () => this.verify([...this.tracks.keys()]));
  }

  start(): void {
    const followed = () =>
      [...this.tracks].filter(([, { followers }]) => followers > 0).map(([cache]) => cache);
    this.timers = [
      setInterval(() => this.verify(followed()), VERIFY_EVERY_MS),
      setInterval(() => void this.verifyAll().catch(() => undefined), VERIFY_ALL_EVERY_MS),
    ];
  }

  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  /**
   * Begins to follow every cache there is and will be; undone by `unfollowAll`. Events of caches that nobody follows
   * are passed on anyway, as they are heard; this sees to it that none is missed.
   * @throws RedisUnavailable
   */
  async followAll(): Promise<void> {
    const unknown = (await this.log.caches()).filter((cache) => !this.tracks.has(cache));
    const heads = await Promise.all(unknown.map((cache) => this.log.head(cache)));
    for (const [i, cache] of unknown.entries()) {
      if (!this.tracks.has(cache)) this.tracks.set(cache, newTrack(heads[i] as Position));
    }
    this.followersOfAll++;
  }

  unfollowAll(): void {
    this.followersOfAll--;
  }

  /**
   * Begins to follow a cache; undone by `unfollow`. Resolves to where its log stands: all that comes after it will be
   * passed on, and perhaps a little that came before.
   * @throws RedisUnavailable
   */
  async follow(cache: string): Promise<Position> {
    const head = await this.log.head(cache);
    let track = this.tracks.get(cache);
    if (!track) this.tracks.set(cache, (track = newTrack(head)));
    track.followers++;
    return head;
  }

  unfollow(cache: string): void {
    const track = this.tracks.get(cache);
    if (track) track.followers--;
  }

  /** The position up to which everything of a followed cache was passed on. */
  position(cache: string): Position | undefined {
    return this.tracks.get(cache)?.position;
  }

  private hear(message: string): void {
    for (const event of decodeRecords(message)) {
      let track = this.tracks.get(event.cache);
      if (!track) {
        track = newTrack({ epoch: event.epoch, seq: event.seq - 1 });
        this.tracks.set(event.cache, track);
      }
      this.take(track, event);
    }
  }

  private take(track: Track, event: LoggedEvent): void {
    const { position } = track;
    if (event.epoch !== track.epoch || event.seq > position.seq + 1) {
      this.fallBehind(event.cache, track, event.seq);
    } else if (track.behind) {
      track.newest = Math.max(track.newest, event.seq);
    } else if (event.seq === position.seq + 1) {
      this.pass(track, event);
    }
  }

  private pass(track: Track, event: LoggedEvent): void {
    track.position = { epoch: event.epoch, seq: event.seq };
    track.epoch = event.epoch;
    this.emit('event', event);
    // A removed cache's track is kept only for those who follow it; a new life of the name begins a new one.
    const forgotten = track.followers === 0 && this.followersOfAll === 0;
    if (event.type === 'cleared' && forgotten) this.tracks.delete(event.cache);
  }

  private fallBehind(cache: string, track: Track, newest: number): void {
    track.behind = true;
    track.newest = Math.max(track.newest, newest);
    track.catchingUp ??= this.catchUp(cache, track).finally(() => (track.catchingUp = undefined));
  }

  /** Reads on from the log until the track is live again. When Redis is away it stays behind; `verify` retries. */
  private async catchUp(cache: string, track: Track): Promise<void> {
    try {
      while (track.behind) {
        const from = track.position;
        const stretch = await this.log.stretch(cache, from, STRETCH);
        if (!stretch) {
          // The whole log is gone: Redis was wiped, or forgot a cache removed a day ago.
          this.jump(cache, track, await this.log.head(cache));
        } else if (stretch.gone) {
          this.jump(cache, track, stretch.head);
        } else {
          for (const event of stretch.events) this.pass(track, event);
          track.epoch = stretch.head.epoch;
          track.newest = Math.max(track.newest, stretch.head.seq);
          track.behind = track.position.seq < track.newest && stretch.events.length > 0;
        }
      }
    } catch (error) {
      this.logger.debug({ err: error, cache }, 'cannot read the log yet');
    }
  }

  private jump(cache: string, track: Track, head: Position): void {
    const from = track.position;
    track.position = head;
    track.epoch = head.epoch;
    track.newest = head.seq;
    track.behind = false;
    this.emit('gap', cache, from, head);
  }

  /** While somebody follows them all: compares every log, and reads those of caches that were never heard of. */
  private async verifyAll(): Promise<void> {
    if (this.followersOfAll === 0) return;
    const caches = await this.log.caches();
    for (const cache of caches.filter((name) => !this.tracks.has(name))) {
      const head = await this.log.head(cache);
      if (this.tracks.has(cache)) continue;
      const track = newTrack({ epoch: head.epoch, seq: 0 });
      this.tracks.set(cache, track);
      this.fallBehind(cache, track, head.seq);
    }
    this.verify(caches);
  }

  /** Compares tracks with the heads of their logs; what lags behind catches up. */
  private verify(caches: string[]): void {
    for (const cache of caches) {
      const track = this.tracks.get(cache);
      if (!track || track.catchingUp) continue;
      if (track.behind) {
        this.fallBehind(cache, track, track.newest);
        continue;
      }
      void this.log.head(cache).then(
        (head) => {
          if (head.epoch !== track.epoch || head.seq > track.position.seq)
            this.fallBehind(cache, track, head.seq);
        },
        () => undefined,
      );
    }
  }
}

function newTrack(position: Position): Track {
  return { position, epoch: position.epoch, behind: false, newest: position.seq, followers: 0 };
}
