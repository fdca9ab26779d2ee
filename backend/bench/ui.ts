import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { CHROMIUM } from '../../e2e/support/chromium.js';
import { Lapse } from '../../e2e/support/lapse.js';
import type { Stirred } from './clients/stirrer.js';
import type { Bench, Scale } from './rig/bench.js';
import { Chromium, type TraceEvent } from './rig/chromium.js';
import { needProgram } from './rig/debian.js';
import { atLeast, atMost, figure, type Figure } from './rig/figure.js';
import { describe, fill } from './rig/fill.js';
import { PageTrace, categories, type Drawn } from './rig/frames.js';
import type { ClientProcess } from './rig/processes.js';
import { alternate, check, type Measured } from './rig/rounds.js';
import type { Stand } from './rig/stand.js';

const CACHE = 'bench';
const HOUR_MS = 3_600_000;
const EVENTS_PER_SECOND = 1_000;

/** Until entries expire as fast as they are created; and until all that do have. */
const SWING_MS = 5_000;
const PATIENCE_MS = 30_000;

/** BENCH_PROFILE=directory: the traces are kept there, with CPU profiles in them. */
const PROFILES = process.env.BENCH_PROFILE || undefined;

const PROBE = readFileSync(new URL('page/probe.js', import.meta.url), 'utf8');

export const ui: Bench = {
  about:
    'The page of a cache in headless Chromium, by its tracing: from the answer of the list call to the frame that shows the first page; then the frames drawn while 1,000 events a second arrive, against the same page with no events. All of Lapse, the browser and the load share the machine; pixels are drawn by the CPU.',
  async run(stand, scale) {
    needProgram(CHROMIUM, 'chromium');
    const lapse = await Lapse.start();
    try {
      return await pages(lapse, stand, scale);
    } finally {
      await lapse.end();
    }
  },
};

async function pages(lapse: Lapse, stand: Stand, scale: Scale): Promise<Figure[]> {
  const entries = scale.pick(1_000_000, 20_000);
  const url = new URL(lapse.api).origin;
  await fill(url, CACHE, entries, (n) => ({ key: `live:${n}`, ttlMs: HOUR_MS }));
  const stirrer = await stand.client('clients/stirrer');
  const visit = async (look: (browser: Chromium) => Promise<Measured>): Promise<Measured> => {
    const browser = await Chromium.start(stand, PROBE);
    try {
      const opened = await open(browser, lapse);
      return { ...opened, ...(await look(browser)) };
    } finally {
      await browser.stop();
    }
  };
  const seconds = scale.pick(20, 5);
  const { busy, idle } = await alternate(
    scale.rounds,
    {
      busy: () => visit((browser) => underEvents(browser, lapse, stirrer, seconds)),
      idle: () => visit(async (browser) => ({ ...(await draws(browser, seconds)) })),
    },
    'ui',
  );
  const baseline = { name: 'no events', runs: idle };
  const many = entries.toLocaleString('en');
  const common = { lapse: busy, better: 'less' } as const;
  return [
    figure({
      ...{ ...common, name: `opening ${many} entries: from the answer to the first page`, unit: 'ms' },
      ...{ of: 'sinceAnswer', target: atMost(200, 'ms') },
    }),
    figure({ ...common, name: 'opening: from the navigation to it', unit: 'ms', of: 'sinceNavigation' }),
    figure({
      ...{ ...common, name: '1,000 events/s: frames', unit: '/s', of: 'perSecond', better: 'more', baseline },
      target: atLeast(58, '/s'),
    }),
    figure({ ...common, name: '1,000 events/s: p99 between frames', unit: 'ms', of: 'p99', baseline }),
    figure({ ...common, name: '1,000 events/s: longest between frames', unit: 'ms', of: 'worst', baseline }),
    figure({ ...common, name: `1,000 events/s: frames missed in ${seconds} s`, unit: '', of: 'missed' }),
    figure({ ...common, name: 'no events: frames missed', lapse: idle, unit: '', of: 'missed' }),
    figure({ ...common, name: '1,000 events/s: tasks of more than 50 ms', unit: '', of: 'longTasks' }),
    figure({ ...common, name: "1,000 events/s: the page's thread is busy", unit: '%', of: 'busy', baseline }),
  ];
}

/** Opens the cache's page. */
async function open(browser: Chromium, lapse: Lapse): Promise<Measured> {
  const trace = await browser.trace(categories(PROFILES !== undefined), async () => {
    await browser.goto(`${lapse.web}/caches/${CACHE}`);
    await browser.until(`performance.getEntriesByName('bench:first-page').length > 0`, PATIENCE_MS);
    await sleep(500);
  });
  keep('open', trace);
  const sinceNavigation = new PageTrace(trace, 'bench:first-page').presentedAfterMark();
  const answeredAt = await browser.evaluate<number>('lapseBench.answeredAt()');
  await browser.evaluate('lapseBench.blink()');
  return { sinceNavigation, sinceAnswer: sinceNavigation - answeredAt };
}

/** What the page draws in so many seconds. */
async function draws(browser: Chromium, seconds: number): Promise<Drawn> {
  const trace = await browser.trace(categories(PROFILES !== undefined), async () => {
    await browser.evaluate(`void performance.mark('bench:begin')`);
    await sleep(seconds * 1_000);
    await browser.evaluate(`void performance.mark('bench:end')`);
  });
  keep('draws', trace);
  return new PageTrace(trace, 'bench:begin').drawnUntil('bench:end');
}

let rounds = 0;

async function underEvents(
  browser: Chromium,
  lapse: Lapse,
  stirrer: ClientProcess,
  seconds: number,
): Promise<Measured> {
  const url = new URL(lapse.api).origin;
  const before = await describe(url, CACHE);
  const start = performance.now();
  const prefix = `round${rounds++}:`;
  await stirrer.call('start', { url, cache: CACHE, prefix, eventsPerSecond: EVENTS_PER_SECOND });
  await sleep(SWING_MS);
  const drawn = await draws(browser, seconds);
  const { writes, lasting } = await stirrer.call<Stirred>('stop');
  const took = (performance.now() - start) / 1_000;
  const stands = async () => {
    const { entries } = await describe(url, CACHE);
    return entries === before.entries + lasting;
  };
  for (const end = Date.now() + PATIENCE_MS; !(await stands()); await sleep(100))
    check(Date.now() < end, 'entries are left that should have expired');
  const { expired } = await describe(url, CACHE);
  const rate = (writes + expired - before.expired) / took;
  check(rate > 0.9 * EVENTS_PER_SECOND, `only ${Math.round(rate)} events a second came`);
  await showsWhatIs(browser, lapse);
  return { ...drawn };
}

interface Shown {
  total: number;
  rows: { key: string; expiresAt: string }[];
  events: { type: string; key: string; at: string }[];
  sockets: number;
  lists: number;
}

/** The page shows what the server has, and has needed neither another connection nor another list for it. */
async function showsWhatIs(browser: Chromium, lapse: Lapse): Promise<void> {
  let [shown, is] = [await shows(browser), await stateOf(lapse, 1, 1)];
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(200)) {
    shown = await shows(browser);
    is = await stateOf(lapse, shown.rows.length, shown.events.length);
    if (isDeepStrictEqual(shown, is)) return;
  }
  check(shown.total === is.total, `the page shows ${shown.total} entries of ${is.total}`);
  check(isDeepStrictEqual(shown.rows, is.rows), 'the page shows other entries than there are');
  check(isDeepStrictEqual(shown.events, is.events), 'the page shows other events than there were');
  check(false, `the page connected ${shown.sockets} times and listed ${shown.lists} times`);
}

function shows(browser: Chromium): Promise<Shown> {
  return browser.evaluate<Shown>('lapseBench.shows()');
}

/** What a page shows that has so many rows and lines. */
async function stateOf(lapse: Lapse, rows: number, lines: number): Promise<Shown> {
  const path = `/caches/${CACHE}`;
  const page = await lapse.call<{ total: number; items: Shown['rows'] }>(
    'GET',
    `${path}/entries?sort=expiry&limit=${rows}`,
  );
  let newest: Shown['events'] = [];
  for (let after = ''; ;) {
    const { body } = await lapse.call<{ items: Shown['events']; next: string }>(
      'GET',
      `${path}/events?limit=1000${after}`,
    );
    newest = [...newest, ...body.items].slice(-lines);
    if (body.items.length < 1_000) break;
    after = `&after=${body.next}`;
  }
  return {
    total: page.body.total,
    rows: page.body.items.map(({ key, expiresAt }) => ({ key, expiresAt })),
    events: newest.reverse().map(({ type, key, at }) => ({ type, key, at })),
    sockets: 1,
    lists: 1,
  };
}

/** Chromium's developer tools open such a file. */
function keep(name: string, trace: TraceEvent[]): void {
  const file = `ui-${name}-${Date.now()}.json`;
  if (PROFILES !== undefined) writeFileSync(join(PROFILES, file), JSON.stringify(trace));
}
