import { Injectable, effect, signal } from '@angular/core';

export const THEMES = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof THEMES)[number];

const STORED_AS = 'lapse.theme';

/** Light, dark, or whatever the system says; kept in this browser. */
@Injectable({ providedIn: 'root' })
export class Theme {
  private readonly chosen = signal<ThemeChoice>(stored());
  readonly choice = this.chosen.asReadonly();

  constructor() {
    effect(() => {
      const choice = this.chosen();
      document.documentElement.classList.toggle('light', choice === 'light');
      document.documentElement.classList.toggle('dark', choice === 'dark');
    });
  }

  choose(choice: ThemeChoice): void {
    this.chosen.set(choice);
    try {
      localStorage.setItem(STORED_AS, choice);
    } catch {
      // Storage is off: the choice lasts as long as the page.
    }
  }
}

function stored(): ThemeChoice {
  try {
    const choice = localStorage.getItem(STORED_AS);
    return THEMES.find((theme) => theme === choice) ?? 'system';
  } catch {
    return 'system';
  }
}
