import { type SchemaPathTree, validate } from '@angular/forms/signals';
import { LIMITS } from '@lapse/protocol';
import { jsonFault } from './json-fault.js';
import { type TtlDraft, ttlRules } from './ttl.js';

/** An entry as it is typed. */
export interface EntryDraft {
  key: string;
  /** Let the server make up the key. */
  generate: boolean;
  kind: 'json' | 'text';
  text: string;
  ttl: TtlDraft;
}

/** What was typed as a value: the value, or why it is none. */
export type Typed = { value: unknown } | { fault: string };

const utf8 = new TextEncoder();

export function typedValue({ kind, text }: Pick<EntryDraft, 'kind' | 'text'>): Typed {
  const typed = kind === 'text' ? { value: text } : parseJson(text);
  if ('fault' in typed) return typed;
  const bytes = valueBytes(typed.value);
  if (bytes > LIMITS.valueBytes) {
    return {
      fault: `${bytes.toLocaleString('en')} bytes as JSON; a value may have ${LIMITS.valueBytes.toLocaleString('en')}.`,
    };
  }
  if (depth(typed.value) > LIMITS.valueDepth)
    return { fault: `Nested more than ${LIMITS.valueDepth} levels deep.` };
  return typed;
}

/** Bytes of a value as it is stored: its JSON text in UTF-8. */
export function valueBytes(value: unknown): number {
  return utf8.encode(JSON.stringify(value)).length;
}

function parseJson(text: string): Typed {
  if (text.trim() === '')
    return { fault: 'A value is needed. Any JSON will do; for plain words choose Text.' };
  const fault = jsonFault(text);
  if (fault) return { fault: `Line ${fault.line}, column ${fault.column}: ${fault.what}.` };
  return { value: JSON.parse(text) as unknown };
}

function depth(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let deepest = 0;
  for (const part of Object.values(value)) deepest = Math.max(deepest, depth(part));
  return deepest + 1;
}

/** Why this cannot be a key; undefined when it can. */
export function keyFault(key: string): string | undefined {
  if (key === '') return 'A key is needed, or let one be generated.';
  if (key === '.' || key === '..') return 'No URL can carry this key.';
  if (key.includes('\0')) return 'A key may not contain the NUL character.';
  if (!key.isWellFormed()) return 'This key contains half a character.';
  const bytes = utf8.encode(key).length;
  return bytes > LIMITS.keyBytes ? `${bytes} bytes; a key may have ${LIMITS.keyBytes}.` : undefined;
}

export function entryRules(path: SchemaPathTree<EntryDraft>, maxTtlMs: () => number | null): void {
  validate(path.key, ({ value, valueOf }) => {
    const fault = valueOf(path.generate) ? undefined : keyFault(value());
    return fault === undefined ? undefined : { kind: 'key', message: fault };
  });
  validate(path.text, ({ value, valueOf }) => {
    const typed = typedValue({ kind: valueOf(path.kind), text: value() });
    return 'fault' in typed ? { kind: 'value', message: typed.fault } : undefined;
  });
  ttlRules(path.ttl, maxTtlMs);
}
