import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { FakeLive, provideFakeLive } from '../../testing/fake-live.js';
import { T0, event } from '../../testing/samples.js';
import { Feed } from './feed.js';

describe('the feed', () => {
  let feed: Feed;
  let live: FakeLive;
  let http: HttpTestingController;

  beforeEach(() => {
    jasmine.clock().install();
    TestBed.configureTestingModule({
      providers: [provideHttpClient(), provideHttpClientTesting(), provideFakeLive()],
    });
    feed = TestBed.inject(Feed);
    live = TestBed.inject(FakeLive);
    http = TestBed.inject(HttpTestingController);
    feed.follow('c');
  });

  afterEach(() => {
    http.verify();
    TestBed.resetTestingModule();
    jasmine.clock().uninstall();
  });

  const shown = () => feed.all().map((line) => (line.kind === 'event' ? line.event.cursor : line.kind));
  const late = () =>
    feed.all().flatMap((line) => (line.kind === 'event' && line.late ? [line.event.cursor] : []));
  const marks = () => feed.all().filter((line) => line.kind !== 'event');
  const cut = { since: T0, until: T0 + 29_000 };
  const log = () => http.expectOne((request) => request.url === '/api/v1/caches/c/events');
  const many = (count: number, first = 1) =>
    Array.from({ length: count }, (_, i) => event('created', `v-${first + i}`, `k${i}`));

  function begin(history = many(0)): void {
    live.from('c', 'v-0');
    log().flush({ items: history, next: 'v-0' });
  }

  it('begins with what the log holds and goes on live, newest first', () => {
    begin(many(2));
    live.events('c', event('expired', 'v-3', 'a'), event('deleted', 'v-4', 'b'));
    expect(shown()).toEqual(['v-4', 'v-3', 'v-2', 'v-1']);
  });

  it('shows an event once that came live and from the log', () => {
    live.from('c', 'v-0');
    live.events('c', event('created', 'v-2', 'b'));
    log().flush({ items: [event('created', 'v-1', 'a'), event('created', 'v-2', 'b')], next: 'v-2' });
    expect(shown()).toEqual(['v-2', 'v-1']);
  });

  it('does not pass the oldest page of a long log off as the present', () => {
    begin(many(1000));
    expect(shown()).toEqual([]);
  });

  it('reads from the log what happened while the connection was away', () => {
    begin();
    live.events('c', event('created', 'v-1', 'a'));
    live.from('c', 'v-3', false);
    live.events('c', event('created', 'v-4', 'd'));
    const request = log();
    expect(request.request.params.get('after')).toBe('v-1');
    request.flush({ items: [event('created', 'v-2', 'b'), event('created', 'v-3', 'c')], next: 'v-3' });
    expect(shown()).toEqual(['v-4', 'v-3', 'v-2', 'v-1']);
  });

  it('says where events are missing that the log no longer has', () => {
    begin();
    live.events('c', event('created', 'v-1', 'a'));
    live.from('c', 'v-900', false, cut);
    live.events('c', event('created', 'v-901', 'z'));
    log().flush({ type: '/p/cursor-gone' }, { status: 410, statusText: 'Gone' });
    expect(shown()).toEqual(['v-901', 'missed', 'v-1']);
    expect(marks()).toEqual([jasmine.objectContaining({ kind: 'missed', cut })]);
  });

  it('says so too when more was missed than one page holds', () => {
    begin();
    live.events('c', event('created', 'v-0', 'a'));
    live.from('c', 'v-5000', false);
    log().flush({ items: many(1000), next: 'v-1000' });
    expect(shown()[0]).toBe('missed');
    expect(shown()[1]).toBe('v-1000');
  });

  it('marks where the connection was lost, and what was replayed', () => {
    begin(many(1));
    live.from('c', 'v-1', true, cut);
    live.events('c', event('created', 'v-2', 'b'));
    live.events('c', event('expired', 'v-3', 'c'), event('expired', 'v-4', 'd'));
    live.goLive('c', 3);
    live.events('c', event('created', 'v-5', 'e'));
    http.expectNone(() => true);
    expect(shown()).toEqual(['v-5', 'v-4', 'v-3', 'v-2', 'cut', 'v-1']);
    expect(marks()).toEqual([jasmine.objectContaining({ kind: 'cut', cut, replayed: 3 })]);
    expect(late()).toEqual(['v-4', 'v-3', 'v-2']);
  });

  it('marks no cut in which nothing happened', () => {
    begin(many(1));
    live.from('c', 'v-1', true, cut);
    live.goLive('c', 0);
    live.events('c', event('created', 'v-2', 'b'));
    expect(shown()).toEqual(['v-2', 'v-1']);
    expect(late()).toEqual([]);
  });

  it('marks each cut in its own place', () => {
    begin();
    for (const [first, second] of [
      ['v-1', 'v-2'],
      ['v-3', 'v-4'],
    ] as const) {
      live.from('c', 'v', true, cut);
      live.events('c', event('created', first, first));
      live.goLive('c', 1);
      live.events('c', event('created', second, second));
    }
    expect(shown()).toEqual(['v-4', 'v-3', 'cut', 'v-2', 'v-1', 'cut']);
    expect(late()).toEqual(['v-3', 'v-1']);
  });

  it('keeps one mark for a replay that was itself cut off', () => {
    begin();
    live.from('c', 'v-0', true, cut);
    live.events('c', event('created', 'v-1', 'a'));
    const longer = { ...cut, until: cut.until + 5_000 };
    live.from('c', 'v-1', true, longer);
    live.events('c', event('created', 'v-2', 'b'));
    live.goLive('c', 2);
    expect(shown()).toEqual(['v-2', 'v-1', 'cut']);
    expect(marks()).toEqual([jasmine.objectContaining({ cut: longer, replayed: 2 })]);
  });

  it('marks what it read from the log itself as well', () => {
    begin(many(1));
    live.from('c', 'v-3', false, cut);
    live.events('c', event('created', 'v-4', 'd'));
    log().flush({ items: [event('created', 'v-2', 'b'), event('created', 'v-3', 'c')], next: 'v-3' });
    expect(shown()).toEqual(['v-4', 'v-3', 'v-2', 'cut', 'v-1']);
    expect(late()).toEqual(['v-3', 'v-2']);
  });

  it('does not call late what it is the first to read', () => {
    live.from('c', 'v-1', false, cut);
    log().flush({ items: many(1), next: 'v-1' });
    expect(shown()).toEqual(['v-1']);
    expect(late()).toEqual([]);
  });

  it('stands still while paused, loses nothing, and counts what waits', () => {
    begin();
    live.events('c', event('created', 'v-1', 'a'));
    feed.pause();
    live.events('c', event('created', 'v-2', 'b'), event('created', 'v-3', 'c'));
    expect(shown()).toEqual(['v-1']);
    expect(feed.waiting()).toBe(2);
    feed.resume();
    expect(shown()).toEqual(['v-3', 'v-2', 'v-1']);
    expect(feed.waiting()).toBe(0);
  });

  it('changes four times a second under a flood, and shows the newest in the end', () => {
    begin();
    let changes = 0;
    let last = feed.all();
    for (let frame = 0; frame < 60; frame++) {
      live.events('c', ...many(17, 1 + frame * 17));
      jasmine.clock().tick(16);
      if (feed.all() !== last) changes += 1;
      last = feed.all();
    }
    expect(feed.busy()).toBeTrue();
    jasmine.clock().tick(250);
    expect(changes).toBeLessThanOrEqual(9);
    expect(shown()[0]).toBe(`v-${60 * 17}`);
    expect(shown().length).toBe(500);
    jasmine.clock().tick(2_000);
    expect(feed.busy()).toBeFalse();
  });

  it('counts events by type', () => {
    begin();
    live.events(
      'c',
      event('expired', 'v-1', 'a'),
      event('expired', 'v-2', 'b'),
      event('evicted', 'v-3', 'c'),
    );
    expect(Object.fromEntries(feed.counts())).toEqual({ expired: 2, evicted: 1 });
  });

  it('begins anew in another cache', () => {
    begin(many(2));
    feed.follow('d');
    expect(shown()).toEqual([]);
    expect(live.watched).toEqual(['d']);
  });
});
