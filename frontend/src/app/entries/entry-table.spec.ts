import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import { Router, provideRouter } from '@angular/router';
import type { Entry } from '@lapse/protocol';
import { FakeLive, provideFakeLive } from '../../testing/fake-live.js';
import { at, entry, event, page } from '../../testing/samples.js';
import { Viewport } from '../viewport.js';
import { Entries } from './entries.js';
import { EntryActions } from './entry-actions.js';
import { EntryTable } from './entry-table.js';

describe('the entry table', () => {
  let fixture: ComponentFixture<EntryTable>;
  let live: FakeLive;
  let actions: jasmine.SpyObj<EntryActions>;

  beforeEach(() => {
    actions = jasmine.createSpyObj<EntryActions>('actions', ['edit', 'remove', 'renew', 'askRenew']);
    const viewport = { narrow: () => false, collapsed: () => false, onePane: () => false };
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideHttpClientTesting(),
        provideFakeLive(),
        provideRouter([]),
        { provide: EntryActions, useValue: actions },
        { provide: Viewport, useValue: viewport },
      ],
    });
    live = TestBed.inject(FakeLive);
    fixture = TestBed.createComponent(EntryTable);
    const host = fixture.nativeElement as HTMLElement;
    host.style.cssText = 'height: 500px; width: 900px; --lapse-panel: white';
  });

  const element = () => fixture.nativeElement as HTMLElement;
  const grid = () => element().querySelector<HTMLElement>('[role=grid]')!;
  const rows = () => [...element().querySelectorAll<HTMLElement>('lapse-entry-row')];
  const keyOf = (row: HTMLElement) => row.querySelector('.key')!.textContent;
  /** The row drawn at the very top of what is in sight, under the heading. */
  const topmost = () => {
    const line = grid().getBoundingClientRect().top + 34;
    return rows().find((row) => row.getBoundingClientRect().bottom > line + 1)!;
  };

  async function drawn(): Promise<void> {
    for (let i = 0; i < 3; i++) {
      await new Promise(requestAnimationFrame);
      TestBed.tick();
    }
  }

  async function show(items: Entry[]): Promise<void> {
    TestBed.inject(Entries).select({ cache: 'c', sort: 'expiry', prefix: '' });
    live.from('c', 'v-0');
    const http = TestBed.inject(HttpTestingController);
    http.expectOne((request) => request.url.endsWith('/entries')).flush(page(items, 'v-0'));
    await drawn();
  }

  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => entry(`k${String(i).padStart(5, '0')}`, `v-${i}`, 100_000 + i));

  function press(key: string): void {
    grid().dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    TestBed.tick();
  }

  it('draws only rows that are near what is seen, of however many there are', async () => {
    await show(many(1000));
    expect(rows().length).toBeLessThan(40);
    expect(grid().scrollHeight).toBe(34 + 1000 * 40);
    expect(grid().getAttribute('aria-rowcount')).toBe('1001');
    grid().scrollTop = 20_000;
    await drawn();
    expect(rows().length).toBeLessThan(40);
    expect(keyOf(topmost())).toBe('k00500');
    expect(topmost().getAttribute('aria-rowindex')).toBe('502');
  });

  it('keeps what one looks at in its place while rows above it go', async () => {
    await show(many(1000));
    grid().scrollTop = 20_000;
    await drawn();
    const gone = Array.from({ length: 100 }, (_, i) =>
      event('expired', `w-${i}`, `k${String(i).padStart(5, '0')}`, { version: `v-${i}` }),
    );
    live.events('c', ...gone);
    TestBed.tick();
    await drawn();
    expect(keyOf(topmost())).toBe('k00500');
  });

  it('stays at the top, where the next to expire is, while rows go', async () => {
    await show(many(50));
    live.events('c', event('expired', 'w-1', 'k00000', { version: 'v-0' }));
    await drawn();
    expect(rows()[0]!.textContent).toContain('expired');
    expect(rows()[0]!.dataset['event']).toBe('expired');
    expect(grid().scrollTop).toBe(0);
  });

  it('keeps its elements for other rows while more happens than the eye follows', async () => {
    await show(many(200));
    const expire = async (from: number) => {
      const gone = Array.from({ length: 30 }, (_, i) => {
        const key = `k${String(from + i).padStart(5, '0')}`;
        return event('expired', `w-${from + i}`, key, { version: `v-${from + i}` });
      });
      live.events('c', ...gone);
      await drawn();
    };
    await expire(0);
    const before = rows();
    await expire(30);
    expect(rows()).toEqual(before);
    const living = rows().filter((row) => !row.dataset['event']);
    expect(living.map(keyOf).slice(0, 3)).toEqual(['k00060', 'k00061', 'k00062']);
    living[1]!.querySelector<HTMLElement>('.value')!.click();
    expect(actions.edit).toHaveBeenCalledOnceWith('c', jasmine.objectContaining({ key: 'k00061' }));
  });

  it('marks no single change while there are more than the eye follows', async () => {
    await show(many(50));
    live.events('c', event('updated', 'w-1', 'k00001', { expiresAt: at(100_001) }));
    await drawn();
    expect(grid().querySelectorAll('.flash').length).toBe(1);
    live.events('c', ...many(10).map(({ key }, i) => event('expired', `x-${i}`, key, { version: 'none' })));
    await drawn();
    expect(grid().querySelectorAll('.flash').length).toBe(0);
  });

  it('can be walked through by keyboard', async () => {
    await show(many(100));
    press('ArrowDown');
    press('ArrowDown');
    const active = document.getElementById(grid().getAttribute('aria-activedescendant')!)!;
    expect(keyOf(active)).toBe('k00001');
    press('End');
    await drawn();
    expect(keyOf(document.getElementById(grid().getAttribute('aria-activedescendant')!)!)).toBe('k00099');
  });

  it('opens and deletes the active row by keyboard', async () => {
    await show(many(3));
    press('Enter');
    expect(actions.edit).not.toHaveBeenCalled();
    press('ArrowDown');
    press('Enter');
    expect(actions.edit).toHaveBeenCalledOnceWith('c', jasmine.objectContaining({ key: 'k00000' }));
    press('Delete');
    expect(actions.remove).toHaveBeenCalledOnceWith('c', 'k00000');
    press('Delete');
    expect(actions.remove).toHaveBeenCalledWith('c', 'k00001');
  });

  it('leaves its place to the next row when the active one expires', async () => {
    await show(many(5));
    press('ArrowDown');
    press('ArrowDown');
    live.events('c', event('expired', 'w-1', 'k00001', { version: 'v-1' }));
    TestBed.inject(Entries).slice(0, 9);
    await new Promise((done) => setTimeout(done, 1000));
    press('ArrowDown');
    const active = document.getElementById(grid().getAttribute('aria-activedescendant')!)!;
    expect(keyOf(active)).toBe('k00002');
  });

  it('acts on the row whose button is pressed and opens the one that is clicked', async () => {
    await show(many(3));
    rows()[1]!.querySelector<HTMLElement>('[data-action=delete]')!.click();
    expect(actions.remove).toHaveBeenCalledOnceWith('c', 'k00001');
    expect(actions.edit).not.toHaveBeenCalled();
    rows()[2]!.querySelector<HTMLElement>('.value')!.click();
    expect(actions.edit).toHaveBeenCalledOnceWith('c', jasmine.objectContaining({ key: 'k00002' }));
  });

  it('does nothing to a row that has ended', async () => {
    await show(many(3));
    live.events('c', event('evicted', 'w-1', 'k00000', { version: 'v-0' }));
    await drawn();
    rows()[0]!.querySelector<HTMLElement>('.value')!.click();
    expect(actions.edit).not.toHaveBeenCalled();
  });

  it('puts a search into the address once typing pauses', async () => {
    await show(many(3));
    const navigate = spyOn(TestBed.inject(Router), 'navigate').and.resolveTo(true);
    const field = element().querySelector<HTMLInputElement>('input[type=search]')!;
    for (const text of ['k', 'k0', 'k00']) {
      field.value = text;
      field.dispatchEvent(new Event('input'));
    }
    await new Promise((done) => setTimeout(done, 260));
    expect(navigate).toHaveBeenCalledTimes(1);
    expect(navigate.calls.mostRecent().args[1]!.queryParams).toEqual({ prefix: 'k00' });
  });

  it('says that nothing matches, or that nothing is there', async () => {
    await show([]);
    expect(element().textContent).toContain('Nothing lives here right now.');
  });
});
