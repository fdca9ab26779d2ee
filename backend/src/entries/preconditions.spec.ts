import { MalformedHeader, VersionMismatch } from '../errors.js';
import { checkMatch, entityTag, isUnchanged, readPrecondition } from './preconditions.js';

describe('Preconditions', () => {
  it('are absent without a header', () => {
    expect(readPrecondition(undefined, undefined)).toBeUndefined();
    expect(isUnchanged('v-1', undefined)).toBeFalse();
    expect(() => checkMatch('v-1', undefined)).not.toThrow();
  });

  it('read any version, one, or a list in any spacing, with empty members', () => {
    expect(readPrecondition('*', undefined)).toEqual({ ifMatch: '*' });
    expect(readPrecondition('"a-1"', undefined)).toEqual({ ifMatch: ['a-1'] });
    expect(readPrecondition(' , "a-1",,\t"b,2" ,"" ,', undefined)).toEqual({ ifMatch: ['a-1', 'b,2', ''] });
  });

  it('match weak tags with If-None-Match only', () => {
    const list = 'W/"a-1", "b-2"';
    expect(readPrecondition(list, undefined)).toEqual({ ifMatch: ['b-2'] });
    expect(readPrecondition('W/"a-1"', undefined)).toEqual({ ifMatch: [] });
    expect(readPrecondition(undefined, list)).toEqual({ ifNoneMatch: ['a-1', 'b-2'] });
    expect(isUnchanged('a-1', list)).toBeTrue();
    expect(() => checkMatch('a-1', list)).toThrowError(VersionMismatch);
  });

  it('take what entityTag makes', () => {
    expect(readPrecondition(entityTag('m2k8-7'), undefined)).toEqual({ ifMatch: ['m2k8-7'] });
  });

  for (const header of [
    '',
    ' ',
    ',',
    'a',
    '"a',
    'a"',
    '"a""b"',
    '"a" "b"',
    '"a";"b"',
    '*,"a"',
    '"a",*',
    '"a b"',
    'w/"a"',
    'W/ "a"',
    '"\u0100"',
  ]) {
    it(`that cannot be read are an error, not no condition: ${header}`, () => {
      expect(() => readPrecondition(header, undefined)).toThrowError(MalformedHeader);
      expect(() => readPrecondition(undefined, header)).toThrowError(MalformedHeader);
      expect(() => isUnchanged('a', header)).toThrowError(MalformedHeader);
    });
  }

  it('of both kinds are an error for a write', () => {
    expect(() => readPrecondition('"a"', '*')).toThrowError(MalformedHeader);
  });

  it('as long as headers may be are read in no time', () => {
    const start = performance.now();
    for (const long of [
      '"'.repeat(16_000),
      ' '.repeat(16_000) + 'x',
      '"a"' + ' '.repeat(16_000) + 'x',
      ','.repeat(16_000),
    ]) {
      expect(() => readPrecondition(long, undefined)).toThrowError(MalformedHeader);
    }
    expect(performance.now() - start).toBeLessThan(500);
  });
});
