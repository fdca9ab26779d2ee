import { LRUCache } from 'lru-cache';
import type { Position } from './cursor.js';
import type { EventLog, Stretch } from './event-log.js';
import type { LoggedEvent } from './logged-event.js';

/** Events in a chunk. Values have at most 64 KiB, so a chunk has at most 8 MiB. */
const CHUNK = 128;

/** Text of records that all chunks kept may hold together, in UTF-16 units. */
const KEEP = 16 * 1024 * 1024;

interface Chunk {
  events: LoggedEvent[];
}

/**
 * Reads logs for replays. Chunks begin at fixed places, and a full one never changes, so those who resume at about
 * the same time share one read of it, and all that is made of its events.
 */
export class LogReader {
  private readonly full = new LRUCache<string, Chunk>({
    maxSize: KEEP,
    sizeCalculation: ({ events }) => events.reduce((sum, event) => sum + event.size, 1),
  });
  private readonly underWay = new Map<string, Promise<Stretch | undefined>>();

  constructor(private readonly log: EventLog) {}

  /**
   * Some of what comes after a position: at least one event, unless the position is the newest. undefined when there
   * is no log.
   */
  async read(cache: string, { epoch, seq }: Position): Promise<Stretch | undefined> {
    const start = seq - (seq % CHUNK);
    const key = `${cache} ${epoch} ${start}`;
    const kept = this.full.get(key);
    if (kept) {
      const last = kept.events.at(-1) as LoggedEvent;
      return { head: { epoch, seq: last.seq }, gone: false, events: kept.events.slice(seq - start) };
    }
    const stretch = await this.share(cache, { epoch, seq: start });
    if (!stretch?.gone) return stretch && { ...stretch, events: stretch.events.slice(seq - start) };
    // The chunk's beginning is trimmed away, but what is asked for may still be held.
    return seq === start ? stretch : this.share(cache, { epoch, seq });
  }

  /** Forgets what it keeps: after a restart, Redis may have forgotten it too. */
  clear(): void {
    this.full.clear();
  }

  private share(cache: string, start: Position): Promise<Stretch | undefined> {
    const key = `${cache} ${start.epoch} ${start.seq}`;
    let reading = this.underWay.get(key);
    if (!reading) {
      reading = this.log.stretch(cache, start, CHUNK).finally(() => this.underWay.delete(key));
      this.underWay.set(key, reading);
      void reading.then(
        (stretch) => {
          const whole =
            stretch && !stretch.gone && stretch.events.length === CHUNK && start.seq % CHUNK === 0;
          if (whole) this.full.set(key, { events: stretch.events });
        },
        () => undefined,
      );
    }
    return reading;
  }
}
