import type { Locator } from 'playwright-core';
import { CachePage } from './support/cache-page.js';
import { becomes, sees, seesNo } from './support/eventually.js';
import { lapse } from './support/helper.js';

const HOUR = 3_600_000;

describe('a policy that shrinks', () => {
  let cache: string;
  let caches = 0;
  const keys = Array.from({ length: 10 }, (_, i) => `k${i}`);
  let ui: CachePage;

  beforeEach(async () => {
    cache = `shrinking-${++caches}`;
    await lapse().setPolicy(cache, {});
    await lapse().batch(
      cache,
      keys.map((key) => ({ op: 'set' as const, key, value: `value of ${key}`, ttlMs: HOUR })),
    );
    // The oldest, but the one used last.
    await lapse().get(cache, 'k0');
    ui = await CachePage.open(cache);
  });

  it('evicts the least recently used, told apart from what expired and what was deleted', async () => {
    await lapse().put(cache, 'brief', 'gone in a second', 1_000);
    await ui.row('k9').hover();
    await ui.button('Delete k9').click();
    await ui.reads('deleted', 'k9');
    await ui.reads('expired', 'brief');

    await ui.button('Policy').click();
    await ui.dialog.getByRole('spinbutton', { name: 'Most entries' }).fill('6');
    await sees(ui.dialog.getByText('3 entries', { exact: false }));
    await ui.dialog.getByRole('button', { name: 'Save policy' }).click();
    await seesNo(ui.dialog);

    for (const key of ['k1', 'k2', 'k3']) {
      const line = await ui.reads('evicted', key);
      await sees(line.getByText(`"value of ${key}"`, { exact: true }));
    }
    await becomes(() => ui.keys().then((now) => now.toSorted()), ['k0', 'k4', 'k5', 'k6', 'k7', 'k8']);
    await sees(ui.inList(cache).getByText('6 entries'));
    await sees(ui.page.getByText('at most 6 entries'));

    const looks = await Promise.all([
      look(ui.line('expired', 'brief'), 'hourglass_disabled'),
      look(ui.line('evicted', 'k1'), 'logout'),
      look(ui.line('deleted', 'k9'), 'delete'),
    ]);
    expect(new Set(looks).size)
      .withContext(`colours ${looks.join(' / ')}`)
      .toBe(3);

    await ui.button('Evicted').click();
    await becomes(() => ui.lines(), ['evicted k3', 'evicted k2', 'evicted k1']);
    await ui.button('Expired').click();
    await becomes(() => ui.lines(), ['expired brief']);
    await ui.button('Deleted').click();
    await becomes(() => ui.lines(), ['deleted k9']);
  });

  it('evicts to make room for a new entry', async () => {
    await lapse().setPolicy(cache, { maxEntries: 10 });
    await lapse().put(cache, 'one too many', 1, HOUR);
    const line = await ui.reads('evicted', 'k1');
    await sees(line.getByTitle('to stay within its most entries'));
    await becomes(() => ui.row('k1').count(), 0);
    await sees(ui.row('one too many'));
    const { entries, evicted } = await lapse().cache(cache);
    expect({ entries, evicted }).toEqual({ entries: 10, evicted: 1 });
  });

  /** The colour of a line's icon, once it is that icon. */
  async function look(line: Locator, icon: string): Promise<string> {
    const found = line.getByText(icon, { exact: true });
    await sees(found);
    return found.evaluate((element) => getComputedStyle(element).color);
  }
});
