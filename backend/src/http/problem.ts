import type { Problem, ProblemCode } from '@lapse/protocol';
import type { ErrorRequestHandler, Request, Response } from 'express';
import { Invalid, LapseError } from '../errors.js';
import type { Logger } from '../logger.js';
import { PROBLEM_TYPES } from './problem-types.js';

/** A request that is refused before the domain sees it, or that has no call to go to. */
export class Refused extends Error {
  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** What is answered when Lapse itself is at fault: the log has the rest. */
const INTERNAL = problem('internal', 'The fault is in the log, under the X-Request-Id of this answer.');

/** An error as RFC 9457 says it. Nothing of a submitted body gets into it but the names of fields. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Invalid) return { ...problem(error.code, summary(error)), errors: error.errors };
  if (error instanceof LapseError || error instanceof Refused) return problem(error.code, error.message);
  return INTERNAL;
}

/** The last handler of the app: answers whatever went wrong as a problem, and logs what is Lapse's own fault. */
export function problemHandler(logger: Logger): ErrorRequestHandler {
  // Express tells an error handler by its four parameters.
  return (error: unknown, request: Request, response: Response, _next) => {
    const known = fromExpress(error);
    const answer = toProblem(known);
    if (answer === INTERNAL) logger.error({ err: error, requestId: request.id }, 'a request failed');
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (known instanceof Refused) response.set(known.headers);
    if (answer.status === 503) response.set('Retry-After', '1');
    sendProblem(response, answer);
  };
}

export function sendProblem(response: Response, answer: Problem): void {
  const body = Buffer.from(JSON.stringify(answer));
  response.statusCode = answer.status;
  response.setHeader('Content-Type', 'application/problem+json; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Content-Length', body.length);
  response.end(body);
}

function problem(code: ProblemCode, detail: string): Problem {
  const { type, title, status } = PROBLEM_TYPES[code];
  return { type, title, status, detail };
}

function summary({ errors }: Invalid): string {
  const first = errors[0]?.detail ?? 'The request is not valid.';
  return errors.length > 1 ? `${first} And ${errors.length - 1} more: see errors.` : first;
}

/**
 * Express marks what its router and its body parser refuse by a status or a type; the messages may hold parts of
 * the request, so none is passed on.
 */
function fromExpress(error: unknown): unknown {
  if (error instanceof URIError)
    return new Refused('malformed-url', 'The path has a percent-escape that is not UTF-8.');
  return error;
}
