import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { EventType } from '@lapse/protocol';
import { openTab } from './browser.js';
import { until } from './eventually.js';
import { lapse } from './helper.js';

/** A cache's page, by what a person reads on it. */
export class CachePage {
  readonly grid: Locator;
  readonly feed: Locator;
  /** One word on the connection. */
  readonly badge: Locator;
  /** What the page says at its foot about something just done. */
  readonly notice: Locator;
  readonly dialog: Locator;

  constructor(readonly page: Page) {
    this.grid = page.getByRole('grid');
    this.feed = page.getByRole('region', { name: 'Events, newest first' });
    this.badge = page
      .getByRole('status')
      .filter({ hasText: /^(Connecting|Live|Reconnecting|Disconnected)$/ });
    this.notice = page.locator('mat-snack-bar-container');
    this.dialog = page.getByRole('dialog');
  }

  /** Opens a cache's page and waits until its entries are listed and followed. */
  static async open(cache: string, visit: BrowserContextOptions = {}): Promise<CachePage> {
    const page = new CachePage(await openTab(`${lapse().web}/caches/${cache}`, visit));
    await page.settled();
    return page;
  }

  async settled(): Promise<void> {
    await this.badge.getByText('Live').waitFor();
    await this.count.filter({ hasText: /entr/ }).waitFor();
  }

  /** "40 entries", above the table. */
  get count(): Locator {
    return this.page.locator('lapse-entry-table .count');
  }

  /** A cache in the list at the left, with its number of entries. */
  inList(cache: string): Locator {
    return this.page.getByRole('navigation', { name: 'Caches' }).getByRole('link').filter({ hasText: cache });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, ...(typeof name === 'string' ? { exact: true } : {}) });
  }

  menuItem(name: string): Locator {
    return this.page.getByRole('menuitem', { name });
  }

  /** The row of an entry, or of one that has just ended. */
  row(key: string): Locator {
    return this.grid
      .getByRole('row')
      .filter({ has: this.page.getByRole('gridcell', { name: key, exact: true }) });
  }

  /** Rows of entries that exist in the document, whether in sight or not. */
  get rows(): Locator {
    return this.grid.getByRole('row').filter({ has: this.page.getByRole('gridcell') });
  }

  /** Text of a row's cell: 1 the value, 2 the countdown, 3 when it expires. */
  async cell(key: string, index: number): Promise<string> {
    return this.row(key).getByRole('gridcell').nth(index).innerText();
  }

  /** Keys from the top. */
  async keys(): Promise<string[]> {
    const rows = await this.rows.evaluateAll((elements) =>
      elements.map((row) => ({
        top: row.getBoundingClientRect().top,
        key: row.querySelector('[role="gridcell"]')?.textContent ?? '',
      })),
    );
    return rows.sort((a, b) => a.top - b.top).map(({ key }) => key);
  }

  /** Milliseconds left by a row's countdown. */
  async left(key: string): Promise<number> {
    return durationMs(await this.cell(key, 2));
  }

  /** A line of the feed. */
  line(type: EventType, key: string): Locator {
    return this.feed
      .getByRole('listitem')
      .filter({ has: this.page.getByText(type, { exact: true }) })
      .filter({ has: this.page.getByText(key, { exact: true }) });
  }

  /** The events of the feed in sight, as `type key`, newest first. */
  async lines(): Promise<string[]> {
    return this.feed.getByRole('listitem').evaluateAll((items) =>
      items
        .map((item) => ({
          top: item.getBoundingClientRect().top,
          words: [...item.querySelectorAll('.type, .key')].map((part) => part.textContent),
        }))
        .filter(({ words }) => words.length > 0)
        .sort((a, b) => a.top - b.top)
        .map(({ words }) => words.join(' ').trim()),
    );
  }

  /** Waits until the feed holds this line. */
  async reads(type: EventType, key: string): Promise<Locator> {
    const line = this.line(type, key);
    const came = await until(() => line.first().isVisible());
    expect(came).withContext(`the feed says "${type} ${key}"`).toBeTrue();
    return line.first();
  }
}

/** How far the most colourful pixel of what is seen is from grey, 0 to 255. */
export async function colourfulness(what: Locator): Promise<number> {
  const png = (await what.screenshot()).toString('base64');
  return what.page().evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes]));
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d')!;
    canvas.drawImage(image, 0, 0);
    const { data } = canvas.getImageData(0, 0, image.width, image.height);
    let most = 0;
    for (let i = 0; i < data.length; i += 4) {
      const colour = data.subarray(i, i + 3);
      most = Math.max(most, Math.max(...colour) - Math.min(...colour));
    }
    return most;
  }, png);
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3 };

/** What `5.2 s` and `59 m 03 s` mean. */
export function durationMs(text: string): number {
  const parts = [...text.matchAll(/([\d.]+) ([smhd])\b/g)];
  if (parts.length === 0) throw new Error(`no duration: "${text}"`);
  return parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * UNIT_MS[unit]!, 0);
}
