import type { RequestHandler } from 'express';
import { Refused } from './problem.js';

/** A path's template and the methods it has. */
export interface KnownPath {
  path: string;
  verb: string;
}

/**
 * What no route has answered: OPTIONS of a known path, a method it does not have, or no path at all. Comes after
 * all routes, so that requests that have one pay nothing for it.
 */
export function noRoute(known: readonly KnownPath[]): RequestHandler {
  const paths = new Map<string, { pattern: RegExp; verbs: Set<string> }>();
  for (const { path, verb } of known) {
    const entry = paths.get(path) ?? { pattern: toPattern(path), verbs: new Set() };
    entry.verbs.add(verb.toUpperCase());
    paths.set(path, entry);
  }
  return (request, response) => {
    const matching = [...paths.values()].filter(({ pattern }) => pattern.test(request.path));
    if (matching.length === 0) throw new Refused('unknown-path', 'No call has this path.');
    const allow = allowHeader(new Set(matching.flatMap(({ verbs }) => [...verbs])));
    if (request.method !== 'OPTIONS') {
      throw new Refused('method-not-allowed', `This path has only ${allow}.`, { Allow: allow });
    }
    response.status(204).set('Allow', allow).end();
  };
}

/** In the order that people expect to read them in. */
function allowHeader(verbs: Set<string>): string {
  if (verbs.has('GET')) verbs.add('HEAD');
  verbs.add('OPTIONS');
  return ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
    .filter((verb) => verbs.has(verb))
    .join(', ');
}

/** As Express matches it: `:name` is one segment that is not empty. */
function toPattern(path: string): RegExp {
  const source = path
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll('.', '\\.')))
    .join('/');
  return new RegExp(`^${source}$`);
}
