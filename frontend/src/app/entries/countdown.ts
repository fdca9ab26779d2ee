import { Component, computed, inject, input } from '@angular/core';
import { Now } from '../live/now.js';
import { countdownText } from '../time/duration.js';

const MINUTE_MS = 60_000;
/** From here on the end is near enough to say so by colour. */
const SOON_MS = 10_000;

/** The time an entry has left, on the server's clock, and a bar that shrinks with it. */
@Component({
  selector: 'lapse-countdown',
  template: `
    <span class="text numeric">{{ text() }}</span>
    @if (left() !== null) {
      <span class="bar" aria-hidden="true"><span [style.transform]="scale()"></span></span>
    }
  `,
  styleUrl: './countdown.scss',
  host: { '[class.soon]': 'soon()', '[class.none]': 'left() === null' },
})
export class Countdown {
  private readonly now = inject(Now);

  /** Milliseconds since the epoch; null without one. */
  readonly deadline = input.required<number | null>();
  /** When the ttl began to run: where the bar is full. */
  readonly since = input.required<number>();

  private readonly whole = computed(() => Math.max(1, (this.deadline() ?? 0) - this.since()));

  /**
   * Milliseconds left, never more than the ttl: the clock shown is a step behind, or a little more before it has heard
   * enough from the server. Tenths are worth following only when they can be seen.
   */
  protected readonly left = computed(() => {
    const deadline = this.deadline();
    if (deadline === null) return null;
    const far = deadline - this.now.seconds() > MINUTE_MS;
    const left = deadline - (far ? this.now.seconds() : this.now.tenths());
    return Math.max(0, Math.min(left, this.whole()));
  });
  protected readonly text = computed(() => {
    const left = this.left();
    return left === null ? 'no deadline' : countdownText(left);
  });
  protected readonly soon = computed(() => (this.left() ?? Infinity) <= SOON_MS);
  protected readonly scale = computed(() => `scaleX(${((this.left() ?? 0) / this.whole()).toFixed(4)})`);
}
