import { Component, computed, inject, signal } from '@angular/core';
import { MatIconButton } from '@angular/material/button';
import { MatIcon } from '@angular/material/icon';
import { MatMenuModule } from '@angular/material/menu';
import { MatSidenavModule } from '@angular/material/sidenav';
import { Router, RouterLink, RouterOutlet } from '@angular/router';
import { CacheNav } from './caches/cache-nav.js';
import { ConnectionBadge } from './shell/connection-badge.js';
import { ConnectionBanner } from './shell/connection-banner.js';
import { THEMES, Theme, type ThemeChoice } from './theme.js';
import { Viewport } from './viewport.js';

const THEME_ICONS: Record<ThemeChoice, string> = {
  system: 'brightness_auto',
  light: 'light_mode',
  dark: 'dark_mode',
};

/** The frame around every page: caches at the left, the state of the connection always in sight. */
@Component({
  selector: 'lapse-app',
  imports: [
    CacheNav,
    ConnectionBadge,
    ConnectionBanner,
    MatIcon,
    MatIconButton,
    MatMenuModule,
    MatSidenavModule,
    RouterLink,
    RouterOutlet,
  ],
  templateUrl: './app.html',
  styleUrl: './app.scss',
})
export class App {
  private readonly router = inject(Router);
  protected readonly viewport = inject(Viewport);
  protected readonly theme = inject(Theme);

  protected readonly themes = THEMES;
  protected readonly themeIcons = THEME_ICONS;
  protected readonly drawerOpen = signal(false);

  /** The cache whose page is shown. */
  protected readonly cache = computed(() => {
    this.router.lastSuccessfulNavigation();
    return this.router.routerState.snapshot.root.firstChild?.paramMap.get('cache') ?? null;
  });
  protected readonly title = computed(() => this.cache() ?? 'Lapse');

  /** Where the list of caches covers the page, going somewhere puts it away. */
  protected closeDrawer(): void {
    this.drawerOpen.set(false);
  }
}
