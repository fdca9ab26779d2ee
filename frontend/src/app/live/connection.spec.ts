import { TestBed } from '@angular/core/testing';
import { CLOSE, type ServerFrame } from '@lapse/protocol';
import { FakeSockets, HEARTBEAT_MS, provideFakeSockets } from '../../testing/fake-socket.js';
import { Connection } from './connection.js';

describe('the connection', () => {
  let connection: Connection;
  let sockets: FakeSockets;

  beforeEach(() => {
    jasmine.clock().install().mockDate();
    spyOn(Math, 'random').and.returnValue(0.5);
    TestBed.configureTestingModule({ providers: [provideFakeSockets()] });
    connection = TestBed.inject(Connection);
    sockets = TestBed.inject(FakeSockets);
    connection.open();
  });

  afterEach(() => {
    TestBed.resetTestingModule();
    jasmine.clock().uninstall();
  });

  /** Time passes, and no timer notices until it has. */
  function sleep(ms: number): void {
    jasmine.clock().mockDate(new Date(Date.now() + ms));
    jasmine.clock().tick(2_000);
  }

  it('opens one socket, however often it is asked to', () => {
    connection.open();
    expect(sockets.all.length).toBe(1);
    expect(connection.state()).toEqual({ phase: 'connecting' });
  });

  it('is live once the server has said welcome', () => {
    sockets.last.welcome();
    expect(connection.state()).toEqual({ phase: 'live' });
    expect(connection.stale()).toBeFalse();
  });

  it('sends nothing before the welcome', () => {
    expect(connection.send({ type: 'ping' })).toBeFalse();
    sockets.last.welcome();
    expect(connection.send({ type: 'ping' })).toBeTrue();
    expect(sockets.last.sent).toEqual([{ type: 'ping' }]);
  });

  it('passes on frames in order and drops what is none', () => {
    const seen: ServerFrame['type'][] = [];
    connection.frames.subscribe((frame) => seen.push(frame.type));
    sockets.last.welcome();
    sockets.last.say('{"type":');
    sockets.last.say('null');
    sockets.last.say({ type: 'pong', serverTime: new Date().toISOString() });
    expect(seen).toEqual(['welcome', 'pong']);
  });

  it('says since when what is shown is stale, and when it tries again', () => {
    sockets.last.welcome(new Date().toISOString());
    sockets.last.drop(CLOSE.restarting);
    const state = connection.state();
    if (state.phase !== 'reconnecting') return fail(state.phase);
    expect(connection.stale()).toBeTrue();
    expect(Math.abs(state.staleSince! - Date.now())).toBeLessThan(1000);
    expect(state.retryAt! - state.staleSince!).toBeGreaterThanOrEqual(240);
  });

  it('counts as stale from when the last word was said, however late it was heard', () => {
    sockets.last.welcome();
    const said = Date.now();
    jasmine.clock().tick(15_000);
    sockets.last.event({ cache: 'c', at: new Date(said + 2_000).toISOString() });
    sockets.last.drop(1006);
    const state = connection.state();
    if (state.phase !== 'reconnecting') return fail(state.phase);
    expect(state.staleSince).toBe(said + 2_000);
    jasmine.clock().tick(500);
    sockets.last.welcome();
    expect(connection.lastCut!.since).toBe(said + 2_000);
    expect(connection.lastCut!.until).toBe(said + 15_500);
  });

  it('reconnects after the wait and not before', () => {
    sockets.last.welcome();
    sockets.last.drop(1006);
    jasmine.clock().tick(249);
    expect(sockets.all.length).toBe(1);
    jasmine.clock().tick(1);
    expect(sockets.all.length).toBe(2);
    sockets.last.welcome();
    expect(connection.state().phase).toBe('live');
  });

  it('waits longer with each failure, until a connection has proved good', () => {
    for (const wait of [250, 500, 1000]) {
      sockets.last.drop(1006);
      const before = sockets.all.length;
      jasmine.clock().tick(wait - 1);
      expect(sockets.all.length).toBe(before);
      jasmine.clock().tick(1);
      expect(sockets.all.length).toBe(before + 1);
    }
    sockets.last.welcome();
    sockets.last.heartbeat();
    sockets.last.drop(1006);
    const before = sockets.all.length;
    jasmine.clock().tick(250);
    expect(sockets.all.length).toBe(before + 1);
  });

  it('keeps backing off from a server that welcomes and then closes', () => {
    sockets.last.welcome();
    sockets.last.drop(CLOSE.tryAgainLater);
    jasmine.clock().tick(250);
    sockets.last.welcome();
    sockets.last.drop(CLOSE.tryAgainLater);
    jasmine.clock().tick(499);
    expect(sockets.all.length).toBe(2);
    jasmine.clock().tick(1);
    expect(sockets.all.length).toBe(3);
  });

  it('gives up a connection that is silent for two heartbeats', () => {
    sockets.last.welcome();
    jasmine.clock().tick(2 * HEARTBEAT_MS - 1);
    expect(connection.state().phase).toBe('live');
    jasmine.clock().tick(1);
    expect(connection.state().phase).toBe('reconnecting');
    expect(sockets.last.closed).toBeTrue();
  });

  it('counts any frame as a sign of life', () => {
    sockets.last.welcome();
    for (let i = 0; i < 5; i++) {
      jasmine.clock().tick(2 * HEARTBEAT_MS - 1);
      sockets.last.event({ cache: 'c' });
    }
    expect(connection.state().phase).toBe('live');
  });

  it('gives up a socket on which nobody says welcome', () => {
    jasmine.clock().tick(10_000);
    expect(connection.state().phase).toBe('reconnecting');
  });

  it('stops where it was refused, until a person tries again', () => {
    sockets.last.welcome();
    sockets.last.drop(CLOSE.notAllowed);
    expect(connection.state().phase).toBe('stopped');
    jasmine.clock().tick(3_600_000);
    expect(sockets.all.length).toBe(1);
    connection.retryNow();
    expect(sockets.all.length).toBe(2);
  });

  it('tries at once when the network is back', () => {
    sockets.last.welcome();
    sockets.last.drop(1006);
    dispatchEvent(new Event('online'));
    expect(sockets.all.length).toBe(2);
    jasmine.clock().tick(60_000);
    expect(sockets.all.filter((socket) => !socket.closed).length).toBeLessThanOrEqual(1);
  });

  it('does not wait for its next attempt once somebody looks again', () => {
    sockets.last.welcome();
    sockets.last.drop(1006);
    document.dispatchEvent(new Event('visibilitychange'));
    expect(sockets.all.length).toBe(2);
  });

  for (const [what, wake] of [
    ['the network comes back', () => dispatchEvent(new Event('online'))],
    ['the network goes', () => dispatchEvent(new Event('offline'))],
    ['the tab is looked at again', () => document.dispatchEvent(new Event('visibilitychange'))],
    ['the tab is thawed', () => document.dispatchEvent(new Event('resume'))],
    ['the page is gone back to', () => dispatchEvent(new Event('pageshow'))],
    ['the computer wakes up', () => sleep(3_600_000)],
  ] as const) {
    it(`finds out soon whether its socket still lives when ${what}`, () => {
      sockets.last.welcome();
      wake();
      expect(sockets.last.sent).toEqual([{ type: 'ping' }]);
      jasmine.clock().tick(3_900);
      expect(connection.state().phase).toBe('live');
      jasmine.clock().tick(100);
      expect(connection.state().phase).toBe('reconnecting');
    });
  }

  it('keeps a socket that answers', () => {
    sockets.last.welcome();
    dispatchEvent(new Event('online'));
    jasmine.clock().tick(3_000);
    sockets.last.say({ type: 'pong', serverTime: new Date().toISOString() });
    jasmine.clock().tick(10_000);
    expect(connection.state().phase).toBe('live');
  });

  it('asks nothing of a computer that is awake', () => {
    sockets.last.welcome();
    for (let i = 0; i < 10; i++) {
      jasmine.clock().tick(9_000);
      sockets.last.heartbeat();
    }
    expect(sockets.last.sent).toEqual([]);
  });

  it('gives up a connection that it is told is no good, and comes back on another', () => {
    sockets.last.welcome();
    connection.renew(undefined);
    expect(sockets.last.closed).toBeTrue();
    jasmine.clock().tick(250);
    sockets.last.welcome();
    expect(connection.state().phase).toBe('live');
    expect(sockets.all.length).toBe(2);
  });

  it('no longer hears a socket that it gave up', () => {
    const old = sockets.last;
    old.welcome();
    jasmine.clock().tick(2 * HEARTBEAT_MS);
    old.welcome();
    expect(connection.state().phase).toBe('reconnecting');
  });
});
