import { InjectionToken } from '@angular/core';
import { type Observable, defer, filter, fromEvent, interval, map, merge } from 'rxjs';

/** How often this page looks at the clock (ms), and how much later than that means that it slept. */
const LOOK_MS = 2_000;
const SLEPT_MS = 5_000;

/**
 * Moments at which this page may have been away from the world for a while: the network came or went, the tab came
 * back into sight, out of the freezer or out of the back/forward cache, or the computer slept. No event tells of
 * that last one; it shows in the clock.
 */
export const WAKES = new InjectionToken<Observable<unknown>>('WAKES', {
  providedIn: 'root',
  factory: () =>
    merge(
      fromEvent(window, 'online'),
      fromEvent(window, 'offline'),
      fromEvent(window, 'pageshow'),
      fromEvent(document, 'resume'),
      fromEvent(document, 'visibilitychange').pipe(filter(() => document.visibilityState === 'visible')),
      sleeps(),
    ),
});

function sleeps(): Observable<unknown> {
  return defer(() => {
    let before = Date.now();
    return interval(LOOK_MS).pipe(
      map(() => {
        const passed = Date.now() - before;
        before = Date.now();
        return passed;
      }),
      filter((passed) => passed > LOOK_MS + SLEPT_MS),
    );
  });
}
