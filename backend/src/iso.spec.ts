import fc from 'fast-check';
import { iso } from './iso.js';

describe('iso', () => {
  it('says what Date.toISOString says', () => {
    const moment = fc.integer({ min: -8.64e15, max: 8.64e15 });
    fc.assert(fc.property(moment, (ms) => void expect(iso(ms)).toBe(new Date(ms).toISOString())));
  });

  it('says it again, however many other seconds were asked for', () => {
    const start = Date.UTC(2026, 10, 21, 2, 3, 4, 5);
    for (let i = 0; i < 3_000; i++) iso(start + i * 1_000);
    expect(iso(start)).toBe('2026-11-21T02:03:04.005Z');
    expect(iso(start + 994)).toBe('2026-11-21T02:03:04.999Z');
  });
});
