import type { BrowserContextOptions, Page } from 'playwright-core';
import { expectAccessible, expectNothingBesideThePage } from './support/accessibility.js';
import { PHONE, allowLostConnections, openTab } from './support/browser.js';
import { CachePage } from './support/cache-page.js';
import { becomes, sees, seesNo } from './support/eventually.js';
import { lapse } from './support/helper.js';

const HOUR = 3_600_000;

describe('the pages', () => {
  /** A cache in which everything has happened. */
  async function openEventful(cache: string, visit: BrowserContextOptions): Promise<CachePage> {
    await lapse().setPolicy(cache, { maxEntries: 8, defaultTtlMs: HOUR, sliding: true });
    for (let i = 0; i < 9; i++) {
      const value = { user: 'ada', note: 'a value too long for one line of the table', i };
      await lapse().put(cache, `session:${i}`, value, i === 8 ? 8_000 : HOUR);
    }
    await lapse().put(cache, 'brief', 'soon gone', 100);
    await lapse().put(cache, 'a'.repeat(300), 'under a long key', null);
    await lapse().remove(cache, 'session:3');
    const ui = await CachePage.open(cache, visit);
    await becomes(async () => (await lapse().cache(cache)).expired, 1);
    return ui;
  }

  async function expectAccessibleDialog(
    ui: CachePage,
    how: () => Promise<void>,
    state: string,
  ): Promise<void> {
    await how();
    await sees(ui.dialog);
    await expectAccessible(ui.page, state);
    await expectNothingBesideThePage(ui.page, state);
    await ui.page.keyboard.press('Escape');
    await seesNo(ui.dialog);
  }

  const background = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`can be used by everyone: first run, ${colorScheme}`, async () => {
      await lapse().clear();
      const page = await openTab(lapse().web, { colorScheme });
      await sees(page.getByRole('heading', { name: 'Nothing lives here yet' }));
      await expectAccessible(page, `first run, ${colorScheme}`);
    });

    it(`can be used by everyone: a cache, its feed and an entry, ${colorScheme}`, async () => {
      const ui = await openEventful(`eventful-${colorScheme}`, { colorScheme });
      await ui.reads('expired', 'brief');
      await expectAccessible(ui.page, `cache, ${colorScheme}`);
      await expectNothingBesideThePage(ui.page, `cache, ${colorScheme}`);
      await expectAccessibleDialog(ui, () => ui.row('session:5').click(), `edit, ${colorScheme}`);
    });
  }

  it('can be used by everyone: what else is asked and said', async () => {
    const ui = await openEventful('eventful-dialogs', {});
    await expectAccessibleDialog(ui, () => ui.button('New entry').click(), 'create');
    await expectAccessibleDialog(ui, () => ui.button('Policy').click(), 'policy');
    await ui.row('session:5').hover();
    await ui.button('Delete session:5').click();
    await sees(ui.notice);
    await expectAccessible(ui.page, 'deleted');
    allowLostConnections(ui.page);
    lapse().cut();
    try {
      await sees(ui.badge.getByText('Reconnecting'));
      await expectAccessible(ui.page, 'reconnecting');
    } finally {
      lapse().mend();
    }
  });

  it('follow the system from light to dark, until someone chooses', async () => {
    const ui = await openEventful('chosen', { colorScheme: 'light' });
    const light = await background(ui.page);
    await ui.page.emulateMedia({ colorScheme: 'dark' });
    await becomes(async () => (await background(ui.page)) !== light, true);
    await ui.button('Choose light or dark').click();
    await ui.page.getByRole('menuitemradio', { name: 'Light' }).click();
    await becomes(() => background(ui.page), light);
    await ui.page.reload();
    await becomes(() => background(ui.page), light);
    await ui.button('Choose light or dark').click();
    await ui.page.getByRole('menuitemradio', { name: 'As the system' }).click();
    await becomes(async () => (await background(ui.page)) !== light, true);
  });

  it('fit a phone', async () => {
    const visit = { viewport: PHONE, isMobile: true, hasTouch: true, colorScheme: 'dark' as const };
    const ui = await openEventful('eventful-phone', visit);
    const expectFits = async (state: string) => {
      await expectNothingBesideThePage(ui.page, `${state}, phone`);
      await expectAccessible(ui.page, `${state}, phone`);
    };
    await sees(ui.row('session:5'));
    await expectFits('entries');

    await ui.page.getByRole('tab', { name: 'Events' }).tap();
    await ui.reads('expired', 'brief');
    await expectFits('events');

    await ui.button('New entry').tap();
    await sees(ui.dialog);
    await expectFits('create');
    await ui.dialog.getByRole('button', { name: 'Cancel' }).tap();
    await seesNo(ui.dialog);

    await ui.button('Caches').tap();
    await sees(ui.inList('eventful-phone'));
    await expectFits('list of caches');
    await ui.inList('eventful-phone').tap();

    await ui.page.getByRole('tab', { name: 'Entries' }).tap();
    await ui.button('Actions for session:5').tap();
    await ui.menuItem('Delete').tap();
    await ui.notice.getByRole('button', { name: 'Undo' }).tap();
    await sees(ui.row('session:5'));
  });

  it('fit a phone: first run', async () => {
    await lapse().clear();
    const page = await openTab(lapse().web, { viewport: PHONE, isMobile: true, hasTouch: true });
    await sees(page.getByRole('heading', { name: 'Nothing lives here yet' }));
    await expectNothingBesideThePage(page, 'first run, phone');
    await expectAccessible(page, 'first run, phone');
  });
});
