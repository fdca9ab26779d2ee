import { HttpErrorResponse } from '@angular/common/http';
import type { Problem, ProblemError } from '@lapse/protocol';

/**
 * What the API answered instead of success, in words for a person: an RFC 9457 problem, or what stands in for
 * one when the answer came from a proxy (502, 504) or never came (status 0).
 */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    /** The stable last part of the problem's `type`, such as `entry-exists`. */
    readonly code: string,
    readonly detail: string,
    readonly errors: readonly ProblemError[] = [],
  ) {
    super(detail);
    this.name = 'ApiProblem';
  }

  /** Nothing was wrong with the request: the same one may succeed later. */
  get passing(): boolean {
    return [0, 429, 502, 503, 504].includes(this.status);
  }

  /** What the server says about the field at this JSON pointer, if anything. */
  about(pointer: string): string | undefined {
    return this.errors.find((error) => error.pointer === pointer)?.detail;
  }
}

const UNREACHABLE =
  'Lapse cannot be reached. Nothing you entered is lost: try again once the connection is back.';
const UNAVAILABLE =
  'Lapse is up, but cannot reach Redis right now. Nothing was changed: try again in a moment.';

/** Makes of anything thrown by a call a problem that can be shown. */
export function toProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (!(error instanceof HttpErrorResponse)) {
    return new ApiProblem(0, 'unreachable', error instanceof Error ? error.message : String(error));
  }
  if (error.status === 0) return new ApiProblem(0, 'unreachable', UNREACHABLE);
  const body = problemBody(error.error);
  const code = body?.type?.split(/[/:#]/).pop() || `http-${error.status}`;
  return new ApiProblem(error.status, code, words(error.status, body), body?.errors ?? []);
}

function problemBody(body: unknown): Partial<Problem> | undefined {
  if (typeof body === 'string') {
    try {
      return problemBody(JSON.parse(body));
    } catch {
      return undefined;
    }
  }
  return typeof body === 'object' && body !== null ? body : undefined;
}

function words(status: number, body: Partial<Problem> | undefined): string {
  if (status === 503) return body?.detail ? `${UNAVAILABLE} (${body.detail})` : UNAVAILABLE;
  const said = body?.detail ?? body?.title;
  if (said) return said;
  if (status === 502 || status === 504)
    return `The backend does not answer (${status}). Try again in a moment.`;
  return `The server answered ${status} and gave no reason.`;
}
