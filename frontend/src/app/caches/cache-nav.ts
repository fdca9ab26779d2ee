import { DecimalPipe } from '@angular/common';
import { Component, inject, input, output } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatIcon } from '@angular/material/icon';
import { RouterLink } from '@angular/router';
import { Recovery } from '../live/recovery.js';
import { CacheActions } from './cache-actions.js';
import { Caches } from './caches.js';

/** Every cache and how many entries live in it right now. */
@Component({
  selector: 'lapse-cache-nav',
  imports: [DecimalPipe, MatButton, MatIcon, RouterLink],
  templateUrl: './cache-nav.html',
  styleUrl: './cache-nav.scss',
})
export class CacheNav {
  protected readonly caches = inject(Caches);
  protected readonly stale = inject(Recovery).stale;
  private readonly actions = inject(CacheActions);

  readonly selected = input<string | null>(null);
  /** Someone chose where to go. */
  readonly went = output<void>();

  protected async create(): Promise<void> {
    this.went.emit();
    await this.actions.create();
  }
}
