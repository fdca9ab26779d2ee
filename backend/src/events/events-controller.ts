import type { Readable } from 'node:stream';
import type { EventPage, EventType } from '@lapse/protocol';
import {
  Controller,
  Extension,
  Get,
  Header,
  Path,
  Produces,
  Query,
  Route,
  SuccessResponse,
  Tags,
} from '@tsoa/runtime';
import type { EventLog } from './event-log.js';
import type { EventStreams } from './event-streams.js';

@Route('api/v1/caches/{cache}/events')
@Tags('Events')
export class EventsController extends Controller {
  constructor(
    private readonly eventLog: EventLog,
    private readonly streams: EventStreams,
  ) {
    super();
  }

  /**
   * Reads a cache's event log, oldest first. Go on with the answer's `next` as `after`: it is a cursor also when
   * nothing matched, or nothing has happened yet.
   *
   * @summary Read events
   * @param cache The cache's name.
   * @param after Only events after this cursor. Left out, or `earliest`: from the earliest event held.
   * @param types Only events of these types, separated by commas.
   * @param prefix Only events of keys that begin so; `cleared` concerns every key.
   * @param limit The most events in one page.
   * @example cache "sessions"
   * @example after "m2k8x0q4z1-1040"
   * @example types ["expired", "evicted"]
   * @example prefix "user:"
   * @example limit 100
   * @isInt limit
   * @minimum limit 1
   * @maximum limit 1000
   */
  @Get()
  @SuccessResponse(200, 'A page of events.')
  @Extension('x-problems', ['cache-not-found', 'cursor-gone', 'redis-unavailable'])
  async readEvents(
    @Path() cache: string,
    @Query() after?: string,
    @Query() types?: EventType[],
    @Query() prefix?: string,
    @Query() limit = 100,
  ): Promise<EventPage> {
    return this.eventLog.read(cache, { after, types, prefix, limit });
  }

  /**
   * Streams a cache's events as they happen, as server-sent events: `id:` the cursor, `event:` the type, `data:` the
   * event as JSON. A browser's EventSource comes back by itself with `Last-Event-ID` and misses nothing. An event of
   * type `gap` says that events between two cursors cannot be delivered: list again. A comment is sent every 15 s.
   *
   * @summary Stream events
   * @param cache The cache's name.
   * @param lastEventId Replay what came after this cursor first; what EventSource sends when it comes back. Wins over `after`.
   * @param after Replay what came after this cursor first, or `earliest`: all that is held.
   * @param types Only events of these types, separated by commas.
   * @param prefix Only events of keys that begin so; `cleared` concerns every key.
   * @param values `false` leaves the values out.
   * @example cache "sessions"
   * @example lastEventId "m2k8x0q4z1-1040"
   * @example after "m2k8x0q4z1-1040"
   * @example types ["expired", "evicted"]
   * @example prefix "user:"
   * @example values true
   */
  @Get('stream')
  @Produces('text/event-stream')
  @SuccessResponse(200, 'Events, for as long as the client listens.', 'text/event-stream')
  @Extension('x-problems', ['redis-unavailable'])
  async streamEvents(
    @Path() cache: string,
    @Header('Last-Event-ID') lastEventId?: string,
    @Query() after?: string,
    @Query() types?: EventType[],
    @Query() prefix?: string,
    @Query() values = true,
  ): Promise<Readable> {
    const stream = await this.streams.open(cache, { after: lastEventId || after, types, prefix, values });
    this.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
    // nginx: hand every event on at once.
    this.setHeader('X-Accel-Buffering', 'no');
    return stream;
  }
}
