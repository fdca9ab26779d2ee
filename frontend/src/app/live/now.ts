import { DestroyRef, Injectable, type Signal, inject, signal } from '@angular/core';
import { ServerClock } from './server-clock.js';

/**
 * The server's time as signals that change as it passes, for what counts down on the screen. Driven by animation
 * frames, so nothing ticks in a hidden tab, and all that shows the same moment changes in the same frame.
 */
@Injectable({ providedIn: 'root' })
export class Now {
  private readonly clock = inject(ServerClock);
  private readonly fine = signal(Math.floor(this.clock.now() / 100) * 100);
  private readonly coarse = signal(Math.floor(this.clock.now() / 1000) * 1000);

  /** Milliseconds since the epoch, in steps of 100. */
  readonly tenths: Signal<number> = this.fine.asReadonly();
  /** Milliseconds since the epoch, in steps of 1000. */
  readonly seconds: Signal<number> = this.coarse.asReadonly();

  constructor() {
    let frame = 0;
    const tick = () => {
      const now = this.clock.now();
      this.fine.set(Math.floor(now / 100) * 100);
      this.coarse.set(Math.floor(now / 1000) * 1000);
      frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
    inject(DestroyRef).onDestroy(() => cancelAnimationFrame(frame));
  }
}
