import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { FakeLive, provideFakeLive } from '../../testing/fake-live.js';
import { event } from '../../testing/samples.js';
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

  const shown = () => feed.all().map((line) => (line.kind === 'event' ? line.event.cursor : 'missed'));
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
    live.from('c', 'v-900', false);
    live.events('c', event('created', 'v-901', 'z'));
    log().flush({ type: '/p/cursor-gone' }, { status: 410, statusText: 'Gone' });
    expect(shown()).toEqual(['v-901', 'missed', 'v-1']);
  });

  it('says so too when more was missed than one page holds', () => {
    begin();
    live.events('c', event('created', 'v-0', 'a'));
    live.from('c', 'v-5000', false);
    log().flush({ items: many(1000), next: 'v-1000' });
    expect(shown()[0]).toBe('missed');
    expect(shown()[1]).toBe('v-1000');
  });

  it('misses nothing where the server replays', () => {
    begin();
    live.from('c', 'v-0', true);
    live.events('c', event('created', 'v-1', 'a'));
    http.expectNone(() => true);
    expect(shown()).toEqual(['v-1']);
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
    jasmine.clock().tick(250);
    expect(changes).toBeLessThanOrEqual(9);
    expect(shown()[0]).toBe(`v-${60 * 17}`);
    expect(shown().length).toBe(500);
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
