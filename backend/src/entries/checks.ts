import { LIMITS } from '@lapse/protocol';
import { Invalid, ValueTooLarge, type FieldError } from '../errors.js';

/** Where a fault is to be shown: a JSON pointer into the body, or a parameter's name. */
export type Place = { pointer: string } | { parameter: string };

/** @throws Invalid when it cannot be a key: 1 to 512 bytes of UTF-8, no NUL, neither `.` nor `..` */
export function checkKey(key: string, place: Place): string {
  const fault = keyFault(key);
  if (fault) throw new Invalid([{ ...place, detail: fault }]);
  return key;
}

function keyFault(key: string): string | undefined {
  if (key === '') return 'A key must not be empty.';
  if (!key.isWellFormed()) return 'A key must be well-formed Unicode: this one has half of a surrogate pair.';
  if (key.includes('\0')) return 'A key must not contain NUL.';
  if (key === '.' || key === '..') return 'A key must not be "." or "..": no URL can carry it.';
  // A UTF-16 unit becomes at most three bytes: most keys need no count.
  if (key.length * 3 > LIMITS.keyBytes && Buffer.byteLength(key) > LIMITS.keyBytes) {
    return `A key has at most ${LIMITS.keyBytes} bytes of UTF-8.`;
  }
  return undefined;
}

/** @throws Invalid when it cannot be a ttl: an integer from 1 to 100 years of milliseconds, or null */
export function checkTtl(ttlMs: number | null | undefined, place: Place): void {
  if (ttlMs === undefined || ttlMs === null) return;
  if (!Number.isInteger(ttlMs) || ttlMs < 1 || ttlMs > LIMITS.ttlMs) {
    throw new Invalid([
      { ...place, detail: `A ttl is a whole number of milliseconds from 1 to ${LIMITS.ttlMs}.` },
    ]);
  }
}

/**
 * A value as JSON text.
 * @throws ValueTooLarge above 64 KiB
 * @throws Invalid when it is missing or nested deeper than can safely be read back
 */
export function encodeValue(value: unknown, place: Place): string {
  if (value === undefined) throw new Invalid([{ ...place, detail: 'A value is needed; it may be null.' }]);
  if (deeperThan(LIMITS.valueDepth, value)) throw tooDeep(place);
  const text = JSON.stringify(value);
  if (text.length * 3 > LIMITS.valueBytes) {
    const bytes = Buffer.byteLength(text);
    if (bytes > LIMITS.valueBytes) {
      throw new ValueTooLarge(`The value has ${bytes} bytes of JSON; at most ${LIMITS.valueBytes} are kept.`);
    }
  }
  return text;
}

function tooDeep(place: Place): Invalid {
  const error: FieldError = {
    ...place,
    detail: `A value is nested at most ${LIMITS.valueDepth} levels deep.`,
  };
  return new Invalid([error]);
}

/** Walks without recursion to be exact on any input; stops at the first level too many. */
function deeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  let level: object[] = [value];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = level.flatMap((parent) =>
      (Object.values(parent) as unknown[]).filter(
        (child): child is object => typeof child === 'object' && child !== null,
      ),
    );
  }
  return false;
}
