import type { EntrySort } from '@lapse/protocol';
import { FakeLog } from '../../testing/fake-log.js';
import { T0, entry, event, page } from '../../testing/samples.js';
import { EntryWindow } from './entry-window.js';

describe('an entry window', () => {
  const keys = (window: EntryWindow) => window.rows.filter((row) => !row.ended).map((row) => row.key);

  function loaded(sort: EntrySort = 'expiry', prefix = ''): EntryWindow {
    const window = new EntryWindow(sort, prefix);
    window.begin('v-3');
    const items = [entry('a', 'v-1', 1000), entry('b', 'v-2', 2000), entry('c', 'v-3', null)];
    window.end(page(items, 'v-3'), 0);
    return window;
  }

  it('inserts what is created in its place', () => {
    const window = loaded();
    window.apply(event('created', 'v-4', 'x', { expiresAt: new Date(T0 + 1500).toISOString() }), 0);
    expect(keys(window)).toEqual(['a', 'x', 'b', 'c']);
    expect(window.total).toBe(4);
  });

  it('moves what is renewed and keeps its value and its last write', () => {
    const window = loaded();
    const renewed = event('renewed', 'v-4', 'a', {
      version: 'v-1',
      expiresAt: new Date(T0 + 9000).toISOString(),
    });
    window.apply({ ...renewed, at: new Date(T0 + 500).toISOString() }, 0);
    expect(keys(window)).toEqual(['b', 'a', 'c']);
    const row = window.row('a')!;
    expect([row.value, row.writtenAt, row.since, row.version]).toEqual(['a', T0, T0 + 500, 'v-1']);
  });

  it('shows how an entry went for a moment, then lets it go', () => {
    const window = loaded();
    window.apply(event('expired', 'v-4', 'a', { version: 'v-1' }), 100);
    expect(window.rows.map((row) => row.ended)).toEqual(['expired', undefined, undefined]);
    expect(window.total).toBe(2);
    expect(window.sweep(500)).toBe(1000);
    expect(window.sweep(1000)).toBeUndefined();
    expect(window.rows.map((row) => row.key)).toEqual(['b', 'c']);
  });

  it('drops a crowd of ended entries at once instead of showing each go', () => {
    const window = new EntryWindow('expiry', '');
    window.begin('v-100');
    window.end(
      page(
        Array.from({ length: 100 }, (_, i) => entry(`k${i}`, `v-${i}`, 1000)),
        'v-100',
      ),
      0,
    );
    for (let i = 0; i < 100; i++) window.apply(event('expired', `w-${i}`, `k${i}`, { version: `v-${i}` }), 0);
    expect(window.total).toBe(0);
    expect(window.rows.length).toBeLessThan(10);
    window.sweep(10_000);
    expect(window.rows).toEqual([]);
  });

  it('shows a key that lives again beside its end, under another identity', () => {
    const window = loaded();
    window.apply(event('deleted', 'v-4', 'b', { version: 'v-2' }), 0);
    window.apply(event('created', 'v-5', 'b', { expiresAt: new Date(T0 + 2000).toISOString() }), 0);
    const both = window.rows.filter((row) => row.key === 'b');
    expect(both.length).toBe(2);
    expect(new Set(both.map((row) => row.id)).size).toBe(2);
    window.sweep(10_000);
    expect(keys(window)).toEqual(['a', 'b', 'c']);
  });

  it('does not let the end of an earlier life end a later one', () => {
    const window = loaded();
    window.apply(event('expired', 'v-0', 'a', { version: 'v-before' }), 0);
    expect(keys(window)).toContain('a');
  });

  it('ignores what does not begin with the prefix', () => {
    const window = new EntryWindow('key', 'user:');
    window.begin('v-1');
    window.end(page([entry('user:1', 'v-1')], 'v-1'), 0);
    window.apply(event('created', 'v-2', 'session:1'), 0);
    window.apply(event('created', 'v-3', 'user:2'), 0);
    expect(keys(window)).toEqual(['user:1', 'user:2']);
    expect(window.total).toBe(2);
  });

  it('leaves what lies beyond the loaded part to the next page, but counts it', () => {
    const window = new EntryWindow('key', '');
    window.begin('v-9');
    window.end(page([entry('a', 'v-1'), entry('c', 'v-2')], 'v-9', { next: 'token', total: 9 }), 0);
    window.apply(event('created', 'v-10', 'b'), 0);
    window.apply(event('created', 'v-11', 'd'), 0);
    expect(keys(window)).toEqual(['a', 'b', 'c']);
    expect(window.total).toBe(11);
  });

  it('counts only events after the page, even while those before it are still arriving', () => {
    const window = new EntryWindow('key', '');
    window.begin('v-0');
    // Read when a and b were there already; their events come later.
    window.end(page([entry('a', 'v-1'), entry('b', 'v-2')], 'v-2', { next: 'token', total: 2 }), 0);
    window.apply(event('created', 'v-1', 'a'), 0);
    window.apply(event('created', 'v-2', 'b'), 0);
    expect(window.total).toBe(2);
    window.apply(event('created', 'v-3', 'z'), 0);
    expect(window.total).toBe(3);
  });

  it('counts again once the log is proven to be delivered', () => {
    const window = new EntryWindow('key', '');
    window.begin('v-0');
    window.end(page([entry('a', 'v-1')], 'other-epoch', { next: 'token', total: 5 }), 0);
    window.proven();
    window.apply(event('created', 'v-9', 'z'), 0);
    expect(window.total).toBe(6);
  });

  it('does not let a page that was read earlier undo what has happened since', () => {
    const window = new EntryWindow('key', '');
    window.begin('v-3');
    window.apply(event('updated', 'v-4', 'a', { value: 'new' }), 0);
    window.apply(event('deleted', 'v-5', 'b', { version: 'v-2' }), 0);
    window.end(page([entry('a', 'v-1', 60_000, 'old'), entry('b', 'v-2')], 'v-3'), 0);
    expect(keys(window)).toEqual(['a']);
    expect(window.row('a')!.value).toBe('new');
    expect(window.total).toBe(1);
  });

  it('does not let a use that a page knew of push the entry out of its order', () => {
    const window = new EntryWindow('recency', '');
    window.begin('v-2');
    window.apply(event('renewed', 'v-3', 'a', { version: 'v-1' }), 0);
    window.end(page([entry('b', 'v-2'), entry('a', 'v-1')], 'v-4', { next: 'token', total: 9 }), 0);
    expect(keys(window)).toEqual(['b', 'a']);
  });

  it('empties when the cache is cleared, and then knows all of it', () => {
    const window = new EntryWindow('key', '');
    window.begin('v-1');
    window.end(page([entry('a', 'v-1')], 'v-1', { next: 'token', total: 500 }), 0);
    window.apply({ ...event('cleared', 'v-2', ''), key: undefined }, 0);
    expect([window.total, window.rows.length, window.complete]).toEqual([0, 0, true]);
    window.apply(event('created', 'v-3', 'z'), 0);
    expect(keys(window)).toEqual(['z']);
  });

  it('asks for the value of an entry that a renewal moved into the loaded part', () => {
    const window = new EntryWindow('expiry', '');
    window.begin('v-0');
    window.end(page([entry('a', 'v-1', 5000)], 'v-9', { next: 'token', total: 2 }), 0);
    window.apply(
      event('renewed', 'v-10', 'z', { version: 'v-2', expiresAt: new Date(T0 + 10).toISOString() }),
      0,
    );
    expect(keys(window)).toEqual(['z', 'a']);
    expect([...window.missing]).toEqual(['z']);
    window.fill({ ...window.row('z')!, value: 42 });
    expect(window.rows[0]!.value).toBe(42);
    expect(window.missing.size).toBe(0);
  });

  describe('list + tail = state', () => {
    for (const sort of ['expiry', 'key', 'recency'] as const) {
      for (const prefix of ['', 'k1']) {
        it(`however pages and events interleave (by ${sort}, prefix "${prefix}")`, () => {
          for (let seed = 1; seed <= 300; seed++) new Interleaving(seed, sort, prefix).run();
        });
      }
    }
  });
});

/**
 * A cache that changes at random while a window loads it page by page. Events and pages travel on their own: each
 * arrives in order among its kind, at a random time. In the end, when all has arrived, the window must hold what
 * the server has.
 */
class Interleaving {
  private readonly log = new FakeLog();
  private readonly window: EntryWindow;
  private delivered = 0;
  private answer: ReturnType<FakeLog['page']> | undefined;
  private asked = false;
  private answeredAt = 0;
  private pagesLeft: number;

  constructor(
    private readonly seed: number,
    private readonly sort: EntrySort,
    private readonly prefix: string,
  ) {
    this.window = new EntryWindow(sort, prefix);
    this.state = seed;
    // Some runs load everything, some stay with the first pages.
    this.pagesLeft = seed % 2 === 0 ? Infinity : 1 + this.random(3);
  }

  private state: number;

  run(): void {
    for (let i = 0; i < 40; i++) this.change();
    this.delivered = this.log.events.length;
    for (let step = 0; step < 400; step++) this.step();
    while (!this.settled()) this.step(true);
    this.compare();
  }

  private step(calm = false): void {
    const dice = this.random(10);
    if (dice < 4 && !calm) this.change();
    else if (dice < 7) this.deliver();
    else if (!this.asked && this.window.next !== null && this.pagesLeft > 0) this.ask();
    else if (this.asked && !this.answer) this.read();
    else if (this.answer) this.receive();
  }

  private change(): void {
    const key = `k${this.random(25)}`;
    const dice = this.random(100);
    const ttl = this.random(6) === 0 ? null : 1000 + this.random(20) * 100;
    if (dice < 55) this.log.set(key, this.random(1000), ttl);
    else if (dice < 70) this.log.renew(key, ttl);
    else if (dice < 99) this.log.end(key, (['expired', 'evicted', 'deleted'] as const)[this.random(3)]!);
    else this.log.clear();
  }

  private deliver(): void {
    const next = this.log.events[this.delivered];
    if (!next) return;
    this.delivered += 1;
    this.window.apply(next, 0);
  }

  private ask(): void {
    this.asked = true;
    this.pagesLeft -= 1;
    this.window.begin(`log-${this.delivered}`);
  }

  /** The server reads the page: somewhere between the question and the answer's arrival. */
  private read(): void {
    this.answer = this.log.page(this.sort, this.prefix, 4, this.window.next);
    this.answeredAt = this.log.events.length;
  }

  private receive(): void {
    this.window.end(this.answer!, 0);
    this.asked = false;
    this.answer = undefined;
  }

  private settled(): boolean {
    const whole = this.delivered === this.log.events.length && this.delivered >= this.answeredAt;
    return whole && !this.asked && this.window.next !== undefined;
  }

  private compare(): void {
    this.window.sweep(Infinity);
    const all = this.log
      .list(this.sort, this.prefix)
      .map((one) => `${one.key} ${one.version} ${one.expiresAt}`);
    const rows = this.window.rows.map((row) => {
      const expiresAt = row.deadline === null ? null : new Date(row.deadline).toISOString();
      return `${row.key} ${row.version} ${expiresAt}`;
    });
    const context = `seed ${this.seed}`;
    // In order of use a page knows the order only as of when it was read; which entries there are is exact.
    const inOrder = (list: string[]) => (this.sort === 'recency' ? [...list].sort() : list);
    if (this.window.complete) expect(inOrder(rows)).withContext(context).toEqual(inOrder(all));
    else
      expect(rows.every((row) => all.includes(row)))
        .withContext(context)
        .toBeTrue();
    if (!this.window.complete && this.sort !== 'recency') {
      expect(rows).withContext(context).toEqual(all.slice(0, rows.length));
    }
    expect(this.window.total).withContext(context).toBe(all.length);
  }

  /** Mulberry32: the same run for the same seed. */
  private random(below: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  }
}
