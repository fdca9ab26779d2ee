import { DEFAULT_POLICY, type Cache, type CacheList, type CachePolicyBody } from '@lapse/protocol';
import {
  Body,
  Controller,
  Delete,
  Extension,
  Get,
  Path,
  Put,
  Response,
  Route,
  SuccessResponse,
  Tags,
} from '@tsoa/runtime';
import type { Caches } from './caches.js';

@Route('api/v1/caches')
@Tags('Caches')
export class CachesController extends Controller {
  constructor(private readonly caches: Caches) {
    super();
  }

  /**
   * Every cache with its policy and live figures, by name.
   *
   * @summary List caches
   */
  @Get()
  @SuccessResponse(200, 'Every cache.')
  @Extension('x-problems', ['redis-unavailable'])
  async listCaches(): Promise<CacheList> {
    return { items: await this.caches.list() };
  }

  /**
   * A cache's policy and live figures.
   *
   * @summary Read a cache
   * @param cache The cache's name.
   * @example cache "sessions"
   */
  @Get('{cache}')
  @SuccessResponse(200, 'The cache.')
  @Extension('x-problems', ['cache-not-found', 'redis-unavailable'])
  async readCache(@Path() cache: string): Promise<Cache> {
    return this.caches.get(cache);
  }

  /**
   * Creates a cache or replaces its policy as a whole. What a smaller policy leaves no room for is evicted at once,
   * least recently used first.
   *
   * @summary Set a cache's policy
   * @param cache The cache's name: 1-64 of a-z, 0-9, `.`, `_` and `-`, beginning with a letter or digit.
   * @param body The policy.
   * @example cache "sessions"
   */
  @Put('{cache}')
  @SuccessResponse(200, 'The cache with its new policy.')
  @Response<Cache>(201, 'The cache as it was created.')
  @Extension('x-problems', ['redis-unavailable', 'redis-full'])
  async setCachePolicy(@Path() cache: string, @Body() body: CachePolicyBody): Promise<Cache> {
    const set = await this.caches.setPolicy(cache, { ...DEFAULT_POLICY, ...body });
    this.setStatus(set.created ? 201 : 200);
    return set.cache;
  }

  /**
   * Removes a cache with all its entries: one `cleared` event.
   *
   * @summary Remove a cache
   * @param cache The cache's name.
   * @example cache "sessions"
   */
  @Delete('{cache}')
  @SuccessResponse(204, 'It is gone.')
  @Extension('x-problems', ['cache-not-found', 'redis-unavailable'])
  async removeCache(@Path() cache: string): Promise<void> {
    await this.caches.remove(cache);
  }
}
