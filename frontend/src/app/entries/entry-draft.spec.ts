import { keyFault, typedValue, valueBytes } from './entry-draft.js';

describe('what is typed as an entry', () => {
  it('takes text as it is, also where it looks like JSON', () => {
    expect(typedValue({ kind: 'text', text: '{"a":1}' })).toEqual({ value: '{"a":1}' });
    expect(typedValue({ kind: 'text', text: '' })).toEqual({ value: '' });
  });

  it('takes any JSON', () => {
    expect(typedValue({ kind: 'json', text: ' null ' })).toEqual({ value: null });
    expect(typedValue({ kind: 'json', text: '{"a":[1]}' })).toEqual({ value: { a: [1] } });
  });

  it('asks for a value where there is none', () => {
    expect(typedValue({ kind: 'json', text: '  ' })).toEqual({
      fault: jasmine.stringContaining('A value is needed'),
    });
  });

  it('measures a value as it is stored', () => {
    expect(valueBytes('é')).toBe(4);
    expect(typedValue({ kind: 'text', text: 'x'.repeat(65_534) })).toEqual({ value: jasmine.any(String) });
    expect(typedValue({ kind: 'text', text: 'x'.repeat(65_535) })).toEqual({
      fault: '65,537 bytes as JSON; a value may have 65,536.',
    });
  });

  it('refuses a value nested too deep', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(typedValue({ kind: 'json', text: nested(500) })).toEqual({ value: jasmine.any(Array) });
    expect(typedValue({ kind: 'json', text: nested(501) })).toEqual({
      fault: jasmine.stringContaining('500'),
    });
  });

  it('knows what cannot be a key', () => {
    for (const key of ['', '.', '..', 'a\0b', '\ud800', 'é'.repeat(257)]) {
      expect(keyFault(key)).withContext(JSON.stringify(key)).toBeDefined();
    }
    for (const key of ['a', 'a/b?c#d %', '...', 'é'.repeat(256), '😀']) {
      expect(keyFault(key)).withContext(key).toBeUndefined();
    }
  });
});
