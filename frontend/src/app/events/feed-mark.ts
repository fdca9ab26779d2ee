import { Component, computed, input } from '@angular/core';
import { timeText } from '../time/duration.js';
import type { FeedLine } from './feed.js';

/** A place in the feed where the connection was lost: when, and whether what happened meanwhile stands above. */
@Component({
  selector: 'lapse-feed-mark',
  template: `
    <p [class]="mark().kind === 'missed' ? 'missed' : 'replayed'">
      <span>{{ headline() }}</span>
      <span class="numeric">{{ detail() }}</span>
    </p>
  `,
  styleUrl: './feed-mark.scss',
})
export class FeedMark {
  readonly mark = input.required<Exclude<FeedLine, { kind: 'event' }>>();

  protected readonly headline = computed(() => {
    const mark = this.mark();
    if (mark.kind === 'cut') return `Connection lost ${this.away()}`;
    return mark.cut
      ? 'The connection was lost here: events may be missing'
      : 'Events are missing here: they could not be replayed';
  });

  protected readonly detail = computed(() => {
    const mark = this.mark();
    if (mark.kind === 'missed') return this.away();
    return mark.replayed === 1 ? '1 event replayed' : `${COUNT.format(mark.replayed)} events replayed`;
  });

  private readonly away = computed(() => {
    const { cut } = this.mark();
    return cut ? `${timeText(cut.since)} – ${timeText(cut.until)}` : '';
  });
}

const COUNT = new Intl.NumberFormat('en');
