import { Component, computed, effect, inject, signal } from '@angular/core';
import { MatButton } from '@angular/material/button';
import { MatProgressBar } from '@angular/material/progress-bar';
import { Router } from '@angular/router';
import { CacheActions } from './cache-actions.js';
import { Caches } from './caches.js';

/** What one sees before there is any cache; once there is one, the way to the first. */
@Component({
  selector: 'lapse-start-page',
  imports: [MatButton, MatProgressBar],
  templateUrl: './start-page.html',
  styleUrl: './start-page.scss',
})
export class StartPage {
  private readonly router = inject(Router);
  private readonly actions = inject(CacheActions);
  protected readonly caches = inject(Caches);

  protected readonly busy = signal(false);
  protected readonly first = computed(() => this.caches.all()?.[0]?.name);
  protected readonly origin = location.origin;

  constructor() {
    effect(() => {
      const first = this.first();
      if (first !== undefined && !this.busy())
        void this.router.navigate(['/caches', first], { replaceUrl: true });
    });
  }

  protected async createDemo(): Promise<void> {
    this.busy.set(true);
    await this.actions.createDemo();
    this.busy.set(false);
  }

  protected createCache(): void {
    void this.actions.create();
  }
}
