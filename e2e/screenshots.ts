// Started by `npm run images`: the README's pictures, of the real UI while it is in use.
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { DESKTOP, PHONE, closeBrowser, openTab } from './support/browser.js';
import { Lapse } from './support/lapse.js';

const IMAGES = fileURLToPath(new URL('../images', import.meta.url));
const MINUTE = 60_000;
const PEOPLE = ['ada', 'alan', 'barbara', 'donald', 'edsger', 'grace', 'ken', 'linus', 'margaret', 'radia'];

/** Entries as an application would keep them, the same each time. */
async function fill(lapse: Lapse): Promise<void> {
  await lapse.setPolicy('sessions', { maxEntries: 50, defaultTtlMs: 30 * MINUTE, sliding: true });
  await lapse.batch(
    'sessions',
    entries(42, session, (i) => 2 * MINUTE + i * 31_000),
  );
  await lapse.setPolicy('carts', { maxBytes: 2 ** 20, defaultTtlMs: 60 * MINUTE });
  await lapse.batch(
    'carts',
    entries(23, cart, (i) => 20 * MINUTE + i * 97_000),
  );
  await lapse.batch(
    'one-time-codes',
    entries(9, code, (i) => 70_000 + i * 11_000),
  );
  await lapse.batch(
    'rate-limits',
    entries(131, rate, (i) => 40_000 + i * 450),
  );
  await lapse.batch(
    'feature-flags',
    entries(12, flag, () => null),
  );
}

const key = (i: number) => `${PEOPLE[i % PEOPLE.length]}-${100 + i}`;
const session = (i: number) => ({ via: i % 3 ? 'app' : 'web', visits: i + 1 });
const cart = (i: number) => ({ items: ['lamp', 'desk', 'chair'].slice(0, 1 + (i % 3)), total: 19.9 + i });
const code = (i: number) => ({ code: String(100_003 + i * 77_711), attempts: i % 2 });
const rate = (i: number) => 1 + ((i * 37) % 100);
const flag = (i: number) => i % 3 !== 0;

function entries(count: number, value: (i: number) => unknown, ttlMs: (i: number) => number | null) {
  return Array.from({ length: count }, (_, i) => ({
    op: 'set' as const,
    key: key(i),
    value: value(i),
    ttlMs: ttlMs(i),
  }));
}

/** What happens in a cache in use: something of every kind, and a few entries that are about to expire. */
async function use(lapse: Lapse): Promise<void> {
  const cache = 'sessions';
  const brief = [2_000, 4_000, 7_000, 10_000, 13_000, 21_000, 38_000, 95_000];
  for (const [i, ttlMs] of brief.entries()) await lapse.put(cache, key(60 + i), session(i + 7), ttlMs);
  await lapse.get(cache, key(31));
  await lapse.call('PATCH', `/caches/${cache}/entries/${key(30)}`, { ttlMs: 30 * MINUTE });
  await lapse.put(cache, key(25), { ...session(25), via: 'api' }, 11 * MINUTE);
  await lapse.remove(cache, key(27));
  // One that finds room, and one for which room has to be made.
  await lapse.put(cache, key(70), session(39), 26 * MINUTE);
  await lapse.put(cache, key(71), session(12), 27 * MINUTE);
}

async function open(lapse: Lapse, options: BrowserContextOptions): Promise<Page> {
  const page = await openTab(`${lapse.web}/caches/sessions`, { deviceScaleFactor: 2, ...options });
  await page.getByRole('status').getByText('Live', { exact: true }).waitFor();
  await page.getByRole('grid').getByRole('row').nth(5).waitFor();
  return page;
}

/** A picture of the moment in which that entry has just expired. */
async function picture(page: Page, name: string, expiring: string): Promise<void> {
  await page.bringToFront();
  const row = page.getByRole('grid').getByRole('row').filter({ hasText: expiring });
  await row.getByText('expired').waitFor({ timeout: 20_000 });
  await page.screenshot({ path: `${IMAGES}/${name}.png` });
  console.log(`images/${name}.png`);
}

const lapse = await Lapse.start();
try {
  await fill(lapse);
  const phone = { viewport: PHONE, isMobile: true, hasTouch: true };
  const pages = [
    { name: 'caches-light', page: await open(lapse, { viewport: DESKTOP, colorScheme: 'light' }) },
    { name: 'caches-dark', page: await open(lapse, { viewport: DESKTOP, colorScheme: 'dark' }) },
    { name: 'phone', page: await open(lapse, { ...phone, colorScheme: 'light' }) },
  ];
  await use(lapse);
  for (const [i, { name, page }] of pages.entries()) await picture(page, name, key(61 + i));
} finally {
  await closeBrowser();
  await lapse.end();
}
