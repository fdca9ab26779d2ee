import { CachePage } from './support/cache-page.js';
import { becomes, sees } from './support/eventually.js';
import { lapse } from './support/helper.js';

const HOUR = 3_600_000;

describe('two tabs on one cache', () => {
  let cache: string;
  let caches = 0;
  let one: CachePage;
  let other: CachePage;

  beforeEach(async () => {
    cache = `shared-${++caches}`;
    await lapse().setPolicy(cache, {});
    one = await CachePage.open(cache);
    other = await CachePage.open(cache);
  });

  it('show the same at once: what is created, renewed and deleted in either, and what expires', async () => {
    await one.button('New entry').click();
    await one.dialog.getByRole('textbox', { name: 'Key' }).fill('user:1');
    await one.dialog.getByRole('textbox', { name: 'Value' }).fill('{ "name": "Ada" }');
    await one.dialog.getByRole('button', { name: 'Create entry' }).click();
    await becomes(() => other.cell('user:1', 1), '{"name":"Ada"}');
    await other.reads('created', 'user:1');
    await sees(other.inList(cache).getByText(/\b1 entr/));

    await other.row('user:1').hover();
    await other.button('Renew user:1').click();
    await other.menuItem('For 1 hour').click();
    await one.reads('renewed', 'user:1');
    expect(await one.left('user:1')).toBeGreaterThan(HOUR - 60_000);

    await lapse().put(cache, 'code', { digits: 778_114 }, 1_500);
    await one.row('user:1').hover();
    await one.button('Delete user:1').click();
    for (const ui of [one, other]) {
      await ui.reads('deleted', 'user:1');
      const line = await ui.reads('expired', 'code');
      await sees(line.getByText('{"digits":778114}', { exact: true }));
      await becomes(() => ui.rows.count(), 0);
      await sees(ui.count.getByText('0 entries'));
    }
    expect(await one.lines()).toEqual(await other.lines());
  });

  it('both list a cache that one of them made, until the other deletes it', async () => {
    await one.button('New cache').click();
    await one.dialog.getByRole('textbox', { name: 'Name' }).fill('new-one');
    await one.dialog.getByRole('spinbutton', { name: 'Most entries' }).fill('500');
    await one.dialog.getByRole('button', { name: 'Create cache' }).click();
    await sees(one.page.getByRole('heading', { name: 'new-one' }));
    await sees(one.page.getByText('at most 500 entries'));
    await lapse().put('new-one', 'first', 1, HOUR);

    await other.inList('new-one').click();
    await other.button('More for this cache').click();
    await other.menuItem('Delete cache…').click();
    await other.dialog.getByRole('button', { name: 'Delete cache' }).click();
    for (const ui of [one, other]) await becomes(() => ui.inList('new-one').count(), 0);
  });
});
