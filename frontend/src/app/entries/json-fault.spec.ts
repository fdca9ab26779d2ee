import { jsonFault } from './json-fault.js';

describe('json fault', () => {
  const isJson = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };

  it('names the place and what should have stood there', () => {
    const said = (text: string) => {
      const fault = jsonFault(text);
      return fault && `${fault.line}:${fault.column} ${fault.what}`;
    };
    expect(said('{"name": Ada}')).toBe('1:10 words stand in double quotes, before A');
    expect(said('{\n  "a": 1\n  "b": 2\n}')).toBe('3:3 a comma or } is missing, before "');
    expect(said('[1, 2,]')).toBe('1:7 a value is missing, before ]');
    expect(said("{'a': 1}")).toBe("1:2 a name in double quotes is missing, before '");
    expect(said('{"a" 1}')).toBe('1:6 a colon is missing, before 1');
    expect(said('"open')).toBe('1:6 the string does not end on its line: the text ends here');
    expect(said('"\\x"')).toBe('1:2 no such escape, before \\');
    expect(said('1 2')).toBe('1:3 nothing may follow the value, before 2');
    expect(said('')).toBe('1:1 a value is missing: the text ends here');
  });

  it('finds no fault in JSON', () => {
    const good = [
      '0',
      '-1.5e+3',
      '"\\u00e9\\n"',
      ' [ ] ',
      '{}',
      '[[],{"a":[null,true,false]}]',
      '{"a":{"b":"c"}}\n',
    ];
    for (const text of good) expect(jsonFault(text)).withContext(text).toBeUndefined();
  });

  it('agrees with the browser on what is JSON', () => {
    const parts = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '1',
      '-',
      '01',
      '1.',
      'e5',
      'true',
      'nul',
      ' ',
      '\n',
      '\\',
      '\t',
      'x',
    ];
    let state = 42;
    const random = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return (state >> 8) % below;
    };
    let good = 0;
    for (let i = 0; i < 30_000; i++) {
      const text = Array.from({ length: 1 + random(6) }, () => parts[random(parts.length)]).join('');
      const right = isJson(text);
      if (right) good += 1;
      if ((jsonFault(text) === undefined) !== right) fail(`disagree on ${JSON.stringify(text)}`);
    }
    expect(good).toBeGreaterThan(100);
  });
});
