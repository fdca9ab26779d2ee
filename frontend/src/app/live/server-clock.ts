import { Injectable } from '@angular/core';

/** Samples remembered: at one heartbeat in 15 s or so, a few minutes. */
const KEPT = 8;
/** A difference that is shown at once instead of being slewed away. */
const JUMP_MS = 1_000;
/** How much faster or slower than real time the shown clock may run while it closes a difference. */
const SLEW = 0.05;

/**
 * Redis's clock as seen from here: the only one that decides deadlines.
 *
 * Every `serverTime` the server sends is a sample of `server − here`, too small by the time the frame travelled.
 * The greatest of the last few is therefore the nearest to the truth. The shown clock moves towards it gradually,
 * so a countdown never leaps and never runs backwards. "Here" is the monotonic clock: it does not matter what
 * this computer's own time of day says, nor whether someone sets it meanwhile.
 */
@Injectable({ providedIn: 'root' })
export class ServerClock {
  private samples: number[] = [];
  private tooLow = 0;
  private target: number | undefined;
  private offset = Date.now() - performance.now();
  private slewedAt = performance.now();

  /** Takes in a `serverTime` (RFC 3339) received at `here` (monotonic milliseconds). */
  observe(serverTime: string, here = performance.now()): void {
    const sample = Date.parse(serverTime) - here;
    if (Number.isNaN(sample)) return;
    // One sample far below the rest was a delayed frame; two in a row mean that Redis's clock was set back.
    this.tooLow = this.target !== undefined && sample < this.target - JUMP_MS ? this.tooLow + 1 : 0;
    if (this.tooLow === 1) return;
    this.samples = this.tooLow > 1 ? [sample] : [...this.samples, sample].slice(-KEPT);
    const first = this.target === undefined;
    this.target = Math.max(...this.samples);
    if (first) this.offset = this.target;
  }

  /** Milliseconds since the epoch, by Redis's clock. */
  now(here = performance.now()): number {
    const passed = Math.max(0, here - this.slewedAt);
    this.slewedAt = here;
    const missing = (this.target ?? this.offset) - this.offset;
    const most = passed * SLEW;
    this.offset += Math.abs(missing) > JUMP_MS ? missing : Math.min(Math.max(missing, -most), most);
    return here + this.offset;
  }
}
