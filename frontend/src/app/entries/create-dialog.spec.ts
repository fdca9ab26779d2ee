import { DialogDriver } from '../../testing/dialog.js';
import { cache, entry } from '../../testing/samples.js';
import { CreateDialog } from './create-dialog.js';

describe('the form of a new entry', () => {
  let dialog: DialogDriver<CreateDialog>;

  function open(policy: Parameters<typeof cache>[1] = {}): void {
    dialog = new DialogDriver(CreateDialog, 'c', [cache('c', policy)]);
  }

  afterEach(() => {
    dialog.http.verify();
    dialog.destroy();
  });

  const post = () => dialog.http.expectOne({ method: 'POST', url: '/api/v1/caches/c/entries' });

  it('creates what was typed and closes once the server has it', async () => {
    open();
    dialog.type('Key', 'user:42');
    dialog.type('Value', '{"name":"Ada"}');
    dialog.choose('10 s');
    await dialog.press('Create entry');
    const request = post();
    expect(request.request.body).toEqual({ key: 'user:42', value: { name: 'Ada' }, ttlMs: 10_000 });
    expect(dialog.ref.close).not.toHaveBeenCalled();
    request.flush(entry('user:42', 'v-1'));
    await dialog.settle();
    expect(dialog.ref.close).toHaveBeenCalledTimes(1);
  });

  it('sends plain text as a string and leaves the key to the server', async () => {
    open();
    dialog.choose('Generate a key that nobody can guess');
    dialog.choose('Text');
    dialog.type('Value', 'hello');
    dialog.choose('No deadline');
    await dialog.press('Create entry');
    const request = post();
    expect(request.request.body).toEqual({ value: 'hello', ttlMs: null });
    request.flush(entry('made-up', 'v-1'));
    await dialog.settle();
  });

  it('sends nothing that is wrong, and says what is', async () => {
    open();
    dialog.type('Value', '{"name": Ada}');
    await dialog.press('Create entry');
    expect(dialog.text()).toContain('A key is needed, or let one be generated.');
    expect(dialog.text()).toContain('Line 1, column 10');
    dialog.http.expectNone(() => true);
  });

  it('offers to store as text what is not JSON', async () => {
    open();
    dialog.type('Key', 'a');
    dialog.type('Value', 'hello');
    await dialog.press('Store it as text instead');
    await dialog.press('Create entry');
    const request = post();
    expect((request.request.body as { value: unknown }).value).toBe('hello');
    request.flush(entry('a', 'v-1'));
    await dialog.settle();
  });

  it('leaves the ttl to the cache that has a default', async () => {
    open({ defaultTtlMs: 1_800_000 });
    expect(dialog.field('Default (30 m)').checked).toBeTrue();
    dialog.type('Key', 'a');
    dialog.type('Value', '1');
    await dialog.press('Create entry');
    const request = post();
    expect(request.request.body).toEqual({ key: 'a', value: 1 });
    request.flush(entry('a', 'v-1'));
    await dialog.settle();
  });

  it('takes any ttl in any unit', async () => {
    open();
    dialog.type('Key', 'a');
    dialog.type('Value', '1');
    dialog.choose('Custom');
    dialog.type('Ttl', '1.5');
    await dialog.press('Create entry');
    const request = post();
    expect((request.request.body as { ttlMs: number }).ttlMs).toBe(90_000);
    request.flush(entry('a', 'v-1'));
    await dialog.settle();
  });

  it('says at the key that it is taken', async () => {
    open();
    dialog.type('Key', 'a');
    dialog.type('Value', '1');
    await dialog.press('Create entry');
    post().flush({ type: '/api/v1/problems/entry-exists', detail: 'x' }, { status: 409, statusText: 'x' });
    await dialog.settle();
    expect(dialog.text()).toContain('An entry with this key is alive already.');
    expect(dialog.ref.close).not.toHaveBeenCalled();
  });

  it('keeps everything that was typed while the server is away, and can be sent again', async () => {
    open();
    dialog.type('Key', 'a');
    dialog.type('Value', '1');
    await dialog.press('Create entry');
    post().error(new ProgressEvent('error'));
    await dialog.settle();
    expect(dialog.element.querySelector('[role=alert]')!.textContent).toContain('cannot be reached');
    expect([dialog.field('Key').value, dialog.field('Value').value]).toEqual(['a', '1']);
    await dialog.press('Create entry');
    post().flush(entry('a', 'v-1'));
    await dialog.settle();
    expect(dialog.ref.close).toHaveBeenCalledTimes(1);
  });

  it('does not close by a click beside it once something was typed', () => {
    open();
    expect(dialog.ref.disableClose).toBeFalse();
    dialog.type('Key', 'a');
    expect(dialog.ref.disableClose).toBeTrue();
  });
});
