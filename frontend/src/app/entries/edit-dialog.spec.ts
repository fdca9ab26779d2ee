import { TestBed } from '@angular/core/testing';
import { DialogDriver } from '../../testing/dialog.js';
import { FakeLive } from '../../testing/fake-live.js';
import { at, cache, entry, event } from '../../testing/samples.js';
import { ServerClock } from '../live/server-clock.js';
import { EditDialog } from './edit-dialog.js';
import { rowOfEntry } from './row.js';

describe('the form of an entry that is edited', () => {
  let dialog: DialogDriver<EditDialog>;
  const url = '/api/v1/caches/c/entries/a';

  beforeEach(() => {
    const row = rowOfEntry(entry('a', 'v-1', 60_000, { name: 'Ada' }), 1, 1);
    dialog = new DialogDriver(EditDialog, { cache: 'c', row }, [cache('c')]);
    TestBed.inject(ServerClock).observe(at(20_000));
    look('v-1');
  });

  afterEach(() => {
    dialog.http.verify();
    dialog.destroy();
  });

  /** Answers the question what the entry is now. */
  function look(version: string | null, value: unknown = { name: 'Ada' }): void {
    const request = dialog.http.expectOne({ method: 'GET', url: `${url}?peek=true` });
    if (version === null) request.flush({ type: '/p/entry-not-found' }, { status: 404, statusText: 'x' });
    else request.flush(entry('a', version, 60_000, value));
  }

  const put = () => dialog.http.expectOne({ method: 'PUT', url });
  const happen = (...events: Parameters<FakeLive['events']> extends [string, ...infer E] ? E : never) => {
    TestBed.inject(FakeLive).events('c', ...events);
    TestBed.tick();
  };

  it('replaces the version it began from and keeps what is left of the ttl', async () => {
    dialog.type('Value', '{"name":"Grace"}');
    await dialog.press('Save');
    const request = put();
    expect(request.request.headers.get('If-Match')).toBe('"v-1"');
    const body = request.request.body as { value: unknown; ttlMs: number };
    expect(body.value).toEqual({ name: 'Grace' });
    expect(Math.abs(body.ttlMs - 40_000)).toBeLessThan(2_000);
    request.flush(entry('a', 'v-2'));
    await dialog.settle();
    expect(dialog.ref.close).toHaveBeenCalledTimes(1);
  });

  it('keeps the ttl that someone else gave the entry meanwhile', async () => {
    happen(event('renewed', 'v-2', 'a', { version: 'v-1', expiresAt: at(3_620_000) }));
    await dialog.press('Save');
    const request = put();
    const { ttlMs } = request.request.body as { ttlMs: number };
    expect(Math.abs(ttlMs - 3_600_000)).toBeLessThan(2_000);
    request.flush(entry('a', 'v-3'));
    await dialog.settle();
  });

  it('can be given another ttl', async () => {
    dialog.choose('No deadline');
    await dialog.press('Save');
    const request = put();
    expect((request.request.body as { ttlMs: null }).ttlMs).toBeNull();
    request.flush(entry('a', 'v-2'));
    await dialog.settle();
  });

  it('says that someone else was quicker, keeps what was typed, and lets one choose', async () => {
    dialog.type('Value', '{"name":"mine"}');
    await dialog.press('Save');
    put().flush({ type: '/p/version-mismatch', detail: 'x' }, { status: 412, statusText: 'x' });
    await dialog.settle();
    look('v-2', { name: 'theirs' });
    await dialog.settle();
    expect(dialog.text()).toContain('Not saved: the entry is no longer the one you began to edit.');
    expect(dialog.text()).toContain('Someone else changed this entry');
    expect(dialog.field('Value').value).toBe('{"name":"mine"}');

    await dialog.press('Keep mine, to overwrite it');
    expect(dialog.text()).not.toContain('Someone else');
    await dialog.press('Save');
    const request = put();
    expect(request.request.headers.get('If-Match')).toBe('"v-2"');
    expect((request.request.body as { value: unknown }).value).toEqual({ name: 'mine' });
    request.flush(entry('a', 'v-3'));
    await dialog.settle();
  });

  it('says so as it happens, and shows what the other wrote on demand', async () => {
    dialog.type('Value', '{"name":"mine"}');
    happen(event('updated', 'v-2', 'a', { value: 'theirs' }));
    expect(dialog.text()).toContain('Someone else changed this entry');
    await dialog.press('Show theirs');
    expect(dialog.field('Value').value).toBe('theirs');
    expect(dialog.field('Text').checked).toBeTrue();
  });

  it('takes its own version, told late, for no change', () => {
    happen(event('created', 'v-1', 'a'));
    expect(dialog.text()).not.toContain('Someone else');
  });

  it('says when the entry expires under it, and creates it again', async () => {
    happen(event('expired', 'v-9', 'a', { version: 'v-1' }));
    expect(dialog.text()).toContain('This entry was just expired. Saving creates it again.');
    expect(() => dialog.field('Keep')).toThrow();
    expect(dialog.field('1 m').checked).toBeTrue();
    await dialog.press('Create again');
    const request = dialog.http.expectOne({ method: 'POST', url: '/api/v1/caches/c/entries' });
    expect(request.request.body).toEqual({ key: 'a', value: { name: 'Ada' }, ttlMs: 60_000 });
    request.flush(entry('a', 'v-10'));
    await dialog.settle();
    expect(dialog.ref.close).toHaveBeenCalledTimes(1);
  });

  it('learns from the server that the entry is gone where no event told it', async () => {
    await dialog.press('Save');
    put().flush({ type: '/p/version-mismatch', detail: 'x' }, { status: 412, statusText: 'x' });
    await dialog.settle();
    look(null);
    await dialog.settle();
    expect(dialog.text()).toContain('This entry is gone. Saving creates it again.');
  });

  it('hands the wish to delete to whoever opened it', async () => {
    await dialog.press('Delete');
    expect(dialog.ref.close).toHaveBeenCalledOnceWith('delete');
  });
});
