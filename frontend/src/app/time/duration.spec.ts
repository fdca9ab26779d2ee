import { agoText, countdownText, durationText, inUnits } from './duration.js';

describe('durations', () => {
  it('count down in tenths of a second under a minute, then in two units', () => {
    expect(countdownText(59_999)).toBe('59.9 s');
    expect(countdownText(9_050)).toBe('9.0 s');
    expect(countdownText(60_000)).toBe('1 m 00 s');
    expect(countdownText(3_599_999)).toBe('59 m 59 s');
    expect(countdownText(3_600_000)).toBe('1 h 00 m');
    expect(countdownText(90_000_000)).toBe('1 d 01 h');
  });

  it('never count below nothing', () => {
    expect(countdownText(-5)).toBe('0.0 s');
  });

  it('are said as people say them', () => {
    expect([1, 1500, 60_000, 5_400_000, 86_400_000, 3_153_600_000_000].map(durationText)).toEqual([
      '1 ms',
      '1.5 s',
      '1 m',
      '1 h 30 m',
      '1 d',
      '36500 d',
    ]);
  });

  it('are given back in the largest unit that fits', () => {
    expect(inUnits(5_400_000)).toEqual({ amount: 90, unit: 'm' });
    expect(inUnits(86_400_000)).toEqual({ amount: 1, unit: 'd' });
    expect(inUnits(1501)).toEqual({ amount: 1501, unit: 'ms' });
  });

  it('that have passed are told coarsely', () => {
    expect([-50, 999, 1000, 59_999, 60_000, 7_200_000].map(agoText)).toEqual([
      'just now',
      'just now',
      '1 s ago',
      '59 s ago',
      '1 m ago',
      '2 h ago',
    ]);
  });
});
