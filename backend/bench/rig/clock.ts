let offset: number | undefined;

/**
 * Now, in ms since the epoch, to the microsecond, by the clock that Redis takes deadlines from when it is on the same
 * machine. `Date.now()` has whole milliseconds only, and `performance.timeOrigin` does not follow the clock's
 * corrections; so the two are brought together once a process, at a moment when `Date.now()` ticks.
 */
export function now(): number {
  offset ??= align();
  return performance.now() + offset;
}

function align(): number {
  let best = -Infinity;
  for (let i = 0; i < 20; i++) {
    const before = Date.now();
    let after = before;
    while (after === before) after = Date.now();
    // A pause right after the tick makes it seem earlier than it was: the latest sighting is the truest.
    best = Math.max(best, after - performance.now());
  }
  return best;
}
