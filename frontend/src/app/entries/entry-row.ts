import { Component, computed, inject, input } from '@angular/core';
import { Now } from '../live/now.js';
import { LOOKS } from '../events/event-look.js';
import { agoText, momentText } from '../time/duration.js';
import { Countdown } from './countdown.js';
import { preview } from './preview.js';
import type { Row } from './row.js';

/** How long a change stays marked (ms). */
const FLASH_MS = 1_500;

/** One entry in the table. Light on purpose: many of them come and go while one scrolls. */
@Component({
  selector: 'lapse-entry-row',
  imports: [Countdown],
  templateUrl: './entry-row.html',
  styleUrl: './entry-row.scss',
  host: {
    role: 'row',
    '[class]': 'flash()',
    '[class.ended]': '!!row().ended',
    '[class.narrow]': 'narrow()',
    '[attr.data-event]': 'row().ended ?? null',
  },
})
export class EntryRow {
  private readonly now = inject(Now);

  readonly row = input.required<Row>();
  readonly narrow = input(false);
  /** Changes are not marked: there are too many. */
  readonly still = input(false);

  protected readonly value = computed(() => preview(this.row().value));
  protected readonly ending = computed(() => {
    const ended = this.row().ended;
    return ended ? LOOKS[ended] : null;
  });
  protected readonly expiresAt = computed(() => {
    const deadline = this.row().deadline;
    return deadline === null ? '–' : momentText(deadline, this.now.seconds());
  });
  protected readonly expiresAtExactly = computed(() => exactly(this.row().deadline));
  protected readonly written = computed(() => agoText(this.now.seconds() - this.row().writtenAt));
  protected readonly writtenExactly = computed(() => exactly(this.row().writtenAt));

  /**
   * Marks a fresh change. Two names take turns, because an animation starts anew only under another name; a change
   * that was made while the row was out of sight is not marked.
   */
  protected readonly flash = computed(() => {
    const change = this.row().change;
    if (!change || this.still() || this.row().ended || performance.now() - change.at > FLASH_MS) return '';
    return `flash ${change.type} ${Math.floor(change.at) % 2 === 0 ? 'even' : 'odd'}`;
  });
}

function exactly(ms: number | null): string {
  return ms === null ? '' : new Date(ms).toISOString();
}
