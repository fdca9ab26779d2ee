/** Where a text stops being JSON, as an editor counts, and what should have stood there. */
export interface JsonFault {
  line: number;
  column: number;
  what: string;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const WORD = /[^\s,:{}[\]"]+/y;
const SPACE = /[ \t\n\r]*/y;
// A string's characters and escapes; what stops it is its end or its fault.
const IN_STRING = /(?:[^"\\\u0000-\u001f]|\\["\\/bfnrt]|\\u[\da-fA-F]{4})*/y;

/**
 * Says why a text is not JSON. Browsers word this each in their own way, and some name no place at all; people
 * who type a value need the place most.
 */
export function jsonFault(text: string): JsonFault | undefined {
  const scanner = new Scanner(text);
  try {
    scanner.whole();
    return undefined;
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    const before = text.slice(0, error.index).split('\n');
    return { line: before.length, column: before.at(-1)!.length + 1, what: error.message };
  }
}

class Unexpected extends Error {
  constructor(
    readonly index: number,
    what: string,
  ) {
    super(what);
  }
}

class Scanner {
  private at = 0;

  constructor(private readonly text: string) {}

  whole(): void {
    this.value();
    this.skip(SPACE);
    if (this.at < this.text.length) this.fail('nothing may follow the value');
  }

  private value(): void {
    this.skip(SPACE);
    const start = this.text[this.at];
    if (start === '{') return this.object();
    if (start === '[') return this.list();
    if (start === '"') return this.string();
    if (this.skip(NUMBER) || this.skip(LITERAL)) return this.wordEnds();
    this.fail(start && /['\w]/.test(start) ? 'words stand in double quotes' : 'a value is missing');
  }

  private object(): void {
    this.at += 1;
    if (this.next('}')) return;
    do {
      this.skip(SPACE);
      if (this.text[this.at] !== '"') this.fail('a name in double quotes is missing');
      this.string();
      if (!this.next(':')) this.fail('a colon is missing');
      this.value();
    } while (this.next(','));
    if (!this.next('}')) this.fail('a comma or } is missing');
  }

  private list(): void {
    this.at += 1;
    if (this.next(']')) return;
    do this.value();
    while (this.next(','));
    if (!this.next(']')) this.fail('a comma or ] is missing');
  }

  private string(): void {
    this.at += 1;
    this.skip(IN_STRING);
    if (this.text[this.at] === '\\') this.fail('no such escape');
    if (this.text[this.at] !== '"') this.fail('the string does not end on its line');
    this.at += 1;
  }

  /** `12px` begins like a number and `nullable` like a literal: neither is one. */
  private wordEnds(): void {
    WORD.lastIndex = this.at;
    if (WORD.test(this.text)) this.fail('words stand in double quotes');
  }

  /** Moves over what matches here; says whether that was anything. */
  private skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const length = pattern.exec(this.text)?.[0].length ?? 0;
    this.at += length;
    return length > 0;
  }

  private next(sign: string): boolean {
    this.skip(SPACE);
    if (this.text[this.at] !== sign) return false;
    this.at += 1;
    return true;
  }

  private fail(what: string): never {
    const found = this.text[this.at];
    throw new Unexpected(
      this.at,
      found === undefined ? `${what}: the text ends here` : `${what}, before ${found}`,
    );
  }
}
