import type { Route } from 'playwright-core';
import { expectComplaint } from './support/browser.js';
import { CachePage } from './support/cache-page.js';
import { becomes, sees, seesNo } from './support/eventually.js';
import { lapse } from './support/helper.js';

const HOUR = 3_600_000;

describe('someone who writes entries by hand', () => {
  let cache: string;
  let ui: CachePage;
  let caches = 0;

  beforeEach(async () => {
    cache = `by-hand-${++caches}`;
    await lapse().setPolicy(cache, {});
    await lapse().put(cache, 'user:1', { name: 'Ada' }, HOUR);
    ui = await CachePage.open(cache);
    await sees(ui.row('user:1'));
  });

  const field = (name: string) => ui.dialog.getByRole('textbox', { name });
  const choose = (name: string) => ui.dialog.getByRole('radio', { name, exact: true }).check();
  const submit = (name: string) => ui.dialog.getByRole('button', { name, exact: true }).click();
  const edit = async (key: string) => {
    await ui.row(key).hover();
    await ui.button(`Edit ${key}`).click();
    await sees(ui.dialog.getByRole('heading', { name: key }));
  };

  describe('creates one', () => {
    beforeEach(async () => {
      await ui.button('New entry').click();
      await sees(ui.dialog.getByRole('heading', { name: `New entry in ${cache}` }));
    });

    it('and is told at each field what is wrong with it, until nothing is', async () => {
      await submit('Create entry');
      await sees(ui.dialog.getByText('A key is needed'));
      await sees(ui.dialog.getByText('A value is needed'));

      await field('Key').fill('k'.repeat(513));
      await sees(ui.dialog.getByText('513 bytes; a key may have 512.'));
      await field('Key').fill('user:2');
      await field('Value').fill('{ "name": Grace }');
      await sees(ui.dialog.getByText('Line 1, column 11: words stand in double quotes, before G.'));
      await field('Value').fill('{ "name": "Grace", "tags": [1, true, null] }');
      await choose('Custom');
      await ui.dialog.getByRole('spinbutton', { name: 'Ttl' }).fill('0');
      await submit('Create entry');
      await sees(ui.dialog.getByText('At least one millisecond.'));
      await ui.dialog.getByRole('spinbutton', { name: 'Ttl' }).fill('90');
      await submit('Create entry');

      await seesNo(ui.dialog);
      await becomes(() => ui.cell('user:2', 1), '{"name":"Grace","tags":[1,true,null]}');
      await ui.reads('created', 'user:2');
      const { value, ttlMs } = await lapse().peek(cache, 'user:2');
      expect(value).toEqual({ name: 'Grace', tags: [1, true, null] });
      // 90 of the unit that was offered, minutes.
      expect(ttlMs).toBeGreaterThan(89 * 60_000);
      expect(ttlMs).toBeLessThanOrEqual(90 * 60_000);
    });

    it('under a key that the server makes up', async () => {
      await ui.dialog.getByRole('checkbox', { name: 'Generate a key that nobody can guess' }).check();
      await choose('Text');
      await field('Value').fill('plain words');
      await choose('10 s');
      await submit('Create entry');
      await sees(ui.notice.getByText(/[\w-]{22} created/));
      await becomes(() => ui.rows.count(), 2);
      const [made = ''] = await ui.keys();
      expect(made).toMatch(/^[\w-]{22}$/);
      expect((await lapse().peek(cache, made)).value).toBe('plain words');
      expect(await ui.left(made)).toBeLessThanOrEqual(10_000);
    });

    it('under no key that is taken, and loses nothing of what was typed', async () => {
      expectComplaint(ui.page, /status of 409/);
      await field('Key').fill('user:1');
      await field('Value').fill('"mine"');
      await submit('Create entry');
      await sees(ui.dialog.getByText('An entry with this key is alive already.'));
      expect(await field('Value').inputValue()).toBe('"mine"');
      expect((await lapse().peek(cache, 'user:1')).value).toEqual({ name: 'Ada' });
    });
  });

  it('edits one: the value is the new one, the deadline the old one', async () => {
    const before = await lapse().peek(cache, 'user:1');
    await edit('user:1');
    await field('Value').fill('{ "name": "Ada", "age": 36 }');
    await submit('Save');
    await seesNo(ui.dialog);
    await becomes(() => ui.cell('user:1', 1), '{"name":"Ada","age":36}');
    await ui.reads('updated', 'user:1');
    const after = await lapse().peek(cache, 'user:1');
    expect(after.version).not.toBe(before.version);
    // The ttl that was left when it was sent, so a few milliseconds later than it was.
    const moved = Date.parse(after.expiresAt!) - Date.parse(before.expiresAt!);
    expect(Math.abs(moved)).toBeLessThan(1_000);
  });

  it('renews one, whose countdown grows', async () => {
    await lapse().put(cache, 'code', 778_114, 30_000);
    await sees(ui.row('code'));
    expect(await ui.left('code')).toBeLessThanOrEqual(30_000);
    await ui.row('code').hover();
    await ui.button('Renew code').click();
    await ui.menuItem('For 1 hour').click();
    await sees(ui.notice.getByText('code lives for another 1 h'));
    await ui.reads('renewed', 'code');
    expect(await ui.left('code')).toBeGreaterThan(HOUR - 60_000);
    expect((await lapse().peek(cache, 'code')).value).toBe(778_114);
  });

  it('deletes one and takes that back: the value and the rest of its ttl are there again', async () => {
    const before = await lapse().peek(cache, 'user:1');
    await ui.row('user:1').hover();
    await ui.button('Delete user:1').click();
    await ui.reads('deleted', 'user:1');
    await sees(ui.page.getByText('Nothing lives here right now.'));
    expect((await lapse().call('GET', `/caches/${cache}/entries/user:1`)).status).toBe(404);

    await ui.notice.getByRole('button', { name: 'Undo' }).click();
    await sees(ui.notice.getByText(/user:1 is back, with 59 m \d+ s left/));
    await becomes(() => ui.cell('user:1', 1), '{"name":"Ada"}');
    const after = await lapse().peek(cache, 'user:1');
    expect(after.value).toEqual(before.value);
    expect(after.ttlMs).toBeLessThanOrEqual(before.ttlMs!);
    // What it spent deleted was not spent living.
    expect(after.ttlMs).toBeGreaterThan(before.ttlMs! - 15_000);
  });

  it('is told when someone else was quicker, and decides', async () => {
    expectComplaint(ui.page, /status of 412/);
    await edit('user:1');
    await field('Value').fill('"mine"');
    // Someone else writes between the click and its arrival.
    const overtake = async (route: Route) => {
      await lapse().put(cache, 'user:1', 'theirs', HOUR);
      await route.continue();
    };
    await ui.page.route('**/entries/user*', overtake, { times: 1 });
    await submit('Save');
    await sees(ui.dialog.getByText('Not saved: the entry is no longer the one you began to edit.'));
    await sees(ui.dialog.getByText('Someone else changed this entry while you had it open.'));
    expect((await lapse().peek(cache, 'user:1')).value).toBe('theirs');
    expect(await field('Value').inputValue()).toBe('"mine"');

    await submit('Keep mine, to overwrite it');
    await submit('Save');
    await seesNo(ui.dialog);
    expect((await lapse().peek(cache, 'user:1')).value).toBe('mine');
  });

  it('keeps an edit whose entry expires meanwhile, and can create it again', async () => {
    await lapse().put(cache, 'brief', 'old', 1_500);
    await sees(ui.row('brief'));
    await edit('brief');
    await field('Value').fill('new');
    await sees(ui.dialog.getByText('This entry was just expired.'));
    await submit('Create again');
    await seesNo(ui.dialog);
    expect((await lapse().peek(cache, 'brief')).value).toBe('new');
  });
});
