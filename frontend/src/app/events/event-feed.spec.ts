import { provideHttpClient } from '@angular/common/http';
import {
  HttpTestingController,
  type TestRequest,
  provideHttpClientTesting,
} from '@angular/common/http/testing';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import { FakeLive, provideFakeLive } from '../../testing/fake-live.js';
import { event } from '../../testing/samples.js';
import { EventFeed } from './event-feed.js';
import { Feed } from './feed.js';

describe('the event feed', () => {
  let fixture: ComponentFixture<EventFeed>;
  let live: FakeLive;

  beforeEach(async () => {
    jasmine.clock().install();
    TestBed.configureTestingModule({
      providers: [provideHttpClient(), provideHttpClientTesting(), provideFakeLive()],
    });
    live = TestBed.inject(FakeLive);
    fixture = TestBed.createComponent(EventFeed);
    const element = fixture.nativeElement as HTMLElement;
    element.style.height = '600px';
    TestBed.inject(Feed).follow('c');
    live.from('c', 'v-0');
    const http = TestBed.inject(HttpTestingController);
    http.expectOne((request) => request.url.endsWith('/events')).flush({ items: [], next: 'v-0' });
    TestBed.tick();
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
  });

  afterEach(() => {
    TestBed.resetTestingModule();
    jasmine.clock().uninstall();
  });

  const element = () => fixture.nativeElement as HTMLElement;
  const lines = () => [...element().querySelectorAll<HTMLElement>('lapse-event-line')];
  const said = () => element().querySelector('[aria-live]')!.textContent;

  function happen(...events: Parameters<FakeLive['events']> extends [string, ...infer E] ? E : never): void {
    live.events('c', ...events);
    TestBed.tick();
  }

  it('tells expired, evicted and deleted apart by word, icon and colour', () => {
    happen(
      event('expired', 'v-1', 'a', { lagMs: 2 }),
      event('evicted', 'v-2', 'b'),
      event('deleted', 'v-3', 'c'),
    );
    const told = lines().map((line) => [
      line.querySelector('.type')!.textContent,
      line.querySelector('.icon')!.textContent,
      line.dataset['event'],
    ]);
    expect(told).toEqual([
      ['deleted', 'delete', 'deleted'],
      ['evicted', 'logout', 'evicted'],
      ['expired', 'hourglass_disabled', 'expired'],
    ]);
  });

  it('shows the last value and the lag of what expired', () => {
    happen(event('expired', 'v-1', 'a', { value: { last: true }, lagMs: 2 }));
    expect(lines()[0]!.querySelector('.value')!.textContent).toBe('{"last":true}');
    expect(lines()[0]!.querySelector('.lag')!.textContent).toBe('+2 ms');
  });

  it('shows only the kinds that were asked for', () => {
    happen(event('expired', 'v-1', 'a'), event('created', 'v-2', 'b'));
    const expired = [...element().querySelectorAll<HTMLElement>('.filters button')].find(
      (button) => button.textContent === 'Expired',
    )!;
    expired.click();
    TestBed.tick();
    expect(lines().map((line) => line.dataset['event'])).toEqual(['expired']);
    expect(expired.getAttribute('aria-pressed')).toBe('true');
  });

  it('draws no more lines than fit, however many there are', () => {
    happen(...Array.from({ length: 400 }, (_, i) => event('created', `v-${i}`, `k${i}`)));
    expect(lines().length).toBeGreaterThan(3);
    expect(lines().length).toBeLessThan(40);
  });

  it('sums up what happened every few seconds instead of reading out every line', () => {
    happen(
      ...Array.from({ length: 30 }, (_, i) => event('expired', `v-${i}`, `k${i}`)),
      event('evicted', 'v-31', 'x'),
    );
    expect(said()).toBe('');
    jasmine.clock().tick(6000);
    TestBed.tick();
    expect(said()).toBe('30 expired, 1 evicted');
    jasmine.clock().tick(6000);
    TestBed.tick();
    expect(said()).toBe('');
  });

  describe('after a loss of the connection', () => {
    const since = new Date(2026, 10, 20, 14, 2, 11).getTime();
    const cut = { since, until: since + 29_000 };
    const text = (query: string) =>
      element().querySelector<HTMLElement>(query)?.innerText.replace(/\s+/g, ' ').trim();
    const log = (...answer: Parameters<TestRequest['flush']>) => {
      const http = TestBed.inject(HttpTestingController);
      http.expectOne((request) => request.url.endsWith('/events')).flush(...answer);
      TestBed.tick();
    };

    it('says when that was, how much was replayed, and which lines those are', () => {
      happen(event('created', 'v-1', 'a'));
      live.from('c', 'v-1', true, cut);
      happen(event('created', 'v-2', 'b'), event('expired', 'v-3', 'b'));
      live.goLive('c', 2);
      happen(event('created', 'v-4', 'c'));
      expect(text('lapse-feed-mark')).toBe('Connection lost 14:02:11 – 14:02:40 2 events replayed');
      expect(lines().map((line) => line.textContent!.includes('replayed'))).toEqual([
        false,
        true,
        true,
        false,
      ]);
    });

    it('says it of one event as of one', () => {
      live.from('c', 'v-0', true, cut);
      happen(event('created', 'v-1', 'a'));
      expect(text('lapse-feed-mark')).toContain('1 event replayed');
    });

    it('says where events may be missing, whichever kinds are shown', () => {
      live.from('c', 'v-9', false, cut);
      log({}, { status: 410, statusText: 'Gone' });
      [...element().querySelectorAll<HTMLElement>('.filters button')].at(1)!.click();
      TestBed.tick();
      const said = 'The connection was lost here: events may be missing 14:02:11 – 14:02:40';
      expect(text('lapse-feed-mark')).toBe(said);
    });

    it('does not blame the connection for a gap on one that held', () => {
      live.from('c', 'v-9', false);
      log({}, { status: 410, statusText: 'Gone' });
      expect(text('lapse-feed-mark')).toBe('Events are missing here: they could not be replayed');
    });
  });
});
