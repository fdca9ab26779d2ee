import {
  Component,
  type ElementRef,
  afterRenderEffect,
  computed,
  effect,
  inject,
  input,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';
import { DecimalPipe } from '@angular/common';
import { MatButton } from '@angular/material/button';
import { MatMenuModule, type MatMenuTrigger } from '@angular/material/menu';
import { Router } from '@angular/router';
import { ENTRY_SORTS, type EntrySort } from '@lapse/protocol';
import { VirtualRows } from '../scroll/virtual-rows.js';
import { Viewport } from '../viewport.js';
import { Entries } from './entries.js';
import { EntryActions } from './entry-actions.js';
import { EntryRow } from './entry-row.js';
import { EntrySearch } from './entry-search.js';
import { RENEWALS } from './ttl.js';
import type { Row } from './row.js';

const ROW_PX = 40;
const NARROW_ROW_PX = 58;
const HEAD_PX = 34;
const SORT_NAMES: Readonly<Record<EntrySort, string>> = {
  expiry: 'Soonest expiry',
  key: 'Key',
  recency: 'Least recently used',
};
/** How far one may scroll into what is not loaded yet: no further than two pages take to come. */
const UNLOADED = 2_000;

/** The selected cache's entries. Rows exist only where one looks; the keyboard moves through them all the same. */
@Component({
  selector: 'lapse-entry-table',
  imports: [DecimalPipe, EntryRow, EntrySearch, MatButton, MatMenuModule, VirtualRows],
  templateUrl: './entry-table.html',
  styleUrl: './entry-table.scss',
})
export class EntryTable {
  private readonly router = inject(Router);
  protected readonly entries = inject(Entries);
  protected readonly actions = inject(EntryActions);
  protected readonly viewport = inject(Viewport);

  /** Whether this is the demo cache, which can fill itself again. */
  readonly demo = input(false);
  /** false for a cache that nobody has created, or that is gone. */
  readonly exists = input(true);
  readonly fillDemo = output<void>();

  private readonly search = viewChild.required(EntrySearch);
  private readonly grid = viewChild.required(VirtualRows);
  private readonly anchor = viewChild.required<MatMenuTrigger>('renewTrigger');
  private readonly rowAnchor = viewChild.required<MatMenuTrigger>('rowTrigger');
  private readonly gridElement = viewChild.required<ElementRef<HTMLElement>>('gridElement');

  protected readonly renewals = RENEWALS;
  protected readonly sorts = ENTRY_SORTS;
  protected readonly sortNames = SORT_NAMES;
  protected readonly headPx = HEAD_PX;
  protected readonly rowPx = computed(() => (this.viewport.narrow() ? NARROW_ROW_PX : ROW_PX));
  protected readonly rowCount = computed(() => {
    const loaded = this.entries.loaded();
    if (this.entries.complete()) return loaded;
    return Math.max(loaded, Math.min(this.entries.total(), loaded + UNLOADED));
  });
  protected readonly first = computed(() => this.grid().first());
  protected readonly rows = computed(() => this.entries.slice(this.first(), this.grid().last()));
  protected readonly selection = this.entries.selection;
  protected readonly empty = computed(() => this.entries.status() === 'ready' && this.entries.loaded() === 0);
  protected readonly missing = computed(
    () => this.entries.status() === 'missing' || (this.empty() && !this.exists()),
  );

  /** The row that the keyboard is on. */
  protected readonly active = signal<Row | null>(null);
  protected readonly activeId = computed(() => {
    const id = this.active()?.id;
    return this.rows().some((row) => row.id === id) ? `entry-${id}` : null;
  });
  private activeIndex = -1;
  /** The row whose menu is open, and where. */
  protected readonly menuRow = signal<Row | null>(null);
  protected readonly menuAt = signal({ left: 0, top: 0 });
  /** Rows glide to their new places only at the top and only if few move: elsewhere that would be a blur. */
  protected readonly gliding = computed(() => this.grid().scrollTop() === 0 && !this.entries.hectic());

  /** The topmost row in sight and its place: kept where it is while rows above it come and go. */
  private held: { row: Row; index: number } | undefined;

  constructor() {
    effect(() => {
      const last = this.grid().last();
      untracked(() => this.entries.reach(last));
    });
    effect(() => {
      this.selection();
      untracked(() => this.toTop());
    });
    afterRenderEffect({
      write: () => {
        this.entries.changes();
        untracked(() => this.keepPlace());
      },
    });
    afterRenderEffect({
      write: () => {
        this.grid().scrollTop();
        untracked(() => this.rememberPlace());
      },
    });
  }

  focusSearch(): void {
    this.search().focus();
  }

  protected sortBy(sort: EntrySort): void {
    this.narrowTo({ sort: sort === 'expiry' ? null : sort });
  }

  protected searchFor(prefix: string): void {
    this.narrowTo({ prefix: prefix || null });
  }

  /** How entries are listed is part of the address, so that it survives a reload and can be sent to someone. */
  private narrowTo(queryParams: Record<string, string | null>): void {
    void this.router.navigate([], { queryParams, queryParamsHandling: 'merge', replaceUrl: true });
  }

  protected rowId(row: Row): string {
    return `entry-${row.id}`;
  }

  protected clicked(event: MouseEvent): void {
    const target = event.target as HTMLElement;
    const row = this.rowAt(target);
    if (!row) return;
    this.active.set(row);
    const button = target.closest<HTMLElement>('[data-action]');
    switch (button?.dataset['action']) {
      case 'delete':
        return void this.remove(row);
      case 'renew':
        return this.openMenu(this.anchor(), row, button!);
      case 'menu':
        return this.openMenu(this.rowAnchor(), row, button!);
      default:
        this.edit(row);
    }
  }

  protected pressed(event: KeyboardEvent): void {
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: 10,
      PageUp: -10,
      Home: -Infinity,
      End: Infinity,
    };
    const step = steps[event.key];
    const row = this.active();
    const alive = row ? this.entries.row(row.key) : undefined;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (step !== undefined) this.move(step);
    else if (!alive) return;
    else if (event.key === 'Enter' || event.key === ' ') this.edit(alive);
    else if (event.key === 'r') this.openMenu(this.anchor(), alive, this.elementOf(alive));
    else if (event.key === 'Delete' || event.key === 'Backspace') this.removeActive(alive);
    else return;
    event.preventDefault();
  }

  protected edit(row: Row | null): void {
    const cache = this.selection()?.cache;
    if (row && cache !== undefined) this.actions.edit(cache, row);
  }

  protected remove(row: Row | null): void {
    const cache = this.selection()?.cache;
    if (row && cache !== undefined) void this.actions.remove(cache, row.key);
  }

  protected renew(row: Row | null, ttlMs: number | null): void {
    const cache = this.selection()?.cache;
    if (row && cache !== undefined) void this.actions.renew(cache, row.key, ttlMs);
  }

  protected renewOtherwise(row: Row | null): void {
    const cache = this.selection()?.cache;
    if (row && cache !== undefined) void this.actions.askRenew(cache, row);
  }

  protected menuClosed(): void {
    this.gridElement().nativeElement.focus({ preventScroll: true });
  }

  private openMenu(trigger: MatMenuTrigger, row: Row, at: HTMLElement | null): void {
    const box = at?.getBoundingClientRect();
    this.menuRow.set(row);
    this.menuAt.set({ left: box?.left ?? 0, top: box?.bottom ?? 0 });
    // The anchor moves when the page is drawn: the menu measures it after that.
    setTimeout(() => trigger.openMenu());
  }

  private move(step: number): void {
    const count = this.entries.loaded();
    if (count === 0) return;
    const current = this.active();
    const index = current ? this.entries.indexOf(current) : -1;
    // A row that has gone under the keyboard leaves its place to the one that moved up.
    const from = index >= 0 ? index + step : this.activeIndex >= 0 ? this.activeIndex : this.firstInSight();
    this.activate(Math.min(Math.max(from, 0), count - 1));
  }

  private activate(index: number): void {
    this.activeIndex = index;
    this.active.set(this.entries.slice(index, index + 1)[0] ?? null);
    this.grid().reveal(index);
  }

  private removeActive(row: Row): void {
    const index = this.entries.indexOf(row);
    this.remove(row);
    this.activate(index + 1 < this.entries.loaded() ? index + 1 : Math.max(0, index - 1));
  }

  private firstInSight(): number {
    return Math.floor(this.grid().scrollTop() / this.rowPx());
  }

  private rowAt(target: HTMLElement): Row | undefined {
    const index = target.closest<HTMLElement>('lapse-entry-row')?.dataset['index'];
    const row = index === undefined ? undefined : this.rows()[Number(index) - this.first()];
    return row?.ended ? undefined : row;
  }

  private elementOf(row: Row): HTMLElement | null {
    return this.gridElement().nativeElement.querySelector<HTMLElement>(`#${this.rowId(row)} .actions`);
  }

  private toTop(): void {
    this.held = undefined;
    this.active.set(null);
    this.activeIndex = -1;
    this.grid().scrollTo(0);
  }

  private rememberPlace(): void {
    const index = this.firstInSight();
    const row = this.grid().scrollTop() > 0 ? this.entries.slice(index, index + 1)[0] : undefined;
    this.held = row && !row.ended ? { row, index } : undefined;
  }

  private keepPlace(): void {
    if (!this.held) return;
    const index = this.entries.indexOf(this.held.row);
    if (index >= 0 && index !== this.held.index) this.grid().shift((index - this.held.index) * this.rowPx());
    this.rememberPlace();
  }
}
