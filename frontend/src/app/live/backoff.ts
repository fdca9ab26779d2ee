import { CLOSE } from '@lapse/protocol';

const BASE_MS = 500;
const LONGEST_MS = 15_000;
const CROWDED_MS = 30_000;

/** What to do after a socket closed: try again after `delayMs`, or not until a person says so. */
export type AfterClose = { retry: true; delayMs: number } | { retry: false; reason: string };

const REFUSALS: ReadonlyMap<number, string> = new Map([
  [
    CLOSE.policyViolation,
    'The server says that this page broke its protocol. Reload to get the current version.',
  ],
  [CLOSE.messageTooBig, 'The server says that this page sent too much. Reload to get the current version.'],
  [CLOSE.notSignedIn, 'You are not signed in.'],
  [CLOSE.notAllowed, 'You are not allowed to follow these caches.'],
]);

/**
 * Exponential backoff with full jitter: any moment between now and a bound that doubles with each failure, so
 * that a thousand browsers cut off together do not come back together.
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * @param attempt failures in a row so far, 0 for the first.
 */
export function afterClose(code: number, attempt: number, random: () => number = Math.random): AfterClose {
  const reason = REFUSALS.get(code);
  if (reason !== undefined) return { retry: false, reason };
  // 4429 asks not to be tried at once: wait the crowd out first, then spread over as long again.
  if (code === CLOSE.tooMany) return { retry: true, delayMs: CROWDED_MS + random() * CROWDED_MS };
  const bound = Math.min(LONGEST_MS, BASE_MS * 2 ** attempt);
  return { retry: true, delayMs: random() * bound };
}
