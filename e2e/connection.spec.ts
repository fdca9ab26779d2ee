import { allowLostConnections } from './support/browser.js';
import { CachePage, colourfulness } from './support/cache-page.js';
import { becomes, sees, seesNo } from './support/eventually.js';
import { lapse } from './support/helper.js';
import { past } from './support/lapse.js';

const HOUR = 3_600_000;
/** `colourfulness` of what is grey, a little tint of the text colours allowed for. */
const GREY = 12;

describe('a page that loses its connection', () => {
  let cache: string;
  let caches = 0;
  let ui: CachePage;

  beforeEach(async () => {
    cache = `remote-${++caches}`;
    await lapse().setPolicy(cache, {});
    await lapse().put(cache, 'stays', 1, HOUR);
    ui = await CachePage.open(cache);
    await ui.reads('created', 'stays');
    allowLostConnections(ui.page);
    await ui.page.evaluate(() => Object.assign(window, { sinceTheFirstPage: true }));
  });

  afterEach(() => lapse().mend());

  /** What was on the page before is on it still: it was not loaded again. */
  const expectSamePage = async () => {
    const same = await ui.page.evaluate(() => 'sinceTheFirstPage' in window);
    expect(same).withContext('the page is still the one that was opened first').toBeTrue();
  };
  const reconnects = () => sees(ui.badge.getByText('Reconnecting'));
  const isLive = () => sees(ui.badge.getByText('Live'));

  /** Four events that the page does not hear of. */
  async function missSomething(): Promise<void> {
    const brief = await lapse().put(cache, 'brief', 'missed', 300);
    await lapse().put(cache, 'new', 2, HOUR);
    await lapse().remove(cache, 'stays');
    await past(brief.expiresAt!);
    await becomes(async () => (await lapse().cache(cache)).expired, 1);
    expect(await ui.row('new').count()).toBe(0);
  }

  /** Each once, in order, and marked as what was missed. */
  async function expectReplayed(): Promise<void> {
    await sees(ui.page.getByText('Live again: 4 missed events replayed.'));
    await sees(ui.feed.getByText(/Connection lost \d\d:\d\d:\d\d – \d\d:\d\d:\d\d/));
    await sees(ui.feed.getByText('4 events replayed'));
    await becomes(
      () => ui.lines(),
      ['expired brief', 'deleted stays', 'created new', 'created brief', 'created stays'],
    );
    await becomes(() => ui.keys(), ['new']);
    await sees(ui.inList(cache).getByText(/\b1 entr/));
    await expectSamePage();
  }

  it('says so, greys what may be old, and then shows what it missed', async () => {
    const table = ui.page.locator('lapse-entry-table');
    expect(await colourfulness(table)).toBeGreaterThan(GREY);
    lapse().cut();
    await reconnects();
    await sees(ui.page.getByText(/Connection lost: stale since \d\d:\d\d:\d\d/));
    await sees(ui.page.getByText(/Last heard (\d+ s ago|just now)/));
    await becomes(async () => (await colourfulness(table)) <= GREY, true);
    await missSomething();
    lapse().mend();
    await isLive();
    await seesNo(ui.page.getByText(/stale since/));
    await expectReplayed();
    await becomes(async () => (await colourfulness(table)) > GREY, true);
  });

  it('notices a network that is gone without a word, and makes up for it once it is back', async () => {
    lapse().silence();
    await ui.page.context().setOffline(true);
    await reconnects();
    await missSomething();
    await ui.page.context().setOffline(false);
    lapse().mend();
    await isLive();
    await expectReplayed();
  });

  it('goes on by itself after all of Lapse was stopped and started again', async () => {
    await lapse().put(cache, 'brief', 'its end comes while nobody is there', 2_000);
    await sees(ui.row('brief'));
    await lapse().restart();
    await isLive();
    await ui.reads('expired', 'brief');
    await becomes(() => ui.keys(), ['stays']);
    await lapse().put(cache, 'after', 1, HOUR);
    await sees(ui.row('after'));
    expect(await ui.lines()).toEqual(['created after', 'expired brief', 'created brief', 'created stays']);
    await expectSamePage();
  });

  it('keeps what one writes meanwhile until it can be sent', async () => {
    lapse().cut();
    await reconnects();
    await ui.button('New entry').click();
    await ui.dialog.getByRole('textbox', { name: 'Key' }).fill('typed meanwhile');
    await ui.dialog.getByRole('textbox', { name: 'Value' }).fill('1');
    await ui.dialog.getByRole('button', { name: 'Create entry' }).click();
    expect(await ui.dialog.getByRole('textbox', { name: 'Key' }).inputValue()).toBe('typed meanwhile');
    lapse().mend();
    await seesNo(ui.dialog);
    await ui.reads('created', 'typed meanwhile');
  });
});
