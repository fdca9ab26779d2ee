import { ORDERS, compareKeys } from './order.js';

describe('the order of entries', () => {
  const at = (key: string, deadline: number | null, rank = 0) => ({ key, deadline, rank });

  it('sorts keys as Redis does, by their bytes', () => {
    const utf8 = new TextEncoder();
    const bytes = (key: string) =>
      [...utf8.encode(key)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    const keys = [
      '',
      'a',
      'aa',
      'b',
      'é',
      '\uffff',
      '\ue000',
      '😀',
      '😁',
      'a😀',
      'a\uffff',
      'Z',
      '~',
      '\ud7ff',
    ];
    const sorted = [...keys].sort(compareKeys);
    expect(sorted).toEqual([...keys].sort((a, b) => (bytes(a) < bytes(b) ? -1 : 1)));
  });

  it('puts the soonest deadline first, equal ones by key, and none at all last', () => {
    const rows = [at('d', null), at('c', 5), at('a', null), at('b', 5), at('z', 1)];
    expect(rows.sort(ORDERS.expiry).map(({ key }) => key)).toEqual(['z', 'b', 'c', 'a', 'd']);
  });

  it('puts the least recently used first', () => {
    const rows = [at('a', 1, 3), at('b', 9, 1), at('c', null, 2)];
    expect(rows.sort(ORDERS.recency).map(({ key }) => key)).toEqual(['b', 'c', 'a']);
  });
});
