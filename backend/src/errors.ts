/**
 * Everything that can be wrong with a request, as small classes with a stable code. `http/problem.ts` maps
 * each to a status and a problem type in one place.
 */
export type LapseErrorCode =
  | 'cache-not-found'
  | 'entry-not-found'
  | 'entry-exists'
  | 'version-mismatch'
  | 'cursor-gone'
  | 'value-too-large'
  | 'malformed-header'
  | 'invalid'
  | 'redis-unavailable'
  | 'redis-full';

/** One thing wrong with a field: a JSON pointer into the body, or the name of a parameter, and a sentence. */
export interface FieldError {
  /** JSON pointer into the body (`/ttlMs`, `/operations/3/key`); set for faults of the body. */
  pointer?: string;
  /** Name of the query, path or header parameter; set for faults outside the body. */
  parameter?: string;
  detail: string;
}

export class LapseError extends Error {
  constructor(
    readonly code: LapseErrorCode,
    message: string,
  ) {
    super(message);
    this.name = new.target.name;
  }
}

export class CacheNotFound extends LapseError {
  constructor(cache: string) {
    super('cache-not-found', `There is no cache "${cache}".`);
  }
}

export class EntryNotFound extends LapseError {
  constructor() {
    super('entry-not-found', 'There is no such entry: it was never created, or it is gone.');
  }
}

export class EntryExists extends LapseError {
  constructor() {
    super('entry-exists', 'An entry with this key is alive already.');
  }
}

/** A precondition (`If-Match`, `If-None-Match`) did not hold. `current` is the entry's version, if it has one. */
export class VersionMismatch extends LapseError {
  constructor(readonly current: string | null) {
    super(
      'version-mismatch',
      current === null
        ? 'The precondition failed: there is no such entry.'
        : `The precondition failed: the entry's version is "${current}".`,
    );
  }
}

/** A cursor whose successors are no longer all in the log, or one of another epoch. */
export class CursorGone extends LapseError {
  constructor(
    message = 'The log no longer holds everything after this cursor: list again and go on from there.',
  ) {
    super('cursor-gone', message);
  }
}

export class ValueTooLarge extends LapseError {
  constructor(message: string) {
    super('value-too-large', message);
  }
}

/** A header that cannot be read as its grammar says. */
export class MalformedHeader extends LapseError {
  constructor(message: string) {
    super('malformed-header', message);
  }
}

/** Read and understood, but wrong. Names every field that is. */
export class Invalid extends LapseError {
  constructor(readonly errors: FieldError[]) {
    super('invalid', errors.map((error) => error.detail).join(' '));
  }
}

/** Redis is away, loading, or did not answer in time. The call may be tried again. */
export class RedisUnavailable extends LapseError {
  constructor(message = 'Redis does not answer.') {
    super('redis-unavailable', message);
  }
}

/** Redis is at its maxmemory. Nothing was written. */
export class RedisFull extends LapseError {
  constructor() {
    super('redis-full', 'Redis is at its memory limit: nothing was written. Free memory or raise maxmemory.');
  }
}
