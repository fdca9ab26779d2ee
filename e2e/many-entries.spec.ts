import { CachePage } from './support/cache-page.js';
import { becomes, sees, until } from './support/eventually.js';
import { lapse } from './support/helper.js';

const HOUR = 3_600_000;
const COUNT = 10_000;
/** More rows than any screen shows: what exists besides these would slow every browser down. */
const MOST_ROWS = 60;

describe('a cache of 10,000 entries', () => {
  const cache = 'crowd';
  let ui: CachePage;

  beforeAll(async () => {
    const operations = Array.from({ length: COUNT }, (_, i) => ({
      op: 'set' as const,
      key: `user:${String(i).padStart(5, '0')}`,
      value: { n: i },
      // Spread over an hour, the last one first.
      ttlMs: 2 * HOUR - Math.round((i * HOUR) / COUNT),
    }));
    await lapse().batch(cache, operations);
  });

  afterAll(() => lapse().clear());

  beforeEach(async () => {
    ui = await CachePage.open(cache);
    await sees(ui.count.getByText('10,000 entries'));
  });

  it('scrolls to its last row without ever holding more rows than fit a screen', async () => {
    expect((await ui.keys())[0]).toBe('user:09999');
    let most = 0;
    const reached = await until(async () => {
      await ui.grid.evaluate((grid) => grid.scrollTo({ top: grid.scrollHeight }));
      most = Math.max(most, await ui.rows.count());
      return ui.row('user:00000').isVisible();
    }, 30_000);
    expect(reached).withContext('the row that expires last shows').toBeTrue();
    expect(most).toBeLessThan(MOST_ROWS);
    await becomes(() => ui.cell('user:00000', 1), '{"n":0}');
    expect(await ui.row('user:00000').getAttribute('aria-rowindex')).toBe(String(COUNT + 1));
  });

  it('keeps what one reads in its place while rows above come and go', async () => {
    await ui.grid.evaluate((grid) => grid.scrollTo({ top: 8_000 }));
    await becomes(async () => (await ui.keys()).includes('user:09800'), true);
    const place = async () => (await ui.row('user:09800').boundingBox())?.y;
    const before = await place();
    const soon = Array.from({ length: 20 }, (_, i) => ({
      op: 'set' as const,
      key: `soon:${i}`,
      value: i,
      ttlMs: 60_000,
    }));
    await lapse().batch(cache, soon);
    await sees(ui.count.getByText('10,020 entries'));
    expect(await place()).toBe(before);
    await lapse().batch(
      cache,
      soon.map(({ key }) => ({ op: 'delete' as const, key })),
    );
    await sees(ui.count.getByText('10,000 entries'));
    await becomes(place, before);
  });

  it('is searched by prefix, on the server', async () => {
    const asked = ui.page.waitForRequest(
      (request) => new URL(request.url()).searchParams.get('prefix') === 'user:0420',
    );
    await ui.page.keyboard.press('/');
    await ui.page.keyboard.type('user:0420');
    await asked;
    await sees(ui.count.getByText('10 entries'));
    await becomes(async () => (await ui.keys()).length, 10);
    expect((await ui.keys()).every((key) => key.startsWith('user:0420'))).toBeTrue();
    expect(new URL(ui.page.url()).searchParams.get('prefix')).toBe('user:0420');

    // What is found stays live, what is not found stays away.
    await lapse().put(cache, 'user:0420x', 'new', 60_000);
    await lapse().put(cache, 'guest:1', 'new', 60_000);
    await sees(ui.row('user:0420x'));
    await sees(ui.count.getByText('11 entries'));
    expect(await ui.row('guest:1').count()).toBe(0);
    await lapse().remove(cache, 'user:0420x');
    await lapse().remove(cache, 'guest:1');

    await ui.page.keyboard.press('Escape');
    await sees(ui.count.getByText('10,000 entries'));
  });

  it('is sorted by key and by least recent use', async () => {
    await ui.button(/^Sorted by/).click();
    await ui.page.getByRole('menuitemradio', { name: 'Key' }).click();
    await becomes(async () => (await ui.keys()).slice(0, 3), ['user:00000', 'user:00001', 'user:00002']);

    await lapse().get(cache, 'user:00000');
    await ui.button(/^Sorted by/).click();
    await ui.page.getByRole('menuitemradio', { name: 'Least recently used' }).click();
    await becomes(async () => (await ui.keys()).slice(0, 2), ['user:00001', 'user:00002']);

    await ui.page.reload();
    await ui.settled();
    await becomes(async () => (await ui.keys())[0], 'user:00001');
  });

  it('is walked through by keyboard alone', async () => {
    await ui.grid.focus();
    await ui.page.keyboard.press('ArrowDown');
    await ui.page.keyboard.press('ArrowDown');
    await becomes(() => ui.row('user:09998').getAttribute('aria-selected'), 'true');
    await ui.page.keyboard.press('Enter');
    await sees(ui.dialog.getByRole('heading', { name: 'user:09998' }));
    await ui.page.keyboard.press('Escape');
    await becomes(() => ui.dialog.count(), 0);
    await ui.page.keyboard.press('ArrowUp');
    await becomes(() => ui.row('user:09999').getAttribute('aria-selected'), 'true');
  });
});
