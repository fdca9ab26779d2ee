/**
 * WebSocket close codes, grouped by what a client should do.
 * Source: RFC 6455 section 7.4 and the IANA registry; 4000 and up are Lapse's own.
 */
export const CLOSE = {
  /** Shutting down: reconnect with your cursor, with jitter. */
  goingAway: 1001,
  /** Restarting: reconnect with your cursor, with jitter. */
  restarting: 1012,
  /** Too slow or overloaded: reconnect with your cursor, with jitter. */
  tryAgainLater: 1013,
  /** Broke the protocol (binary frames): do not retry unchanged. */
  policyViolation: 1008,
  /** Frame too big: do not retry unchanged. */
  messageTooBig: 1009,
  /** Not signed in. */
  notSignedIn: 4401,
  /** Not allowed. */
  notAllowed: 4403,
  /** Too many connections or frames: do not retry at once. */
  tooMany: 4429,
} as const;

export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];

/** The codes after which a client should reconnect by itself. */
export const RECONNECT_CODES: ReadonlySet<number> = new Set([
  CLOSE.goingAway,
  CLOSE.restarting,
  CLOSE.tryAgainLater,
]);
