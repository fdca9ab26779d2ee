import { openTab } from './support/browser.js';
import { CachePage } from './support/cache-page.js';
import { becomes, sees, until } from './support/eventually.js';
import { lapse } from './support/helper.js';

describe('someone who has just started Lapse', () => {
  let ui: CachePage;

  beforeEach(async () => {
    await lapse().clear();
    ui = new CachePage(await openTab(lapse().web));
    await sees(ui.page.getByRole('heading', { name: 'Nothing lives here yet' }));
  });

  it('fills a cache with one button and watches its entries run out', async () => {
    await ui.page.evaluate(() => Object.assign(window, { sinceTheFirstPage: true }));
    await ui.button('Create demo entries').click();
    await becomes(() => new URL(ui.page.url()).pathname, '/caches/demo');
    await sees(ui.count.getByText('40 entries', { exact: true }));
    await sees(ui.inList('demo').getByText('40 entries'));

    const [first = '', second = ''] = await ui.keys();
    const value = await ui.cell(first, 1);
    await expectTicking(second);

    await sees(ui.row(first).getByText('expired'));
    const line = await ui.reads('expired', first);
    await sees(line.getByText(value, { exact: true }));
    await sees(line.getByText(/^\+\d+ ms$/));
    await sees(line.getByText('hourglass_disabled'));
    await becomes(() => ui.row(first).count(), 0);
    await sees(ui.inList('demo').getByText(/\b3\d entries/));
    expect(await ui.page.evaluate(() => 'sinceTheFirstPage' in window))
      .withContext('the page is still the one that was opened first')
      .toBeTrue();
  });

  it('finds an entry that is made by the curl line on the page, as soon as it is', async () => {
    const curl = await ui.page.locator('pre').innerText();
    const [, body = ''] = /-d '([^']+)'/.exec(curl) ?? [];
    const [url = ''] = /http:\S+/.exec(curl) ?? [];
    const response = await fetch(url, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(201);
    await becomes(() => new URL(ui.page.url()).pathname, '/caches/demo');
    await becomes(() => ui.cell('hello', 1), '"world"');
  });

  /** Reads a countdown for a while: it only ever goes down, in small steps, as fast as time passes. */
  async function expectTicking(key: string): Promise<void> {
    const readings: { at: number; left: number }[] = [];
    const began = performance.now();
    await until(async () => {
      const left = await ui.left(key);
      readings.push({ at: performance.now(), left });
      return performance.now() - began > 1_500;
    });
    const lefts = readings.map(({ left }) => left);
    expect(lefts).toEqual(lefts.toSorted((a, b) => b - a));
    expect(new Set(lefts).size).withContext('different readings').toBeGreaterThan(5);
    const [first, last] = [readings[0]!, readings.at(-1)!];
    const drift = Math.abs(last.at - first.at - (first.left - last.left));
    expect(drift).withContext('ms by which the countdown and the clock differ').toBeLessThan(400);
  }
});
