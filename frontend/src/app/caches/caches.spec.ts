import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { DEFAULT_POLICY } from '@lapse/protocol';
import { FakeLive, provideFakeLive } from '../../testing/fake-live.js';
import { cache, event } from '../../testing/samples.js';
import { Caches } from './caches.js';

describe('caches', () => {
  let caches: Caches;
  let live: FakeLive;
  let http: HttpTestingController;

  beforeEach(() => {
    jasmine.clock().install().mockDate();
    TestBed.configureTestingModule({
      providers: [provideHttpClient(), provideHttpClientTesting(), provideFakeLive()],
    });
    caches = TestBed.inject(Caches);
    live = TestBed.inject(FakeLive);
    http = TestBed.inject(HttpTestingController);
  });

  afterEach(() => {
    http.verify();
    TestBed.resetTestingModule();
    jasmine.clock().uninstall();
  });

  const read = () => http.expectOne({ method: 'GET', url: '/api/v1/caches' });
  const answer = (...items: ReturnType<typeof cache>[]) => read().flush({ items });
  const counts = () => Object.fromEntries((caches.all() ?? []).map(({ name, entries }) => [name, entries]));

  it('are unknown until they have been read, then sorted by name', () => {
    expect(caches.all()).toBeNull();
    answer(cache('b'), cache('a'));
    expect(caches.all()!.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('count entries as events come', () => {
    answer(cache('c', { entries: 5 }));
    live.events(
      '*',
      event('created', 'v-1', 'a'),
      event('created', 'v-2', 'b'),
      event('expired', 'v-3', 'a'),
    );
    live.events(
      '*',
      event('evicted', 'v-4', 'b'),
      event('deleted', 'v-5', 'x'),
      event('updated', 'v-6', 'y'),
    );
    expect(counts()).toEqual({ c: 4 });
    const { created, expired, evicted, deleted } = caches.cache('c')!;
    expect([created, expired, evicted, deleted]).toEqual([2, 1, 1, 1]);
  });

  it('do not count twice an event that the answer holds already', () => {
    live.events(
      '*',
      event('created', 'v-1', 'a'),
      event('created', 'v-2', 'b'),
      event('created', 'v-3', 'c'),
    );
    answer(cache('c', { entries: 2, cursor: 'v-2' }));
    expect(counts()).toEqual({ c: 3 });
  });

  it('are read again soon after an event, so that every figure is right in the end', () => {
    answer(cache('c', { entries: 5 }));
    live.events('*', { ...event('created', 'v-1', 'a'), cache: 'new' });
    expect(counts()).toEqual({ c: 5 });
    jasmine.clock().tick(1000);
    answer(cache('c', { entries: 5 }), cache('new', { entries: 1 }));
    expect(counts()).toEqual({ c: 5, new: 1 });
  });

  it('are read at most once a second under a flood of events', () => {
    answer(cache('c'));
    for (let i = 0; i < 60; i++) {
      live.events('*', event('created', `v-${i}`, `k${i}`));
      jasmine.clock().tick(16);
    }
    jasmine.clock().tick(40);
    answer(cache('c', { entries: 60 }));
    expect(counts()).toEqual({ c: 60 });
  });

  it('are read again now and then: hits and policies change without an event', () => {
    answer(cache('c'));
    jasmine.clock().tick(5000);
    answer(cache('c', { hits: 3 }));
    expect(caches.cache('c')!.hits).toBe(3);
  });

  it('are read again whenever the live connection begins anew', () => {
    answer(cache('c'));
    live.from('*', undefined);
    answer(cache('d'));
    expect(counts()).toEqual({ d: 0 });
  });

  it('keep what is known while the server is away, and say so', () => {
    answer(cache('c', { entries: 5 }));
    jasmine.clock().tick(5000);
    read().flush(null, { status: 502, statusText: 'x' });
    expect(counts()).toEqual({ c: 5 });
    expect(caches.problem()!.status).toBe(502);
  });

  it('show a changed policy at once', async () => {
    answer(cache('c'));
    const saving = caches.setPolicy('c', { ...DEFAULT_POLICY, maxEntries: 10 });
    const put = http.expectOne({ method: 'PUT', url: '/api/v1/caches/c' });
    expect(put.request.body).toEqual({ ...DEFAULT_POLICY, maxEntries: 10 });
    put.flush(cache('c', { maxEntries: 10 }));
    await saving;
    answer(cache('c', { maxEntries: 10 }));
    expect(caches.cache('c')!.maxEntries).toBe(10);
  });

  it('are content when one that is to go is gone already', async () => {
    answer(cache('c'));
    const removing = caches.remove('c');
    const gone = { type: '/api/v1/problems/cache-not-found', detail: 'x' };
    http
      .expectOne({ method: 'DELETE', url: '/api/v1/caches/c' })
      .flush(gone, { status: 404, statusText: 'x' });
    await removing;
    answer();
    expect(caches.all()).toEqual([]);
  });
});
