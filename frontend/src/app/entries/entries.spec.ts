import { provideHttpClient } from '@angular/common/http';
import {
  HttpTestingController,
  type TestRequest,
  provideHttpClientTesting,
} from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import type { EntryPage } from '@lapse/protocol';
import { FakeLive, provideFakeLive } from '../../testing/fake-live.js';
import { at, entry, event, page } from '../../testing/samples.js';
import { Entries } from './entries.js';

describe('entries', () => {
  let entries: Entries;
  let live: FakeLive;
  let http: HttpTestingController;

  beforeEach(() => {
    jasmine.clock().install();
    TestBed.configureTestingModule({
      providers: [provideHttpClient(), provideHttpClientTesting(), provideFakeLive()],
    });
    entries = TestBed.inject(Entries);
    live = TestBed.inject(FakeLive);
    http = TestBed.inject(HttpTestingController);
  });

  afterEach(() => {
    http.verify();
    TestBed.resetTestingModule();
    jasmine.clock().uninstall();
  });

  const keys = () => entries.slice(0, 1e9).flatMap((row) => (row.ended ? [] : [row.key]));
  const asked = (): TestRequest => http.expectOne((request) => request.url === '/api/v1/caches/c/entries');
  const problem = (code: string) => ({
    type: `/api/v1/problems/${code}`,
    title: code,
    status: 0,
    detail: `It is ${code}.`,
  });

  function select(sort: 'expiry' | 'key' | 'recency' = 'expiry', prefix = ''): void {
    entries.select({ cache: 'c', sort, prefix });
  }

  function ready(answer: EntryPage = page([entry('a', 'v-1', 1000), entry('b', 'v-2', 2000)], 'v-2')): void {
    select();
    live.from('c', answer.cursor);
    asked().flush(answer);
  }

  it('lists only once its watch is open, so that nothing between the two is missed', () => {
    select();
    http.expectNone(() => true);
    live.from('c', 'v-2');
    const request = asked();
    expect(request.request.params.get('sort')).toBe('expiry');
    expect(request.request.params.get('limit')).toBe('1000');
    expect(request.request.params.has('prefix')).toBeFalse();
    request.flush(page([entry('a', 'v-1')], 'v-2'));
    expect(entries.status()).toBe('ready');
    expect(keys()).toEqual(['a']);
  });

  it('lists all the same when no watch opens for a while', () => {
    select();
    jasmine.clock().tick(1500);
    asked().flush(page([entry('a', 'v-1')], 'v-1'));
    expect(keys()).toEqual(['a']);
  });

  it('follows events after the list', () => {
    ready();
    live.events(
      'c',
      event('created', 'v-3', 'x', { expiresAt: at(1500) }),
      event('expired', 'v-4', 'a', { version: 'v-1' }),
    );
    expect(keys()).toEqual(['x', 'b']);
    expect(entries.total()).toBe(2);
  });

  it('asks for the prefix on the server and keeps showing the old rows until the answer', () => {
    ready();
    select('expiry', 'user:');
    const request = asked();
    expect(request.request.params.get('prefix')).toBe('user:');
    expect(keys()).toEqual(['a', 'b']);
    request.flush(page([entry('user:1', 'v-9')], 'v-9'));
    expect(keys()).toEqual(['user:1']);
  });

  it('drops the answer to a search that was typed over', () => {
    ready();
    select('expiry', 'u');
    const first = asked();
    select('expiry', 'us');
    expect(first.cancelled).toBeTrue();
    asked().flush(page([entry('us', 'v-9')], 'v-9'));
    expect(keys()).toEqual(['us']);
  });

  it('fetches the next page when one looks near the end of what is loaded', () => {
    const first = Array.from({ length: 1000 }, (_, i) => entry(`k${i}`, `v-${i}`, 1000 + i));
    ready(page(first, 'v-1000', { next: 'more', total: 1001 }));
    entries.reach(600);
    http.expectNone(() => true);
    entries.reach(800);
    const request = asked();
    expect(request.request.params.get('after')).toBe('more');
    entries.reach(900);
    request.flush(page([entry('z', 'v-1000', 9000)], 'v-1000', { total: 1001 }));
    expect(entries.loaded()).toBe(1001);
    expect(entries.complete()).toBeTrue();
  });

  it('lists again after a loss, as far down as before, without emptying the screen', () => {
    const first = Array.from({ length: 1000 }, (_, i) => entry(`k${i}`, `v-${i}`, 1000 + i));
    ready(page(first, 'v-1000', { next: 'more', total: 2000 }));
    entries.reach(1200);
    asked().flush(
      page(
        Array.from({ length: 1000 }, (_, i) => entry(`l${i}`, `w-${i}`, 3000 + i)),
        'v-1000',
        { total: 2000 },
      ),
    );
    live.from('c', 'v-1500', false);
    asked().flush(page(first.slice(5), 'v-1500', { next: 'more', total: 1995 }));
    expect(entries.loaded()).toBe(2000);
    asked().flush(
      page(
        Array.from({ length: 1000 }, (_, i) => entry(`l${i}`, `w-${i}`, 3000 + i)),
        'v-1500',
        { total: 1995 },
      ),
    );
    expect(entries.loaded()).toBe(1995);
    expect(keys()[0]).toBe('k5');
  });

  it('lists nothing when the server could replay what was missed', () => {
    ready();
    live.from('c', 'v-2', true);
    live.events('c', event('deleted', 'v-3', 'a', { version: 'v-1' }));
    http.expectNone(() => true);
    expect(keys()).toEqual(['b']);
  });

  it('lists nevertheless when it had not listed before the loss', () => {
    select();
    live.from('c', 'v-0');
    asked().flush(null, { status: 500, statusText: 'x' });
    live.from('c', 'v-0', true);
    asked().flush(page([entry('a', 'v-1')], 'v-1'));
    expect(keys()).toEqual(['a']);
  });

  it('says what went wrong and tries again by itself when that may pass', () => {
    select();
    live.from('c', 'v-0');
    asked().flush(problem('redis-unavailable'), { status: 503, statusText: 'x' });
    expect(entries.status()).toBe('failed');
    expect(entries.problem()!.detail).toContain('cannot reach Redis');
    jasmine.clock().tick(1000);
    asked().flush(page([entry('a', 'v-1')], 'v-1'));
    expect(entries.status()).toBe('ready');
    expect(entries.problem()).toBeNull();
  });

  it('does not repeat a request that is wrong', () => {
    select();
    live.from('c', 'v-0');
    asked().flush(problem('invalid'), { status: 422, statusText: 'x' });
    jasmine.clock().tick(60_000);
    http.expectNone(() => true);
    expect(entries.status()).toBe('failed');
  });

  it('waits for a cache that does not exist yet and shows it from its first entry on', () => {
    select();
    live.from('c', undefined);
    asked().flush(problem('cache-not-found'), { status: 404, statusText: 'x' });
    expect(entries.status()).toBe('missing');
    live.events('c', event('created', 'v-1', 'a'));
    asked().flush(page([entry('a', 'v-1')], 'v-1'));
    expect(entries.status()).toBe('ready');
    expect(keys()).toEqual(['a']);
  });

  it('says so when the cache is removed under it', () => {
    ready();
    live.events('c', { ...event('cleared', 'v-3', ''), count: 2 });
    expect(keys()).toEqual([]);
    asked().flush(problem('cache-not-found'), { status: 404, statusText: 'x' });
    expect(entries.status()).toBe('missing');
  });

  it('shows nothing of one cache under the name of another', () => {
    ready();
    entries.select({ cache: 'd', sort: 'expiry', prefix: '' });
    expect(keys()).toEqual([]);
    expect(entries.status()).toBe('loading');
    expect(live.watched).toEqual(['d']);
  });

  it('lets ended rows go after they have been seen', () => {
    ready();
    live.events('c', event('expired', 'v-3', 'a', { version: 'v-1' }));
    expect(entries.slice(0, 9).map((row) => row.ended)).toEqual(['expired', undefined]);
    const later = performance.now() + 5000;
    spyOn(performance, 'now').and.returnValue(later);
    jasmine.clock().tick(5000);
    expect(entries.slice(0, 9).map((row) => row.key)).toEqual(['b']);
  });

  it('fetches the value that a renewal did not bring', () => {
    ready(page([entry('a', 'v-1', 5000)], 'v-2', { next: 'more', total: 2 }));
    live.events('c', event('renewed', 'v-3', 'z', { version: 'v-2', expiresAt: at(10) }));
    asked().flush(page([entry('b', 'v-9', 9000)], 'v-3'));
    expect(entries.row('z')!.value).toBeUndefined();
    const request = http.expectOne((one) => one.url === '/api/v1/caches/c/entries/z');
    expect(request.request.params.get('peek')).toBe('true');
    request.flush({ ...entry('z', 'v-2', 10), value: { found: true } });
    expect(entries.row('z')!.value).toEqual({ found: true });
  });

  it('reads the order of use again now and then: reads change it without an event', () => {
    select('recency');
    live.from('c', 'v-0');
    asked().flush(page([entry('a', 'v-1'), entry('b', 'v-2')], 'v-2'));
    jasmine.clock().tick(10_000);
    asked().flush(page([entry('b', 'v-2'), entry('a', 'v-1')], 'v-2'));
    expect(keys()).toEqual(['b', 'a']);
  });

  it('applies a thousand events of one frame and changes the screen once', () => {
    ready(page([], 'v-0'));
    const before = entries.changes();
    const many = Array.from({ length: 1000 }, (_, i) => event('created', `v-${i + 1}`, `k${i}`));
    live.events('c', ...many);
    expect(entries.total()).toBe(1000);
    expect(entries.changes() - before).toBe(1);
    expect(entries.hectic()).toBeTrue();
  });
});
