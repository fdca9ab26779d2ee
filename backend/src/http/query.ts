import { Refused } from './problem.js';

/** A URL's query: each name with every value given for it, in order. */
export type Query = ReadonlyMap<string, readonly string[]>;

const EMPTY: Query = new Map();

/**
 * Reads the query of a request's URL. Unlike node:querystring it refuses escapes that are not UTF-8 instead of
 * replacing what it cannot read. `+` is a space, as HTML forms and URLSearchParams write it.
 */
export function readQuery(url: string): Query {
  const from = url.indexOf('?');
  if (from === -1 || from === url.length - 1) return EMPTY;
  const query = new Map<string, string[]>();
  for (const pair of url.slice(from + 1).split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1));
    const values = query.get(name);
    if (values) values.push(value);
    else query.set(name, [value]);
  }
  return query;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new Refused('malformed-url', 'The query has a percent-escape that is not UTF-8.');
  }
}
