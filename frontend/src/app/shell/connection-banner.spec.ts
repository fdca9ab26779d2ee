import { signal } from '@angular/core';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import { FakeSockets, provideFakeSockets } from '../../testing/fake-socket.js';
import { T0, at } from '../../testing/samples.js';
import { Connection } from '../live/connection.js';
import { Now } from '../live/now.js';
import { Recovery } from '../live/recovery.js';
import { ConnectionBadge } from './connection-badge.js';
import { ConnectionBanner } from './connection-banner.js';
import { outcomeText } from './outcome-text.js';

describe('the state of the connection', () => {
  const seconds = signal(T0);
  let banner: ComponentFixture<ConnectionBanner>;
  let badge: ComponentFixture<ConnectionBadge>;
  let sockets: FakeSockets;

  beforeEach(() => {
    jasmine.clock().install().mockDate();
    spyOn(Math, 'random').and.returnValue(1);
    const now = { provide: Now, useValue: { seconds, tenths: seconds } };
    TestBed.configureTestingModule({ providers: [provideFakeSockets(), now] });
    banner = TestBed.createComponent(ConnectionBanner);
    badge = TestBed.createComponent(ConnectionBadge);
    sockets = TestBed.inject(FakeSockets);
    TestBed.inject(Connection).open();
    TestBed.tick();
  });

  afterEach(() => {
    TestBed.resetTestingModule();
    jasmine.clock().uninstall();
  });

  const text = (fixture: ComponentFixture<unknown>) => {
    TestBed.tick();
    return (fixture.nativeElement as HTMLElement).textContent!.replace(/\s+/g, ' ').trim();
  };

  it('is one word, and no banner, as long as all is well', () => {
    expect(text(badge)).toBe('Connecting');
    sockets.last.welcome(at(0));
    expect(text(badge)).toBe('Live');
    expect(text(banner)).toBe('');
  });

  it('says since when what is shown is stale, and when it tries again', () => {
    sockets.last.welcome(at(0));
    sockets.last.drop(1006);
    seconds.set(T0 + 5000);
    const time = new Date(T0).toTimeString().slice(0, 8);
    expect(text(badge)).toBe('Reconnecting');
    expect(text(banner)).toContain(`stale since ${time}`);
    expect(text(banner)).toContain('Last heard 5 s ago.');
    expect(text(banner)).toContain('Try now');
  });

  it('says that it is trying while it is', () => {
    sockets.last.welcome(at(0));
    sockets.last.drop(1006);
    jasmine.clock().tick(500);
    expect(text(banner)).toContain('Reconnecting…');
    expect((banner.nativeElement as HTMLElement).querySelector('button')!.disabled).toBeTrue();
  });

  it('says why it was refused and leaves the next attempt to a person', () => {
    sockets.last.welcome(at(0));
    sockets.last.drop(4401);
    expect(text(badge)).toBe('Disconnected');
    expect(text(banner)).toContain('You are not signed in.');
    (banner.nativeElement as HTMLElement).querySelector('button')!.click();
    expect(sockets.all.length).toBe(2);
  });

  it('says what became of a loss, aloud too, and then no more', () => {
    const recovery = TestBed.inject(Recovery);
    const status = () => (banner.nativeElement as HTMLElement).querySelector('[role=status]')!.textContent;
    sockets.last.welcome(at(0));
    sockets.last.drop(1006);
    jasmine.clock().tick(500);
    sockets.last.welcome(at(500));
    recovery.begin(['w1']);
    expect(text(banner)).toContain('Connected again: asking for what was missed…');
    recovery.late(37);
    recovery.arrive('w1');
    expect(text(banner)).toContain('Live again: 37 missed events replayed.');
    expect(status()).toBe('Live again: 37 missed events replayed.');
    jasmine.clock().tick(7_000);
    expect(text(banner)).toBe('');
  });

  it('puts it in words that fit', () => {
    expect(outcomeText({ kind: 'whole', replayed: 0 })).toBe('Live again: nothing was missed.');
    expect(outcomeText({ kind: 'whole', replayed: 1 })).toBe('Live again: 1 missed event replayed.');
    expect(outcomeText({ kind: 'whole', replayed: 1_200 })).toBe('Live again: 1,200 missed events replayed.');
    expect(outcomeText({ kind: 'anew', cut: true })).toContain(
      'could not be replayed: the list was read again',
    );
    expect(outcomeText({ kind: 'anew', cut: false })).toContain(
      'could not be delivered: the list was read again',
    );
  });
});
