import { Component, computed, inject } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { agoText, preciseTimeText } from '../time/duration.js';
import { Connection } from '../live/connection.js';
import { Now } from '../live/now.js';

/** Says that what is on the screen may be old, since when, and what is being done about it. */
@Component({
  selector: 'lapse-connection-banner',
  imports: [MatButton],
  template: `
    @if (connection.stale()) {
      <div class="banner">
        <span class="icon" aria-hidden="true">cloud_off</span>
        <p>
          <strong role="status">{{ headline() }}</strong>
          <span class="numeric">{{ detail() }}</span>
        </p>
        <button matButton (click)="connection.retryNow()" [disabled]="trying()">
          {{ trying() ? 'Trying…' : 'Try now' }}
        </button>
      </div>
    }
  `,
  styleUrl: './connection-banner.scss',
})
export class ConnectionBanner {
  protected readonly connection = inject(Connection);
  private readonly now = inject(Now);

  protected readonly trying = computed(() => {
    const state = this.connection.state();
    return state.phase === 'reconnecting' && state.retryAt === null;
  });

  /** Changes rarely: it is read out. */
  protected readonly headline = computed(() => {
    const state = this.connection.state();
    if (state.phase === 'stopped') return state.reason;
    const staleSince = state.phase === 'reconnecting' ? state.staleSince : null;
    if (staleSince === null) return 'Lapse cannot be reached.';
    return `Connection lost: stale since ${preciseTimeText(staleSince).slice(0, 8)}.`;
  });

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
