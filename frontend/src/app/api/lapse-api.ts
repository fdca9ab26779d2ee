import { HttpClient, HttpHeaders, HttpParams } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { type Observable, catchError, map, throwError } from 'rxjs';
import type {
  BatchOperation,
  BatchResult,
  BatchResults,
  Cache,
  CacheList,
  CachePolicy,
  Cursor,
  Entry,
  EntryBody,
  EntryPage,
  EntrySort,
  EventPage,
  NewEntryBody,
} from '@lapse/protocol';
import { toProblem } from './problem.js';

const BASE = '/api/v1/caches';

/** Milliseconds after which a call counts as failed: longer than any write takes, shorter than patience. */
const TIMEOUT_MS = 15_000;

export interface EntryQuery {
  prefix: string;
  sort: EntrySort;
  limit: number;
  after?: string;
}

/** Only while the key is free, or only while the entry still has this version. */
export type Precondition = { absent: true } | { version: Cursor };

/** The REST calls, one method each. Every failure is an `ApiProblem`. */
@Injectable({ providedIn: 'root' })
export class LapseApi {
  private readonly http = inject(HttpClient);

  caches(): Observable<Cache[]> {
    return this.call<CacheList>('GET', BASE).pipe(map((answer) => answer.items));
  }

  putCache(name: string, policy: CachePolicy): Observable<Cache> {
    return this.call('PUT', cachePath(name), { body: policy });
  }

  deleteCache(name: string): Observable<void> {
    return this.call('DELETE', cachePath(name));
  }

  entries(cache: string, query: EntryQuery): Observable<EntryPage> {
    let params = new HttpParams().set('sort', query.sort).set('limit', query.limit);
    if (query.prefix) params = params.set('prefix', query.prefix);
    if (query.after) params = params.set('after', query.after);
    return this.call('GET', entriesPath(cache), { params });
  }

  /** The log from its oldest event on, or after a cursor. Fails with 410 when it no longer goes back that far. */
  events(cache: string, limit: number, after?: Cursor): Observable<EventPage> {
    let params = new HttpParams().set('limit', limit);
    if (after !== undefined) params = params.set('after', after);
    return this.call('GET', `${cachePath(cache)}/events`, { params });
  }

  /** Looks at an entry without using it: neither its place in the eviction order nor its deadline changes. */
  peek(cache: string, key: string): Observable<Entry> {
    return this.call('GET', entryPath(cache, key), { params: new HttpParams().set('peek', true) });
  }

  /** Creates an entry; without a key the server makes one up. */
  create(cache: string, write: NewEntryBody): Observable<Entry> {
    return this.call('POST', entriesPath(cache), { body: write });
  }

  put(cache: string, key: string, write: EntryBody, only: Precondition): Observable<Entry> {
    const headers: Record<string, string> =
      'absent' in only ? { 'If-None-Match': '*' } : { 'If-Match': `"${only.version}"` };
    return this.call('PUT', entryPath(cache, key), { body: write, headers: new HttpHeaders(headers) });
  }

  renew(cache: string, key: string, ttlMs: number | null): Observable<Entry> {
    return this.call('PATCH', entryPath(cache, key), { body: { ttlMs } });
  }

  /** Deletes an entry and gives back what it held, atomically. */
  take(cache: string, key: string): Observable<Entry> {
    const headers = new HttpHeaders({ Prefer: 'return=representation' });
    return this.call('DELETE', entryPath(cache, key), { headers });
  }

  batch(cache: string, operations: BatchOperation[]): Observable<BatchResult[]> {
    return this.call<BatchResults>('POST', `${entriesPath(cache)}/batch`, {
      body: { operations },
    }).pipe(map((answer) => answer.results));
  }

  private call<T>(
    method: string,
    path: string,
    options: { body?: unknown; params?: HttpParams; headers?: HttpHeaders } = {},
  ): Observable<T> {
    return this.http
      .request<T>(method, path, { ...options, timeout: TIMEOUT_MS })
      .pipe(catchError((error: unknown) => throwError(() => toProblem(error))));
  }
}

function cachePath(cache: string): string {
  return `${BASE}/${encodeURIComponent(cache)}`;
}

function entriesPath(cache: string): string {
  return `${cachePath(cache)}/entries`;
}

function entryPath(cache: string, key: string): string {
  return `${entriesPath(cache)}/${encodeURIComponent(key)}`;
}
