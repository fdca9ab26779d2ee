import { Component, computed, inject, input } from '@angular/core';
import { Connection } from '../live/connection.js';

/** One word on the connection, always in sight. */
@Component({
  selector: 'lapse-connection-badge',
  template: `
    <span class="badge" role="status" [class]="tone()" [title]="explanation()">
      <span class="dot" aria-hidden="true"></span>
      <span [class.cdk-visually-hidden]="compact() && tone() === 'live'">{{ word() }}</span>
    </span>
  `,
  styleUrl: './connection-badge.scss',
})
export class ConnectionBadge {
  private readonly connection = inject(Connection);

  readonly compact = input(false);

  protected readonly tone = computed(() => this.connection.state().phase);
  protected readonly word = computed(() => WORDS[this.tone()]);
  protected readonly explanation = computed(() => EXPLANATIONS[this.tone()]);
}

const WORDS = {
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
  stopped: 'Disconnected',
};

const EXPLANATIONS = {
  connecting: 'Opening the live connection',
  live: 'What you see changes as it happens',
  reconnecting: 'The live connection was lost and is being opened again',
  stopped: 'The live connection was refused',
};
