import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
  chromium,
} from 'playwright-core';
import { CHROMIUM, CHROMIUM_FLAGS } from './chromium.js';
import { Trouble } from './trouble.js';

const FAILURES = fileURLToPath(new URL('../failures', import.meta.url));

/** How long anything may take to show, on a machine that has other things to do. */
export const PATIENCE_MS = 15_000;

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

let browser: Browser | undefined;
const tabs: { page: Page; trouble: Trouble }[] = [];
const profiles = new Map<string, BrowserContext>();

async function theBrowser(): Promise<Browser> {
  browser ??= await chromium.launch({
    executablePath: CHROMIUM,
    // To start a process for each page takes longer than most of what is done in it.
    args: [...CHROMIUM_FLAGS, '--process-per-site'],
  });
  return browser;
}

/**
 * A person's browser with these options: the same one in all specs, so that only the first visit has to load
 * everything.
 */
async function profile(options: BrowserContextOptions): Promise<BrowserContext> {
  const name = JSON.stringify(options);
  const known = profiles.get(name);
  if (known) return known;
  const context = await (
    await theBrowser()
  ).newContext({
    viewport: DESKTOP,
    locale: 'en-GB',
    colorScheme: 'light',
    // What moves for the eye alone only costs time here.
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  profiles.set(name, context);
  return context;
}

/** A tab at that address, watched for trouble. */
export async function openTab(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await profile(options)).newPage();
  tabs.push({ page, trouble: await Trouble.watch(page) });
  await page.goto(url);
  return page;
}

/** Says what this spec does on purpose that the browser complains about: it has to happen, and is no trouble. */
export function expectComplaint(page: Page, about: RegExp): void {
  tabs.find((tab) => tab.page === page)?.trouble.expect(about);
}

/** For a page whose server goes away: the browser may complain about each thing that it then cannot get. */
export function allowLostConnections(page: Page): void {
  tabs.find((tab) => tab.page === page)?.trouble.allow(/WebSocket connection to|net::ERR_|status of 502/);
}

/** No page had an error, broke its own content security policy, or asked another machine for anything. */
export function expectNoTrouble(): void {
  for (const { trouble } of tabs) {
    expect(trouble.unexpected).withContext('what the browser complained about').toEqual([]);
    expect(trouble.missing).withContext('complaints that never came').toEqual([]);
  }
}

export async function photographTabs(name: string): Promise<void> {
  mkdirSync(FAILURES, { recursive: true });
  for (const [index, { page }] of tabs.entries()) {
    const path = join(FAILURES, `${name.replace(/\W+/g, '-')}${index > 0 ? `-${index + 1}` : ''}.png`);
    try {
      await page.screenshot({ path, timeout: 5_000 });
      console.log(`What the page showed: ${path}`);
    } catch (error) {
      console.log(`No picture of the page: ${String(error)}`);
    }
  }
}

export async function closeTabs(): Promise<void> {
  const closing = tabs.splice(0);
  await Promise.all(closing.map(({ page }) => page.close()));
}

/** For the next spec not to find what a failed one may have left: no network, another theme. */
export async function forgetProfiles(): Promise<void> {
  const forgotten = [...profiles.values()];
  profiles.clear();
  await Promise.all(forgotten.map((context) => context.close()));
}

export async function closeBrowser(): Promise<void> {
  profiles.clear();
  await browser?.close();
  browser = undefined;
}
