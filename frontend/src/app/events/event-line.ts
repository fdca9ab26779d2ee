import { Component, computed, input } from '@angular/core';
import type { LapseEvent } from '@lapse/protocol';
import { preview } from '../entries/preview.js';
import { preciseTimeText } from '../time/duration.js';
import { LOOKS, eventDetail } from './event-look.js';

/** One event: what, to which key, with which last value, why and how late. */
@Component({
  selector: 'lapse-event-line',
  templateUrl: './event-line.html',
  styleUrl: './event-line.scss',
  host: {
    '[attr.data-event]': 'event().type',
    '[class.late]': 'late()',
    '[title]': "late() ? 'Replayed: it happened while the connection was lost' : ''",
  },
})
export class EventLine {
  readonly event = input.required<LapseEvent>();
  /** It was told after a loss of the connection, not when it happened. */
  readonly late = input(false);

  protected readonly look = computed(() => LOOKS[this.event().type]);
  protected readonly time = computed(() => preciseTimeText(Date.parse(this.event().at)));
  protected readonly detail = computed(() => eventDetail(this.event()));
  protected readonly lag = computed(() => {
    const { type, lagMs } = this.event();
    return type === 'expired' && lagMs !== undefined ? `+${lagMs} ms` : '';
  });
  protected readonly value = computed(() => {
    const { value } = this.event();
    return value === undefined ? this.detail() : preview(value, 120);
  });
}
