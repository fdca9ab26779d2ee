import type {
  BatchBody,
  BatchResult,
  BatchResults,
  Entry,
  EntryBody,
  EntryPage,
  NewEntryBody,
  Problem,
  RenewalBody,
} from '@lapse/protocol';
import {
  Body,
  Controller,
  Delete,
  Extension,
  Get,
  Header,
  Patch,
  Path,
  Post,
  Put,
  Query,
  Response,
  Route,
  SuccessResponse,
  Tags,
} from '@tsoa/runtime';
import type { LapseError } from '../errors.js';
import type { BatchOutcome, Entries } from './entries.js';
import { prefersRepresentation } from './preferences.js';
import { checkMatch, entityTag, isUnchanged, readPrecondition } from './preconditions.js';

/** Of the entries of one cache. */
@Route('api/v1/caches/{cache}/entries')
@Tags('Entries')
export class EntriesController extends Controller {
  constructor(
    private readonly entries: Entries,
    private readonly toProblem: (error: LapseError) => Problem,
  ) {
    super();
  }

  /**
   * Lists living entries, a page at a time. Reading a list is not a use of its entries. List, then subscribe after
   * the answer's `cursor`, and nothing is missed. A cache that was never written to has none.
   *
   * @summary List entries
   * @param cache The cache's name.
   * @param prefix Only entries whose key begins so.
   * @param sort By key, by soonest deadline (those without one last), or by least recent use: the order of eviction.
   * @param limit The most entries in one page; large values make a page end sooner.
   * @param after The `next` of the page before, of the same sort and prefix.
   * @example cache "sessions"
   * @example prefix "user:"
   * @example sort "key"
   * @example limit 100
   * @example after "WyJleHBpcnkiLCJ1c2VyOiIsIjE3OTU3MTI0MzAwMDAiLCJ1c2VyOjQyIl0"
   * @isInt limit
   * @minimum limit 1
   * @maximum limit 1000
   */
  @Get()
  @SuccessResponse(200, 'A page of entries.')
  @Extension('x-problems', ['redis-unavailable'])
  async listEntries(
    @Path() cache: string,
    @Query() prefix?: string,
    @Query() sort: 'key' | 'expiry' | 'recency' = 'key',
    @Query() limit = 100,
    @Query() after?: string,
  ): Promise<EntryPage> {
    return this.entries.list(cache, { prefix, sort, limit, after });
  }

  /**
   * Creates an entry, and its cache with the default policy where there is none. An entry that is alive already
   * stays as it is.
   *
   * @summary Create an entry
   * @param cache The cache's name.
   * @param body The entry.
   * @example cache "sessions"
   */
  @Post()
  @SuccessResponse<{
    /** The path of the entry. */
    Location: string;
    /** The version in quotes. */
    ETag: string;
  }>(201, 'The entry as it was created.')
  @Extension('x-problems', ['entry-exists', 'value-too-large', 'redis-unavailable', 'redis-full'])
  async createEntry(@Path() cache: string, @Body() body: NewEntryBody): Promise<Entry> {
    const entry = await this.entries.create(cache, body);
    this.setHeader('Location', `/api/v1/caches/${cache}/entries/${encodeURIComponent(entry.key)}`);
    return this.tagged(entry);
  }

  /**
   * Carries out up to 1000 writes in order, in one round trip to Redis. A refused one does not stop the rest: each
   * has its own result. Only a body that is wrong in form refuses the whole batch.
   *
   * @summary Write many entries
   * @param cache The cache's name.
   * @param body The operations.
   * @example cache "sessions"
   */
  @Post('batch')
  @SuccessResponse(200, 'A result for each operation, in the same order.')
  @Extension('x-max-body-bytes', 16777216)
  @Extension('x-problems', ['redis-unavailable', 'redis-full'])
  async batch(@Path() cache: string, @Body() body: BatchBody): Promise<BatchResults> {
    const outcomes = await this.entries.batch(cache, body.operations);
    return { results: outcomes.map((outcome) => this.toResult(outcome)) };
  }

  /**
   * Reads an entry. That is a use: it becomes the most recently used, and a sliding entry is renewed by its own ttl.
   *
   * @summary Read an entry
   * @param cache The cache's name.
   * @param key The entry's key, percent-encoded: `a%2Fb` is the key `a/b`.
   * @param peek true: look without using, so that neither the order of eviction nor the deadline changes.
   * @param ifNoneMatch Versions the reader holds: 304 if the entry's is among them.
   * @param ifMatch Versions the reader wants: 412 if the entry's is not among them.
   * @example cache "sessions"
   * @example key "user:42"
   * @example peek false
   * @example ifNoneMatch "\"m2k8x0q4z1-1039\""
   * @example ifMatch "\"m2k8x0q4z1-1040\""
   */
  @Get('{key}')
  @SuccessResponse<{
    /** The version in quotes. */
    ETag: string;
  }>(200, 'The entry.')
  @Response<
    void,
    {
      /** The version in quotes. */
      ETag: string;
    }
  >(304, 'The reader holds this version of the value already.')
  @Extension('x-problems', ['entry-not-found', 'version-mismatch', 'redis-unavailable'])
  async readEntry(
    @Path() cache: string,
    @Path() key: string,
    @Query() peek = false,
    @Header('If-None-Match') ifNoneMatch?: string,
    @Header('If-Match') ifMatch?: string,
  ): Promise<Entry | undefined> {
    const entry = await this.entries.get(cache, key, { peek });
    checkMatch(entry.version, ifMatch);
    // It may be kept, but never shown again without asking: the deadline may pass at any moment.
    this.setHeader('Cache-Control', 'no-cache');
    this.tagged(entry);
    if (!isUnchanged(entry.version, ifNoneMatch)) return entry;
    this.setStatus(304);
    return undefined;
  }

  /**
   * Creates or replaces an entry, and creates its cache with the default policy where there is none.
   *
   * @summary Write an entry
   * @param cache The cache's name.
   * @param key The entry's key, percent-encoded: `a%2Fb` is the key `a/b`.
   * @param body The value, and how long it lives.
   * @param ifMatch Write only if the entry has one of these versions; `*`: only if it exists.
   * @param ifNoneMatch `*`: only create, never replace.
   * @example cache "sessions"
   * @example key "user:42"
   * @example ifMatch "\"m2k8x0q4z1-1040\""
   * @example ifNoneMatch "*"
   */
  @Put('{key}')
  @SuccessResponse<{
    /** The version in quotes. */
    ETag: string;
  }>(200, 'The entry as it replaced the one before.')
  @Response<
    Entry,
    {
      /** The version in quotes. */
      ETag: string;
    }
  >(201, 'The entry as it was created.')
  @Extension('x-problems', ['version-mismatch', 'value-too-large', 'redis-unavailable', 'redis-full'])
  async writeEntry(
    @Path() cache: string,
    @Path() key: string,
    @Body() body: EntryBody,
    @Header('If-Match') ifMatch?: string,
    @Header('If-None-Match') ifNoneMatch?: string,
  ): Promise<Entry> {
    const { entry, created } = await this.entries.put(
      cache,
      key,
      body,
      readPrecondition(ifMatch, ifNoneMatch),
    );
    this.setStatus(created ? 201 : 200);
    return this.tagged(entry);
  }

  /**
   * Gives an entry a new ttl, counted from now. The value and its version stay.
   *
   * @summary Renew an entry
   * @param cache The cache's name.
   * @param key The entry's key, percent-encoded: `a%2Fb` is the key `a/b`.
   * @param body The new ttl.
   * @param ifMatch Renew only if the entry has one of these versions.
   * @param ifNoneMatch Renew only if the entry has none of these versions.
   * @example cache "sessions"
   * @example key "user:42"
   * @example ifMatch "\"m2k8x0q4z1-1040\""
   * @example ifNoneMatch "\"m2k8x0q4z1-1039\""
   */
  @Patch('{key}')
  @SuccessResponse<{
    /** The version in quotes. */
    ETag: string;
  }>(200, 'The entry with its new deadline.')
  @Extension('x-problems', ['entry-not-found', 'version-mismatch', 'redis-unavailable', 'redis-full'])
  async renewEntry(
    @Path() cache: string,
    @Path() key: string,
    @Body() body: RenewalBody,
    @Header('If-Match') ifMatch?: string,
    @Header('If-None-Match') ifNoneMatch?: string,
  ): Promise<Entry> {
    return this.tagged(
      await this.entries.renew(cache, key, body.ttlMs, readPrecondition(ifMatch, ifNoneMatch)),
    );
  }

  /**
   * Removes an entry. With `Prefer: return=representation` it is a take: the answer has the last value, and of many
   * that take the same entry at once, one gets it.
   *
   * @summary Delete or take an entry
   * @param cache The cache's name.
   * @param key The entry's key, percent-encoded: `a%2Fb` is the key `a/b`.
   * @param ifMatch Remove only if the entry has one of these versions.
   * @param ifNoneMatch Remove only if the entry has none of these versions.
   * @param prefer `return=representation` gives the entry back.
   * @example cache "sessions"
   * @example key "user:42"
   * @example ifMatch "\"m2k8x0q4z1-1040\""
   * @example ifNoneMatch "\"m2k8x0q4z1-1039\""
   * @example prefer "return=representation"
   */
  @Delete('{key}')
  @SuccessResponse<{
    /** `return=representation` */
    'Preference-Applied': string;
  }>(200, 'The entry as it was when it was taken.')
  @Response<void>(204, 'It is gone.')
  @Extension('x-problems', ['entry-not-found', 'version-mismatch', 'redis-unavailable'])
  async deleteEntry(
    @Path() cache: string,
    @Path() key: string,
    @Header('If-Match') ifMatch?: string,
    @Header('If-None-Match') ifNoneMatch?: string,
    @Header('Prefer') prefer?: string,
  ): Promise<Entry | undefined> {
    const precondition = readPrecondition(ifMatch, ifNoneMatch);
    if (prefersRepresentation(prefer)) {
      const entry = await this.entries.take(cache, key, precondition);
      this.setHeader('Preference-Applied', 'return=representation');
      return entry;
    }
    await this.entries.delete(cache, key, precondition);
    return undefined;
  }

  private tagged(entry: Entry): Entry {
    this.setHeader('ETag', entityTag(entry.version));
    return entry;
  }

  private toResult(outcome: BatchOutcome): BatchResult {
    if (!outcome.ok) {
      const error = this.toProblem(outcome.error);
      return { status: error.status, error };
    }
    if (outcome.entry === undefined) return { status: 204 };
    return { status: outcome.created ? 201 : 200, entry: outcome.entry };
  }
}
