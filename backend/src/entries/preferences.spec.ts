import { prefersRepresentation } from './preferences.js';

describe('prefersRepresentation', () => {
  for (const prefer of [
    'return=representation',
    'Return = Representation',
    'return="representation"',
    'respond-async, wait=10, return=representation',
    'return=representation; foo="a b"',
    'return=representation, return=minimal',
  ]) {
    it(`takes ${prefer}`, () => expect(prefersRepresentation(prefer)).toBeTrue());
  }

  for (const prefer of [
    undefined,
    '',
    'return',
    'return=minimal',
    'return=minimal, return=representation',
    'returns=representation',
    'representation',
    'foo; return=representation',
    'return=representations',
  ]) {
    it(`leaves ${prefer}`, () => expect(prefersRepresentation(prefer)).toBeFalse());
  }
});
