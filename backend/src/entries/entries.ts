import { randomBytes } from 'node:crypto';
import type { Entry, EntryPage, EntrySort } from '@lapse/protocol';
import { checkCacheName } from '../caches/cache-name.js';
import {
  EntryExists,
  EntryNotFound,
  Invalid,
  LapseError,
  ValueTooLarge,
  VersionMismatch,
} from '../errors.js';
import { iso } from '../iso.js';
import type { RedisClient } from '../redis/client.js';
import { toReplies, type Operation, type Reply } from '../redis/operations.js';
import type { ScriptName } from '../redis/scripts.js';
import { checkKey, checkTtl, encodeValue, type Place } from './checks.js';
import { decodePageToken, encodePageToken } from './page-token.js';

/** What must hold of the entry for a write to happen; versions come without quotes. RFC 9110, section 13. */
export interface Precondition {
  ifMatch?: '*' | string[];
  ifNoneMatch?: '*' | string[];
}

export type BatchOperation =
  | { op: 'set'; key: string; value: unknown; ttlMs?: number | null }
  | { op: 'renew'; key: string; ttlMs: number | null }
  | { op: 'delete'; key: string };

/** What became of one operation of a batch. */
export type BatchOutcome = { ok: true; created?: boolean; entry?: Entry } | { ok: false; error: LapseError };

export interface ListOptions {
  prefix?: string;
  sort: EntrySort;
  limit: number;
  after?: string;
}

/** What the list script tells of an entry. */
type Row = [
  key: string,
  version: string,
  createdAt: number,
  updatedAt: number,
  deadline: number,
  value: string,
];

/** Keys that one run of the list script may look at, and bytes of values that one page may hold. */
const LOOKS_A_RUN = 5_000;
const PAGE_BYTES = 4 * 1024 * 1024;

/** The entries of all caches. Every call is done by a script on Redis in one atomic run (a list may take more). */
export class Entries {
  constructor(private readonly redis: RedisClient) {}

  /**
   * Creates an entry; without a key it gets one of 128 random bits, URL-safe.
   * @throws EntryExists when the key is alive already
   */
  async create(
    cache: string,
    given: { key?: string; value: unknown; ttlMs?: number | null },
  ): Promise<Entry> {
    const key = checkKey(given.key ?? randomBytes(16).toString('base64url'), { pointer: '/key' });
    try {
      return (await this.put(cache, key, given, { ifNoneMatch: '*' })).entry;
    } catch (error) {
      throw error instanceof VersionMismatch ? new EntryExists() : error;
    }
  }

  /**
   * Creates or replaces an entry. Without ttlMs the cache's default holds; null means no deadline.
   * @throws VersionMismatch when the precondition does not hold
   * @throws ValueTooLarge above 64 KiB, or above the cache's maxBytes
   * @throws Invalid when the cache's maxTtlMs does not allow the ttl
   */
  async put(
    cache: string,
    key: string,
    { value, ttlMs }: { value: unknown; ttlMs?: number | null },
    precondition?: Precondition,
  ): Promise<{ entry: Entry; created: boolean }> {
    checkKey(key, { parameter: 'key' });
    checkTtl(ttlMs, { pointer: '/ttlMs' });
    const text = encodeValue(value, { pointer: '/value' });
    const reply = await this.operate(cache, [
      'set',
      key,
      ttlArgument(ttlMs),
      conditionArgument(precondition),
      text,
    ]);
    const entry = { ...toEntry(cache, key, reply, { pointer: '/ttlMs' }), value };
    return { entry, created: reply.value === 1 };
  }

  /**
   * Reads an entry. Unless it only peeks, that counts as a use: for LRU, and it renews a sliding entry.
   * @throws EntryNotFound
   */
  async get(cache: string, key: string, { peek = false }: { peek?: boolean } = {}): Promise<Entry> {
    checkKey(key, { parameter: 'key' });
    const reply = peek
      ? (toReplies(await this.run('peek', cache, [key]))[0] as Reply)
      : await this.operate(cache, ['get', key]);
    return toEntry(cache, key, reply);
  }

  /**
   * Gives an entry a new ttl from now on; null removes its deadline.
   * @throws EntryNotFound
   * @throws VersionMismatch when the precondition does not hold
   * @throws Invalid when the cache's maxTtlMs does not allow the ttl
   */
  async renew(cache: string, key: string, ttlMs: number | null, precondition?: Precondition): Promise<Entry> {
    checkKey(key, { parameter: 'key' });
    checkTtl(ttlMs, { pointer: '/ttlMs' });
    const reply = await this.operate(cache, [
      'renew',
      key,
      ttlArgument(ttlMs),
      conditionArgument(precondition),
    ]);
    return toEntry(cache, key, reply, { pointer: '/ttlMs' });
  }

  /**
   * Removes an entry.
   * @throws EntryNotFound
   * @throws VersionMismatch when the precondition does not hold
   */
  async delete(cache: string, key: string, precondition?: Precondition): Promise<void> {
    checkKey(key, { parameter: 'key' });
    const reply = await this.operate(cache, ['delete', key, conditionArgument(precondition)]);
    if (reply.code !== 'ok') throw refusal(reply);
  }

  /**
   * Removes an entry and gives it back: of many that take it at once, one gets it.
   * @throws EntryNotFound
   * @throws VersionMismatch when the precondition does not hold
   */
  async take(cache: string, key: string, precondition?: Precondition): Promise<Entry> {
    checkKey(key, { parameter: 'key' });
    return toEntry(cache, key, await this.operate(cache, ['take', key, conditionArgument(precondition)]));
  }

  /** Many writes in one round trip, in order; a refused one does not stop the rest. */
  async batch(cache: string, operations: BatchOperation[]): Promise<BatchOutcome[]> {
    const outcomes: (BatchOutcome | undefined)[] = [];
    const sent: number[] = [];
    const asked: Operation[] = [];
    for (const [index, operation] of operations.entries()) {
      try {
        asked.push(toOperation(operation, index));
        sent.push(index);
      } catch (error) {
        if (!(error instanceof LapseError)) throw error;
        outcomes[index] = { ok: false, error };
      }
    }
    checkCacheName(cache);
    const replies = asked.length > 0 ? await this.redis.operateAll(cache, asked) : [];
    for (const [at, index] of sent.entries()) {
      outcomes[index] = toOutcome(cache, operations[index] as BatchOperation, replies[at] as Reply, index);
    }
    return outcomes as BatchOutcome[];
  }

  /**
   * A page of a cache's living entries. A cache that does not exist has none. The cursor is the log's position
   * before the page was read. A page may hold fewer than `limit` when its values are large; `next` decides.
   * @throws Invalid when `after` is not the `next` of a page of the same listing
   */
  async list(cache: string, { prefix = '', sort, limit, after }: ListOptions): Promise<EntryPage> {
    checkCacheName(cache);
    let place = after === undefined ? undefined : decodePageToken(after, sort, prefix);
    const items: Entry[] = [];
    let cursor: string | undefined;
    let total = 0;
    let bytes = 0;
    for (;;) {
      const run = await this.listPart(cache, { prefix, sort, place, limit: limit - items.length, bytes });
      if ('missing' in run) {
        if (run.cursor !== undefined) return { items, next: null, total: 0, cursor: cursor ?? run.cursor };
        // Nobody has asked for this cache yet: its log begins here. Whatever is written from now on comes after it.
        await this.run('head', cache, []);
        continue;
      }
      cursor ??= run.cursor;
      if (items.length === 0) total = run.total;
      items.push(...run.items);
      bytes += run.bytes;
      place = run.place;
      if (!run.more) return { items, next: null, total, cursor };
      if (items.length >= limit || bytes >= PAGE_BYTES) {
        return { items, next: encodePageToken(sort, prefix, place), total, cursor };
      }
    }
  }

  private async listPart(
    cache: string,
    part: {
      prefix: string;
      sort: EntrySort;
      limit: number;
      bytes: number;
      place?: { score: string; key: string };
    },
  ) {
    const { prefix, sort, limit, bytes, place } = part;
    const reply = (await this.run('list', cache, [
      sort,
      prefix,
      String(limit),
      place ? '1' : '',
      place?.score ?? '0',
      place?.key ?? '',
      String(LOOKS_A_RUN),
      String(PAGE_BYTES - bytes),
    ])) as [code: string, ...(string | number | null)[]];
    if (reply[0] === 'missing')
      return { missing: true as const, cursor: (reply[1] ?? undefined) as string | undefined };
    const [, cursor, total, now, more, score, key, ...rows] = reply;
    const items: Entry[] = [];
    let read = 0;
    for (let i = 0; i < rows.length; i += 6) {
      const [key, version, createdAt, updatedAt, deadline, value] = rows.slice(i, i + 6) as Row;
      read += Buffer.byteLength(value);
      const row: Reply = { code: 'ok', now: now as number, version, createdAt, updatedAt, deadline, value };
      items.push(toEntry(cache, key, row));
    }
    return {
      cursor: cursor as string,
      total: total as number,
      more: more === 1,
      place: { score: String(score), key: String(key) },
      items,
      bytes: read,
    };
  }

  private operate(cache: string, operation: Operation): Promise<Reply> {
    checkCacheName(cache);
    return this.redis.operate(cache, operation);
  }

  private run(script: ScriptName, cache: string, args: string[]): Promise<unknown> {
    checkCacheName(cache);
    const { keys } = this.redis;
    return this.redis.run(script, [keys.cache(cache), keys.shard(cache)], args);
  }
}

function ttlArgument(ttlMs: number | null | undefined): string {
  if (ttlMs === undefined) return '';
  return ttlMs === null ? '-' : String(ttlMs);
}

/**
 * The script takes one condition: If-Match, or else If-None-Match (RFC 9110, 13.2.2 evaluates If-Match first). A tag
 * `"*"` is no wildcard, and no version either.
 */
function conditionArgument(precondition: Precondition | undefined): string {
  const { ifMatch, ifNoneMatch } = precondition ?? {};
  const versions = (given: '*' | string[]) =>
    given === '*' ? '*' : given.filter((version) => version !== '*').join(' ');
  if (ifMatch !== undefined) return `match:${versions(ifMatch)}`;
  if (ifNoneMatch !== undefined) return `none:${versions(ifNoneMatch)}`;
  return '';
}

function toOperation(operation: BatchOperation, index: number): Operation {
  const { op, key } = operation;
  const at = `/operations/${index}`;
  checkKey(key, { pointer: `${at}/key` });
  if (op === 'delete') return [op, key, ''];
  checkTtl(operation.ttlMs, { pointer: `${at}/ttlMs` });
  const ttl = ttlArgument(operation.ttlMs);
  return op === 'renew'
    ? [op, key, ttl, '']
    : [op, key, ttl, '', encodeValue(operation.value, { pointer: `${at}/value` })];
}

function toOutcome(cache: string, operation: BatchOperation, reply: Reply, index: number): BatchOutcome {
  try {
    const entry = toEntry(cache, operation.key, reply, { pointer: `/operations/${index}/ttlMs` });
    if (operation.op === 'delete') return { ok: true };
    if (operation.op === 'renew') return { ok: true, entry };
    return { ok: true, created: reply.value === 1, entry: { ...entry, value: operation.value } };
  } catch (error) {
    if (error instanceof LapseError) return { ok: false, error };
    throw error;
  }
}

/** @throws the LapseError that a reply other than `ok` stands for */
function toEntry(cache: string, key: string, reply: Reply, ttlPlace?: Place): Entry {
  if (reply.code !== 'ok') throw refusal(reply, ttlPlace);
  const { now, version, createdAt, updatedAt, deadline, value } = reply;
  return {
    cache,
    key,
    value: typeof value === 'string' && value !== '' ? JSON.parse(value) : undefined,
    version: version as string,
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
    expiresAt: deadline === 0 ? null : iso(deadline),
    ttlMs: deadline === 0 ? null : deadline - now,
  };
}

function refusal({ code, version: about }: Reply, ttlPlace: Place = { pointer: '/ttlMs' }): Error {
  switch (code) {
    case 'missing':
      return new EntryNotFound();
    case 'mismatch':
      return new VersionMismatch(String(about) || null);
    case 'ttl-too-long':
      return new Invalid([
        {
          ...ttlPlace,
          detail: `This cache allows a ttl of at most ${about} ms (its maxTtlMs), and always one.`,
        },
      ]);
    case 'too-large':
      return new ValueTooLarge(`Key and value are larger than the cache's maxBytes of ${about}.`);
    default:
      return new Error(`unexpected reply of a script: ${code}`);
  }
}
