import { TestBed } from '@angular/core/testing';
import type { Subscription } from 'rxjs';
import { event } from '../../testing/samples.js';
import { FakeSockets, provideFakeSockets } from '../../testing/fake-socket.js';
import { Live } from './live.js';
import { Recovery } from './recovery.js';
import type { Watched } from './watch.js';

describe('the way back from a loss', () => {
  let live: Live;
  let recovery: Recovery;
  let sockets: FakeSockets;
  let told: Watched[];
  let subscriptions: Subscription[];
  let visibility: jasmine.Spy;

  beforeEach(() => {
    jasmine.clock().install().mockDate();
    spyOn(window, 'requestAnimationFrame').and.callFake((task) => setTimeout(task, 16) as unknown as number);
    spyOn(window, 'cancelAnimationFrame').and.callFake((id) => clearTimeout(id));
    spyOn(Math, 'random').and.returnValue(0);
    visibility = spyOnProperty(document, 'visibilityState').and.returnValue('visible');
    TestBed.configureTestingModule({ providers: [provideFakeSockets()] });
    live = TestBed.inject(Live);
    recovery = TestBed.inject(Recovery);
    sockets = TestBed.inject(FakeSockets);
    told = [];
    subscriptions = ['*', 'c', 'd'].map((cache) =>
      live.watch(cache).subscribe((one) => cache === 'c' && told.push(one)),
    );
    sockets.last.welcome();
    for (const cache of ['*', 'c', 'd']) sockets.last.confirm(cache, `${cache}-0`);
    draw();
  });

  afterEach(() => {
    for (const subscription of subscriptions) subscription.unsubscribe();
    TestBed.resetTestingModule();
    jasmine.clock().uninstall();
  });

  const draw = () => jasmine.clock().tick(16);

  function happen(cursor: string): void {
    const [cache = ''] = cursor.split('-');
    sockets.last.event({ ...event('created', cursor, 'k'), cache });
  }

  function reconnect(afterMs = 0): void {
    sockets.last.drop(1006);
    jasmine.clock().tick(1 + afterMs);
    sockets.last.welcome();
  }

  /** The whole of what was missed in a cache comes. */
  function replay(cache: string, after: string, ...cursors: string[]): void {
    sockets.last.confirm(cache, after, true);
    for (const cursor of cursors) happen(cursor);
    const id = cache === 'c' ? 'w2' : 'w3';
    sockets.last.say({ type: 'live', id, cursor: cursors.at(-1) ?? after });
    draw();
  }

  it('has nothing to say of the first connection', () => {
    expect(recovery.stale()).toBeFalse();
    expect(recovery.outcome()).toBeNull();
  });

  it('counts what was replayed in all watched caches', () => {
    reconnect();
    replay('c', 'c-0', 'c-1', 'c-2');
    expect(recovery.outcome()).toBeNull();
    replay('d', 'd-0', 'd-1');
    expect(recovery.outcome()).toEqual({ kind: 'whole', replayed: 3 });
  });

  it('does not count what happens once it is live', () => {
    reconnect();
    replay('c', 'c-0', 'c-1');
    happen('c-2');
    draw();
    replay('d', 'd-0');
    happen('c-3');
    draw();
    expect(recovery.outcome()).toEqual({ kind: 'whole', replayed: 1 });
  });

  it('says so when nothing was missed', () => {
    reconnect();
    replay('c', 'c-0');
    replay('d', 'd-0');
    expect(recovery.outcome()).toEqual({ kind: 'whole', replayed: 0 });
  });

  it('calls the page stale until the last replay is over', () => {
    sockets.last.drop(1006);
    expect(recovery.stale()).toBeTrue();
    expect(recovery.catchingUp()).toBeFalse();
    jasmine.clock().tick(1);
    sockets.last.welcome();
    expect(recovery.catchingUp()).toBeTrue();
    replay('c', 'c-0');
    expect(recovery.stale()).toBeTrue();
    replay('d', 'd-0');
    expect(recovery.stale()).toBeFalse();
  });

  it('goes on counting, under one cut, when the connection is lost again before the end', () => {
    reconnect(4_000);
    sockets.last.confirm('c', 'c-0', true);
    happen('c-1');
    reconnect(2_000);
    expect(recovery.outcome()).toBeNull();
    replay('c', 'c-1', 'c-2');
    replay('d', 'd-0');
    expect(recovery.outcome()).toEqual({ kind: 'whole', replayed: 2 });
    const cuts = told.flatMap((one) => (one.kind === 'from' && one.cut ? [one.cut] : []));
    expect(cuts.length).toBe(2);
    expect(cuts[1]!.since).toBe(cuts[0]!.since);
    expect(cuts[1]!.until - cuts[0]!.until).toBeGreaterThanOrEqual(2_000);
    expect(told.at(-1)).toEqual({ kind: 'live', replayed: 2 });
  });

  it('says when the connection was away: from the last word before to the first one after', () => {
    jasmine.clock().tick(3_000);
    sockets.last.heartbeat();
    const heard = Date.now();
    jasmine.clock().tick(1_000);
    reconnect(5_000);
    replay('c', 'c-0');
    const from = told.findLast((one) => one.kind === 'from')!;
    const { since, until } = from.cut!;
    expect(Math.abs(since - heard)).toBeLessThan(50);
    expect(Math.abs(until - Date.now())).toBeLessThan(50);
  });

  it('says that all is listed again when a part could not be replayed', () => {
    reconnect();
    replay('c', 'c-0', 'c-1');
    sockets.last.confirm('d', 'd-9', false);
    draw();
    expect(recovery.outcome()).toEqual({ kind: 'anew', cut: true });
  });

  it('says so too when a replay turns out to have a gap', () => {
    reconnect();
    replay('d', 'd-0');
    sockets.last.confirm('c', 'c-0', true);
    sockets.last.say({ type: 'gap', id: 'w2', cache: 'c', from: 'c-0', to: 'c-7' });
    draw();
    expect(told.at(-1)).toEqual(jasmine.objectContaining({ kind: 'from', cursor: 'c-7', recovered: false }));
    sockets.last.say({ type: 'live', id: 'w2', cursor: 'c-7' });
    draw();
    expect(recovery.outcome()).toEqual({ kind: 'anew', cut: true });
  });

  it('says of a gap on a connection that held that it was no cut', () => {
    sockets.last.say({ type: 'gap', id: 'w2', cache: 'c', from: 'c-0', to: 'c-7' });
    draw();
    expect(recovery.outcome()).toEqual({ kind: 'anew', cut: false });
  });

  it('forgets an earlier failure when the next recovery is whole', () => {
    reconnect();
    sockets.last.confirm('c', 'c-9', false);
    sockets.last.confirm('d', 'd-9', false);
    draw();
    reconnect();
    replay('c', 'c-9');
    replay('d', 'd-9');
    expect(recovery.outcome()).toEqual({ kind: 'whole', replayed: 0 });
  });

  it('speaks of it for some seconds', () => {
    reconnect();
    replay('c', 'c-0');
    replay('d', 'd-0');
    jasmine.clock().tick(6_900);
    expect(recovery.outcome()).not.toBeNull();
    jasmine.clock().tick(100);
    expect(recovery.outcome()).toBeNull();
  });

  it('speaks of it to someone who comes back to the tab only later', () => {
    visibility.and.returnValue('hidden');
    reconnect();
    replay('c', 'c-0');
    replay('d', 'd-0');
    jasmine.clock().tick(15_000);
    expect(recovery.outcome()).not.toBeNull();
    visibility.and.returnValue('visible');
    document.dispatchEvent(new Event('visibilitychange'));
    sockets.last.heartbeat();
    jasmine.clock().tick(6_900);
    expect(recovery.outcome()).not.toBeNull();
    jasmine.clock().tick(100);
    expect(recovery.outcome()).toBeNull();
  });
});
