import { Refused } from './problem.js';
import { readQuery } from './query.js';

describe('readQuery', () => {
  const read = (url: string) => Object.fromEntries(readQuery(url));

  it('decodes names and values once, + as a space, and keeps what is repeated', () => {
    expect(read('/p?a%20b=c%2526d&e=1+2&e=%2B&f&=g&&h==')).toEqual({
      'a b': ['c%26d'],
      e: ['1 2', '+'],
      f: [''],
      '': ['g'],
      h: ['='],
    });
  });

  it('is empty without a query', () => {
    for (const url of ['/p', '/p?', '?']) expect(readQuery(url).size).toBe(0);
  });

  it('refuses escapes that are not UTF-8', () => {
    for (const url of ['/p?a=%', '/p?a=%ZZ', '/p?%ff=1', '/p?a=%ed%a0%80']) {
      expect(() => readQuery(url)).toThrowError(Refused);
    }
  });
});
