import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { agoText, timeText } from '../time/duration.js';
import { Connection } from '../live/connection.js';
import { Now } from '../live/now.js';
import { Recovery } from '../live/recovery.js';
import { outcomeText } from './outcome-text.js';

/**
 * Says that what is on the screen may be old, since when, and what is being done about it; then, for a while, what
 * became of it. It is in the same place so that no notice about something else has to make room.
 */
@Component({
  selector: 'lapse-connection-banner',
  imports: [MatButton],
  template: `
    @if (connection.stale()) {
      <div class="banner lost">
        <span class="icon" aria-hidden="true">cloud_off</span>
        <p>
          <strong>{{ headline() }}</strong>
          <span class="numeric">{{ detail() }}</span>
        </p>
        <button matButton (click)="connection.retryNow()" [disabled]="trying()">
          {{ trying() ? 'Trying…' : 'Try now' }}
        </button>
      </div>
    } @else if (headline()) {
      <div class="banner" [class]="tone()" animate.leave="leaving">
        <span class="icon" aria-hidden="true">{{ icon() }}</span>
        <p>{{ headline() }}</p>
      </div>
    }
    <p class="cdk-visually-hidden" role="status" aria-live="polite">{{ headline() }}</p>
  `,
  styleUrl: './connection-banner.scss',
})
export class ConnectionBanner {
  protected readonly connection = inject(Connection);
  private readonly recovery = inject(Recovery);
  private readonly now = inject(Now);

  protected readonly trying = computed(() => {
    const state = this.connection.state();
    return state.phase === 'reconnecting' && state.retryAt === null;
  });

  /** Changes rarely: it is read out. */
  protected readonly headline = computed(() => {
    const state = this.connection.state();
    if (state.phase === 'stopped') return state.reason;
    if (state.phase === 'reconnecting') {
      return state.staleSince === null
        ? 'Lapse cannot be reached.'
        : `Connection lost: stale since ${timeText(state.staleSince)}.`;
    }
    if (this.recovery.catchingUp()) return 'Connected again: asking for what was missed…';
    const outcome = this.recovery.outcome();
    return outcome && outcomeText(outcome);
  });

  /** Only a loss that was made good is good news. */
  protected readonly tone = computed(() => {
    const outcome = this.recovery.outcome();
    if (outcome === null) return 'waiting';
    return outcome.kind === 'whole' ? 'whole' : 'lost';
  });
  protected readonly icon = computed(() => ICONS[this.tone()]);

  /** Changes every second: it is not. */
  protected readonly detail = computed(() => {
    const state = this.connection.state();
    if (state.phase !== 'reconnecting') return '';
    const heard =
      state.staleSince === null ? '' : `Last heard ${agoText(this.now.seconds() - state.staleSince)}. `;
    if (state.retryAt === null) return `${heard}Reconnecting…`;
    const seconds = Math.max(0, Math.ceil((state.retryAt - this.now.seconds()) / 1000));
    return `${heard}Next try in ${seconds} s.`;
  });
}

const ICONS = { waiting: 'cloud_sync', whole: 'cloud_done', lost: 'sync_problem' };
