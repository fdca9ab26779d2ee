import { DialogDriver } from '../../testing/dialog.js';
import { cache } from '../../testing/samples.js';
import { PolicyDialog } from './policy-dialog.js';

describe('the policy dialog', () => {
  let dialog: DialogDriver<PolicyDialog>;
  const held = cache('c', { entries: 20, bytes: 2048, maxEntries: 100, defaultTtlMs: 1_800_000 });

  afterEach(() => dialog.destroy());

  const put = (name: string) => dialog.http.expectOne({ method: 'PUT', url: `/api/v1/caches/${name}` });

  it('saves the whole policy, what was left alone included', async () => {
    dialog = new DialogDriver(PolicyDialog, { cache: held }, [held]);
    dialog.type('Most entries', '50');
    await dialog.press('Save policy');
    const request = put('c');
    expect(request.request.body).toEqual({
      maxEntries: 50,
      maxBytes: null,
      defaultTtlMs: 1_800_000,
      maxTtlMs: null,
      sliding: false,
      history: 10_000,
    });
    request.flush(held);
    await dialog.settle();
    expect(dialog.ref.close).toHaveBeenCalledOnceWith('c');
  });

  it('warns before a smaller policy evicts, and says how many', () => {
    dialog = new DialogDriver(PolicyDialog, { cache: held }, [held]);
    expect(dialog.text()).not.toContain('evicts');
    dialog.type('Most entries', '19');
    expect(dialog.text()).toContain('Saving evicts 1 entry at once');
    dialog.type('Most entries', '5');
    expect(dialog.text()).toContain('Saving evicts 15 entries at once, the least recently used first.');
    dialog.type('Most entries', '20');
    expect(dialog.text()).not.toContain('Saving evicts');
  });

  it('warns where fewer bytes are allowed than are held', () => {
    dialog = new DialogDriver(PolicyDialog, { cache: held }, [held]);
    dialog.type('Most memory', '0.001');
    expect(dialog.text()).toContain('2.0 KiB are held');
  });

  it('creates a cache under a name that is free', async () => {
    dialog = new DialogDriver(PolicyDialog, {}, [held]);
    dialog.type('Name', 'c');
    await dialog.press('Create cache');
    expect(dialog.text()).toContain('There is a cache named c already.');
    dialog.type('Name', 'sessions');
    await dialog.press('Create cache');
    put('sessions').flush(cache('sessions'));
    await dialog.settle();
    expect(dialog.ref.close).toHaveBeenCalledOnceWith('sessions');
  });

  it('shows what the server refuses at the field it is about', async () => {
    dialog = new DialogDriver(PolicyDialog, { cache: held }, [held]);
    await dialog.press('Save policy');
    const errors = [{ pointer: '/maxTtlMs', detail: 'must be an integer' }];
    put('c').flush({ type: '/p/invalid', detail: 'x', errors }, { status: 422, statusText: 'x' });
    await dialog.settle();
    const field = dialog.field('Longest ttl').closest('mat-form-field')!;
    expect(field.textContent).toContain('must be an integer');
    expect(dialog.ref.close).not.toHaveBeenCalled();
  });
});
