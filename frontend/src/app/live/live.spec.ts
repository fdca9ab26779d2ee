import { TestBed } from '@angular/core/testing';
import type { SubscribeFrame } from '@lapse/protocol';
import type { Subscription } from 'rxjs';
import { event } from '../../testing/samples.js';
import { FakeSockets, provideFakeSockets } from '../../testing/fake-socket.js';
import { Connection } from './connection.js';
import { Live } from './live.js';
import { type Outcome, Recovery } from './recovery.js';
import type { Watched } from './watch.js';

describe('live', () => {
  let live: Live;
  let sockets: FakeSockets;
  let subscriptions: Subscription[];

  beforeEach(() => {
    jasmine.clock().install().mockDate();
    // One turn of the clock stands for an animation frame.
    spyOn(window, 'requestAnimationFrame').and.callFake((task) => setTimeout(task, 16) as unknown as number);
    spyOn(window, 'cancelAnimationFrame').and.callFake((id) => clearTimeout(id));
    spyOn(Math, 'random').and.returnValue(0);
    TestBed.configureTestingModule({ providers: [provideFakeSockets()] });
    live = TestBed.inject(Live);
    sockets = TestBed.inject(FakeSockets);
    subscriptions = [];
  });

  afterEach(() => {
    for (const subscription of subscriptions) subscription.unsubscribe();
    TestBed.resetTestingModule();
    jasmine.clock().uninstall();
  });

  function watch(cache: string): Watched[] {
    const told: Watched[] = [];
    subscriptions.push(live.watch(cache).subscribe((one) => told.push(one)));
    return told;
  }

  const from = (what: object) => jasmine.objectContaining({ kind: 'from', ...what });
  const draw = () => jasmine.clock().tick(16);
  const cursors = (told: Watched[]) =>
    told.flatMap((one) => (one.kind === 'events' ? one.events.map(({ cursor }) => cursor) : []));
  const outcome = (): Outcome | null => TestBed.inject(Recovery).outcome();
  const asked = () =>
    sockets.last.sent.flatMap((frame): SubscribeFrame[] => (frame.type === 'subscribe' ? [frame] : []));

  /** Loses the connection and gets it back. */
  function reconnect(): void {
    sockets.last.drop(1006);
    jasmine.clock().tick(1);
    sockets.last.welcome();
  }

  it('opens a connection for the first watch and asks as soon as it is welcome', () => {
    expect(sockets.all.length).toBe(0);
    watch('c');
    expect(sockets.last.sent).toEqual([]);
    sockets.last.welcome();
    expect(asked()).toEqual([{ type: 'subscribe', id: 'w1', cache: 'c' }]);
  });

  it('asks for all caches without values', () => {
    watch('*');
    sockets.last.welcome();
    expect(asked()).toEqual([{ type: 'subscribe', id: 'w1', cache: '*', values: false }]);
  });

  it('tells where events begin, then the events in order, a whole animation frame at once', () => {
    const told = watch('c');
    sockets.last.welcome();
    sockets.last.confirm('c', 'e-0');
    sockets.last.event(event('created', 'e-1', 'a'));
    sockets.last.event(event('created', 'e-2', 'b'));
    expect(told).toEqual([]);
    draw();
    expect(told.map(({ kind }) => kind)).toEqual(['from', 'events']);
    expect(told[0]).toEqual(from({ cursor: 'e-0', recovered: false }));
    expect(cursors(told)).toEqual(['e-1', 'e-2']);
  });

  it('tells each watch of its own cache only, and the watch of all of every one', () => {
    const c = watch('c');
    const all = watch('*');
    sockets.last.welcome();
    sockets.last.confirm('c', 'e-0');
    sockets.last.confirm('*');
    sockets.last.event(event('created', 'e-1', 'a'));
    sockets.last.event({ ...event('created', 'f-1', 'x'), cache: 'd' });
    draw();
    expect(cursors(c)).toEqual(['e-1']);
    expect(cursors(all)).toEqual(['e-1', 'f-1']);
  });

  it('tells no watch of events from before its subscription was confirmed', () => {
    watch('*');
    const c = watch('c');
    sockets.last.welcome();
    sockets.last.confirm('*');
    sockets.last.event(event('created', 'e-1', 'a'));
    sockets.last.confirm('c', 'e-1');
    sockets.last.event(event('created', 'e-2', 'b'));
    draw();
    expect(c).toEqual([
      from({ cursor: 'e-1', recovered: false }),
      { kind: 'events', events: [jasmine.objectContaining({ cursor: 'e-2' })] },
    ]);
  });

  it('tells nothing on a new connection before its subscription is confirmed there', () => {
    watch('*');
    const c = watch('c');
    sockets.last.welcome();
    sockets.last.confirm('*');
    sockets.last.confirm('c', 'e-0');
    reconnect();
    sockets.last.event(event('created', 'e-5', 'a'));
    sockets.last.confirm('c', 'e-5', false);
    draw();
    expect(cursors(c)).toEqual([]);
    expect(c.at(-1)).toEqual(from({ cursor: 'e-5', recovered: false }));
  });

  it('shares one subscription among watches of one cache and ends it with the last', () => {
    watch('c');
    sockets.last.welcome();
    sockets.last.confirm('c', 'e-0');
    draw();
    const second = watch('c');
    expect(asked().length).toBe(1);
    expect(second).toEqual([from({ cursor: 'e-0', recovered: false })]);
    subscriptions.pop()!.unsubscribe();
    expect(sockets.last.sent.at(-1)!.type).toBe('subscribe');
    subscriptions.pop()!.unsubscribe();
    expect(sockets.last.sent.at(-1)).toEqual({ type: 'unsubscribe', id: 'w1' });
  });

  it('asks, after a reconnect, to go on after the last event', () => {
    watch('c');
    sockets.last.welcome();
    sockets.last.confirm('c', 'e-0');
    sockets.last.event(event('created', 'e-1', 'a'));
    reconnect();
    expect(asked()).toEqual([{ type: 'subscribe', id: 'w1', cache: 'c', after: 'e-1' }]);
  });

  it('says that a list must be read again when the server could not recover', () => {
    const told = watch('c');
    sockets.last.welcome();
    sockets.last.confirm('c', 'e-0');
    reconnect();
    sockets.last.confirm('c', 'e-9', false);
    draw();
    expect(told.at(-1)).toEqual(from({ cursor: 'e-9', recovered: false }));
  });

  it('goes on without a list when the server replays what was missed', () => {
    const told = watch('c');
    sockets.last.welcome();
    sockets.last.confirm('c', 'e-0');
    sockets.last.event(event('created', 'e-1', 'a'));
    reconnect();
    sockets.last.confirm('c', 'e-1', true);
    sockets.last.event(event('expired', 'e-2', 'a'));
    sockets.last.say({ type: 'live', id: 'w1', cursor: 'e-2' });
    draw();
    expect(told.filter(({ kind }) => kind === 'from')).toEqual([
      jasmine.objectContaining({ cursor: 'e-0', recovered: false }),
      jasmine.objectContaining({ cursor: 'e-1', recovered: true }),
    ]);
    expect(cursors(told)).toEqual(['e-1', 'e-2']);
    expect(told.at(-1)).toEqual({ kind: 'live', replayed: 1 });
  });

  it('hands over what the old connection had brought before it tells of the new one', () => {
    const told = watch('c');
    sockets.last.welcome();
    sockets.last.confirm('c', 'e-0');
    sockets.last.event(event('created', 'e-1', 'a'));
    reconnect();
    sockets.last.confirm('c', 'e-1', true);
    draw();
    expect(told.map(({ kind }) => kind)).toEqual(['from', 'events', 'from']);
  });

  it('says after a gap that a list must be read again', () => {
    const told = watch('c');
    sockets.last.welcome();
    sockets.last.confirm('c', 'e-0');
    sockets.last.say({ type: 'gap', id: 'w1', cache: 'c', from: 'e-0', to: 'e-7' });
    draw();
    expect(told.at(-1)).toEqual(from({ cursor: 'e-7', recovered: false }));
    reconnect();
    expect(asked().at(-1)).toEqual(jasmine.objectContaining({ after: 'e-7' }));
  });

  it('takes a heartbeat that names the last event as proof', () => {
    const told = watch('c');
    sockets.last.welcome();
    sockets.last.confirm('c', 'e-0');
    sockets.last.event(event('created', 'e-1', 'a'));
    sockets.last.heartbeat({ c: 'e-1' });
    draw();
    expect(told.at(-1)).toEqual({ kind: 'proven', cursor: 'e-1' });
  });

  it('resumes by itself when an event that a heartbeat named has not come by the next one', () => {
    const told = watch('c');
    sockets.last.welcome();
    sockets.last.confirm('c', 'e-0');
    const deaf = sockets.last;
    deaf.heartbeat({ c: 'e-3' });
    draw();
    expect(deaf.closed).toBeFalse();
    deaf.heartbeat({ c: 'e-3' });
    draw();
    expect(deaf.closed).toBeTrue();
    jasmine.clock().tick(1);
    expect(sockets.last).not.toBe(deaf);
    sockets.last.welcome();
    expect(asked()).toEqual([{ type: 'subscribe', id: 'w1', cache: 'c', after: 'e-0' }]);
    sockets.last.confirm('c', 'e-0', true);
    sockets.last.event(event('created', 'e-3', 'a'));
    sockets.last.say({ type: 'live', id: 'w1', cursor: 'e-3' });
    draw();
    expect(cursors(told)).toEqual(['e-3']);
    expect(told.filter(({ kind }) => kind === 'from').length).toBe(2);
    expect(outcome()).toEqual({ kind: 'whole', replayed: 1 });
  });

  it('counts as lost from the last proof on, not from the last word', () => {
    const told = watch('c');
    sockets.last.welcome();
    sockets.last.confirm('c', 'e-0');
    sockets.last.heartbeat({ c: 'e-0' });
    draw();
    const proven = Date.now();
    for (let i = 0; i < 2; i++) {
      jasmine.clock().tick(10_000);
      sockets.last.heartbeat({ c: 'e-3' });
      draw();
    }
    jasmine.clock().tick(1);
    sockets.last.welcome();
    sockets.last.confirm('c', 'e-0', true);
    draw();
    const last = told.at(-1)!;
    if (last.kind !== 'from' || !last.cut) return fail(last);
    expect(Math.abs(last.cut.since - proven)).toBeLessThan(100);
    expect(last.cut.until - last.cut.since).toBeGreaterThan(19_000);
  });

  it('does not mistake an event on its way, or one just overtaken, for a lost one', () => {
    const told = watch('c');
    sockets.last.welcome();
    sockets.last.confirm('c', 'e-0');
    sockets.last.heartbeat({ c: 'e-2' });
    sockets.last.event(event('created', 'e-1', 'a'));
    sockets.last.event(event('created', 'e-2', 'b'));
    draw();
    sockets.last.heartbeat({ c: 'e-1' });
    sockets.last.heartbeat({ c: 'e-2' });
    draw();
    expect(told.filter(({ kind }) => kind === 'from').length).toBe(1);
  });

  it('asks once, on a new connection, for what the server could not give on the last one', () => {
    watch('c');
    sockets.last.welcome();
    sockets.last.say({ type: 'error', id: 'w1', code: 'unavailable', message: 'Redis is away.' });
    draw();
    reconnect();
    jasmine.clock().tick(2000);
    expect(asked().length).toBe(1);
  });

  it('tells an event once, even if a backend that is behind tells it again', () => {
    const told = watch('c');
    sockets.last.welcome();
    sockets.last.confirm('c', 'e-0');
    sockets.last.event(event('created', 'e-1', 'a'));
    sockets.last.event(event('created', 'e-2', 'b'));
    reconnect();
    sockets.last.confirm('c', 'e-2', true);
    sockets.last.say({ type: 'live', id: 'w1', cursor: 'e-2' });
    sockets.last.event(event('created', 'e-2', 'b'));
    sockets.last.event(event('created', 'e-3', 'c'));
    draw();
    expect(cursors(told)).toEqual(['e-1', 'e-2', 'e-3']);
  });

  it('follows all caches only once replays are over, so that nothing overtakes them', () => {
    watch('*');
    watch('c');
    watch('d');
    sockets.last.welcome();
    sockets.last.confirm('*');
    sockets.last.confirm('c', 'e-0');
    sockets.last.confirm('d', 'f-0');
    reconnect();
    expect(asked().map(({ cache }) => cache)).toEqual(['c', 'd']);
    sockets.last.confirm('c', 'e-0', true);
    sockets.last.confirm('d', 'f-9', false);
    draw();
    expect(asked().map(({ cache }) => cache)).toEqual(['c', 'd']);
    sockets.last.say({ type: 'live', id: 'w2', cursor: 'e-0' });
    draw();
    expect(asked().map(({ cache }) => cache)).toEqual(['c', 'd', '*']);
  });

  it('follows all caches too when whoever waited for a replay has gone', () => {
    watch('*');
    watch('c');
    sockets.last.welcome();
    sockets.last.confirm('c', 'e-0');
    reconnect();
    subscriptions[1]!.unsubscribe();
    expect(asked().map(({ cache }) => cache)).toEqual(['c', '*']);
    expect(outcome()).toBeNull();
  });

  it('asks again for what the server could not give just now, and passes on a refusal', () => {
    const told = watch('c');
    sockets.last.welcome();
    sockets.last.say({ type: 'error', id: 'w1', code: 'unavailable', message: 'Redis is away.' });
    draw();
    jasmine.clock().tick(2000);
    expect(asked().length).toBe(2);
    sockets.last.say({ type: 'error', id: 'w1', code: 'bad_frame', message: 'No such name.' });
    draw();
    expect(told).toEqual([{ kind: 'refused', message: 'No such name.' }]);
  });

  it('drops no event of a thousand in one frame', () => {
    const told = watch('c');
    sockets.last.welcome();
    sockets.last.confirm('c', 'e-0');
    for (let i = 1; i <= 1000; i++) sockets.last.event(event('created', `e-${i}`, `k${i}`));
    draw();
    expect(told.length).toBe(2);
    expect(cursors(told)).toEqual(Array.from({ length: 1000 }, (_, i) => `e-${i + 1}`));
    expect(TestBed.inject(Connection).state().phase).toBe('live');
  });
});
