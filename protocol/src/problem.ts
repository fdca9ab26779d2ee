/** Where the page of each problem type lies: `type` is this and the code. */
export const PROBLEM_TYPE_BASE = '/api/v1/problems/';

/** The codes that end a problem's `type`. They never change their meaning. */
export const PROBLEM_CODES = [
  'malformed-request',
  'malformed-url',
  'malformed-header',
  'malformed-body',
  'unknown-path',
  'cache-not-found',
  'entry-not-found',
  'method-not-allowed',
  'request-timeout',
  'entry-exists',
  'cursor-gone',
  'version-mismatch',
  'body-too-large',
  'value-too-large',
  'unsupported-media-type',
  'invalid',
  'headers-too-large',
  'internal',
  'redis-unavailable',
  'not-ready',
  'redis-full',
] as const;

export type ProblemCode = (typeof PROBLEM_CODES)[number];

/**
 * One thing wrong with a request.
 */
export interface ProblemError {
  /**
   * JSON pointer (RFC 6901) into the body; set for faults of the body.
   * @example "/ttlMs"
   */
  pointer?: string;
  /**
   * Name of the path, query or header parameter; set for faults outside the body.
   * @example "limit"
   */
  parameter?: string;
  /**
   * What is wrong with it.
   * @example "ttlMs must be an integer from 1 to 3153600000000, or null."
   */
  detail: string;
}

/**
 * What went wrong (RFC 9457, `application/problem+json`).
 */
export interface Problem {
  /**
   * Which kind of problem: stable, and the path of a page that explains it.
   * @example "/api/v1/problems/invalid"
   */
  type: string;
  /**
   * The kind of problem, for a person to read.
   * @example "The request is not valid"
   */
  title: string;
  /**
   * The HTTP status.
   * @isInt
   * @example 422
   */
  status: number;
  /**
   * What went wrong this time, for a person to read.
   * @example "ttlMs must be an integer from 1 to 3153600000000, or null."
   */
  detail: string;
  /** Every field that is wrong, where the problem is about fields. */
  errors?: ProblemError[];
}
