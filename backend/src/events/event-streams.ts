import type { Readable } from 'node:stream';
import type { EventType } from '@lapse/protocol';

export interface EventStreamOptions {
  /** Replay what came after this cursor (or `earliest`) first. */
  after?: string;
  types?: EventType[];
  prefix?: string;
  /** false leaves the values out. */
  values?: boolean;
}

/** Live events as a text stream, for those who listen over HTTP. */
export interface EventStreams {
  /**
   * @throws Invalid when the cache or the cursor cannot be one
   * @throws RedisUnavailable
   */
  open(cache: string, options: EventStreamOptions): Promise<Readable>;
}
