import { Component, computed, effect, inject, input, signal, untracked, viewChild } from '@angular/core';
import { MatButton, MatIconButton } from '@angular/material/button';
import { MatIcon } from '@angular/material/icon';
import { MatMenuModule } from '@angular/material/menu';
import { ENTRY_SORTS, type EntrySort } from '@lapse/protocol';
import { Recovery } from '../live/recovery.js';
import { Entries } from '../entries/entries.js';
import { EntryActions } from '../entries/entry-actions.js';
import { EntryTable } from '../entries/entry-table.js';
import { EventFeed } from '../events/event-feed.js';
import { Feed } from '../events/feed.js';
import { Viewport } from '../viewport.js';
import { CacheActions } from './cache-actions.js';
import { CacheFigures } from './cache-figures.js';
import { Caches } from './caches.js';
import { DEMO_CACHE } from './demo.js';
import { policyText } from './policy-text.js';

/** One cache: what it holds, and what happens to it. */
@Component({
  selector: 'lapse-cache-page',
  imports: [CacheFigures, EntryTable, EventFeed, MatButton, MatIcon, MatIconButton, MatMenuModule],
  templateUrl: './cache-page.html',
  styleUrl: './cache-page.scss',
  host: { '(document:keydown)': 'shortcut($event)' },
})
export class CachePage {
  private readonly caches = inject(Caches);
  private readonly cacheActions = inject(CacheActions);
  private readonly entryActions = inject(EntryActions);
  protected readonly entries = inject(Entries);
  protected readonly feed = inject(Feed);
  protected readonly stale = inject(Recovery).stale;
  protected readonly viewport = inject(Viewport);

  /** From the address: the cache's name, and how its entries are listed. */
  readonly cache = input.required<string>();
  readonly sort = input<EntrySort, unknown>('expiry', { transform: sortOf });
  readonly prefix = input<string, unknown>('', {
    transform: (prefix) => (typeof prefix === 'string' ? prefix : ''),
  });

  private readonly table = viewChild(EntryTable);
  protected readonly pane = signal<'entries' | 'events'>('entries');
  protected readonly filling = signal(false);
  protected readonly facts = computed(() => this.caches.cache(this.cache()));
  protected readonly exists = computed(() => this.facts() !== undefined || this.caches.all() === null);
  protected readonly policy = computed(() => {
    const facts = this.facts();
    return facts ? policyText(facts) : [];
  });
  protected readonly demo = computed(() => this.cache() === DEMO_CACHE);

  constructor() {
    effect(() => {
      const selection = { cache: this.cache(), sort: this.sort(), prefix: this.prefix() };
      untracked(() => {
        this.entries.select(selection);
        this.feed.follow(selection.cache);
      });
    });
  }

  protected createEntry(): void {
    this.entryActions.create(this.cache());
  }

  protected changePolicy(): void {
    const facts = this.facts();
    if (facts) void this.cacheActions.changePolicy(facts);
  }

  protected remove(): void {
    void this.cacheActions.remove(this.cache());
  }

  protected async fillDemo(): Promise<void> {
    this.filling.set(true);
    await this.cacheActions.createDemo();
    this.filling.set(false);
  }

  /** `n` for a new entry, `/` for the search, as long as nobody is typing. */
  protected shortcut(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const typing =
      target.closest('input, textarea, select, [contenteditable], [role=dialog], [role=menu]') !== null;
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === 'n') this.createEntry();
    else if (event.key === '/') this.table()?.focusSearch();
    else return;
    event.preventDefault();
  }
}

function sortOf(sort: unknown): EntrySort {
  return ENTRY_SORTS.find((one) => one === sort) ?? 'expiry';
}
