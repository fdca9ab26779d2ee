import { EVENT_TYPES, TERMINAL_EVENT_TYPES } from '@lapse/protocol';
import { event } from '../../testing/samples.js';
import { LOOKS, eventDetail } from './event-look.js';

describe('how an event looks', () => {
  it('has its own icon for each type', () => {
    expect(new Set(EVENT_TYPES.map((type) => LOOKS[type].icon)).size).toBe(EVENT_TYPES.length);
  });

  it('says why an entry went', () => {
    expect(eventDetail(event('expired', 'v', 'a', { lagMs: 3 }))).toBe('3 ms after its deadline');
    expect(eventDetail(event('evicted', 'v', 'a', { reason: 'bytes' }))).toBe(
      'to stay within its most memory',
    );
    expect(eventDetail(event('evicted', 'v', 'a', { reason: 'policy' }))).toBe('by a smaller policy');
    expect(eventDetail(event('deleted', 'v', 'a', { reason: 'take' }))).toBe('and its value taken');
    expect(eventDetail(event('cleared', 'v', '', { count: 1 }))).toBe('1 entry');
  });

  it('says for how long an entry was written or renewed', () => {
    expect(eventDetail(event('created', 'v', 'a'))).toBe('for 1 m');
    expect(eventDetail(event('updated', 'v', 'a', { expiresAt: null }))).toBe('no deadline');
    expect(eventDetail(event('renewed', 'v', 'a', { reason: 'use' }))).toBe('by a read, for 1 m');
  });

  it('has a word for every way an entry ends', () => {
    expect(TERMINAL_EVENT_TYPES.map((type) => LOOKS[type].word)).toEqual([
      'expired',
      'evicted',
      'deleted',
      'cleared',
    ]);
  });
});
