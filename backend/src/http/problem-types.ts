import { PROBLEM_TYPE_BASE, type ProblemCode } from '@lapse/protocol';

export interface ProblemType {
  /** The `type` member: the path of its page. */
  type: string;
  status: number;
  title: string;
  /** For its page and for the OpenAPI document: when it comes, and what to do about it. */
  about: string;
}

/** Every kind of problem that a call may answer with: the one place where an error gets its status. */
export const PROBLEM_TYPES = withType({
  'malformed-request': {
    status: 400,
    title: 'The request cannot be read',
    about: 'What came over the connection is not HTTP. The connection is closed.',
  },
  'malformed-url': {
    status: 400,
    title: 'The URL cannot be read',
    about: 'A percent-escape in the path or the query is broken or is not UTF-8. Encode each part by itself.',
  },
  'malformed-header': {
    status: 400,
    title: 'A header cannot be read',
    about: 'If-Match and If-None-Match take `*` or a list of quoted versions, such as `"m2k8x0q4z1-1040"`.',
  },
  'malformed-body': {
    status: 400,
    title: 'The body cannot be read',
    about: 'The body is not JSON, not UTF-8, or was cut short.',
  },
  'unknown-path': {
    status: 404,
    title: 'There is nothing at this path',
    about: 'No call has this path. A key is one path segment: its slashes are written `%2F`.',
  },
  'cache-not-found': {
    status: 404,
    title: 'No such cache',
    about: 'The cache was never created, or it was removed. Writing an entry creates it.',
  },
  'entry-not-found': {
    status: 404,
    title: 'No such entry',
    about:
      'The entry was never created, or it expired, was evicted or was deleted. The event log says which.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The path does not have this method',
    about: 'The Allow header lists the methods that the path has.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request took too long',
    about: 'The headers or the body did not arrive in time. The connection is closed.',
  },
  'entry-exists': {
    status: 409,
    title: 'The entry exists',
    about: 'An entry with this key is alive already. PUT replaces it.',
  },
  'cursor-gone': {
    status: 410,
    title: 'The log no longer goes back to this cursor',
    about:
      'Events after the cursor were trimmed from the log, or the log began anew. List the entries and go on from the ' +
      "cursor of that answer. A cache's `history` says how many events are kept.",
  },
  'version-mismatch': {
    status: 412,
    title: 'The precondition failed',
    about: 'If-Match or If-None-Match did not hold: someone wrote the entry in between. Read it again.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    about: 'A body has at most 1 MiB, that of a batch 16 MiB.',
  },
  'value-too-large': {
    status: 413,
    title: 'The value is too large',
    about: "A value has at most 64 KiB of JSON, and with its key no more than the cache's `maxBytes`.",
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is not JSON',
    about: 'Send `Content-Type: application/json`, in UTF-8.',
  },
  invalid: {
    status: 422,
    title: 'The request is not valid',
    about:
      '`errors` names every field that is wrong: in the body by a JSON pointer, elsewhere by the parameter.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The URL and headers are too large',
    about: 'Together they have at most 16 KiB. The connection is closed.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong in Lapse',
    about: 'A fault of Lapse itself. The log has it under the X-Request-Id of the answer.',
  },
  'redis-unavailable': {
    status: 503,
    title: 'Redis does not answer',
    about: 'Redis is away, loading, or too slow. The call may be tried again after Retry-After.',
  },
  'not-ready': {
    status: 503,
    title: 'Not ready',
    about: 'Redis does not answer, or the subscription to its key notifications is down.',
  },
  'redis-full': {
    status: 507,
    title: 'Redis is full',
    about: 'Redis is at its `maxmemory`. Nothing was written and nothing was lost.',
  },
});

function withType(
  types: Record<ProblemCode, Omit<ProblemType, 'type'>>,
): Readonly<Record<ProblemCode, ProblemType>> {
  const entries = Object.entries(types).map(([code, rest]) => [
    code,
    { type: PROBLEM_TYPE_BASE + code, ...rest },
  ]);
  return Object.fromEntries(entries) as Record<ProblemCode, ProblemType>;
}
