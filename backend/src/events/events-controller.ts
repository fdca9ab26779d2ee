import type { EventPage, EventType } from '@lapse/protocol';
import { Controller, Extension, Get, Path, Query, Route, SuccessResponse, Tags } from '@tsoa/runtime';
import type { EventLog } from './event-log.js';

@Route('api/v1/caches/{cache}/events')
@Tags('Events')
export class EventsController extends Controller {
  constructor(private readonly eventLog: EventLog) {
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
}
