import { ServerClock } from './server-clock.js';

describe('the server clock', () => {
  const base = Date.parse('2030-01-01T00:00:00.000Z');
  const time = (ms: number) => new Date(base + ms).toISOString();
  let clock: ServerClock;
  let start: number;

  beforeEach(() => {
    clock = new ServerClock();
    start = performance.now();
  });

  it('shows the first time it hears at once, whatever this computer believes', () => {
    clock.observe(time(0), start);
    expect(clock.now(start + 250)).toBeCloseTo(base + 250, 3);
  });

  it('trusts the frame that travelled fastest', () => {
    clock.observe(time(0), start + 40);
    clock.observe(time(1000), start + 1005);
    clock.observe(time(2000), start + 2090);
    // 5 ms late at best; it takes a while to get there without leaping.
    for (let ms = 0; ms <= 10_000; ms += 100) clock.now(start + 2090 + ms);
    expect(clock.now(start + 13_000)).toBeCloseTo(base + 12_995, 3);
  });

  it('never leaps nor runs backwards while it corrects itself', () => {
    clock.observe(time(0), start + 300);
    let before = clock.now(start + 400);
    clock.observe(time(500), start + 500);
    for (let here = start + 500; here < start + 10_000; here += 100) {
      const now = clock.now(here);
      expect(now - before).toBeGreaterThan(0);
      expect(now - before).toBeLessThanOrEqual(106);
      before = now;
    }
  });

  it('is not misled by one frame that was held up', () => {
    clock.observe(time(0), start);
    clock.observe(time(1000), start + 9000);
    expect(clock.now(start + 9000)).toBeCloseTo(base + 9000, 3);
  });

  it('follows a server clock that was set back', () => {
    clock.observe(time(0), start);
    clock.observe(time(-60_000), start + 1000);
    clock.observe(time(-59_000), start + 2000);
    clock.now(start + 2000);
    expect(clock.now(start + 2001)).toBeCloseTo(base - 58_999, 3);
  });

  it('ignores what is not a time', () => {
    clock.observe(time(0), start);
    clock.observe('soon', start + 10);
    expect(clock.now(start + 10)).toBeCloseTo(base + 10, 3);
  });
});
