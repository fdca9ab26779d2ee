import { TestBed } from '@angular/core/testing';
import { MatSnackBar } from '@angular/material/snack-bar';
import { Subject } from 'rxjs';
import { entry } from '../../testing/samples.js';
import { provideFakeLive } from '../../testing/fake-live.js';
import { provideHttpClient } from '@angular/common/http';
import { provideHttpClientTesting } from '@angular/common/http/testing';
import { ApiProblem } from '../api/problem.js';
import { EntryActions } from './entry-actions.js';
import { EntryWrites } from './entry-writes.js';

describe('entry actions', () => {
  let actions: EntryActions;
  let writes: jasmine.SpyObj<EntryWrites>;
  let said: { message: string; action: string | undefined; press: Subject<void> }[];

  beforeEach(() => {
    said = [];
    writes = jasmine.createSpyObj<EntryWrites>('writes', ['take', 'restore', 'renew']);
    const snacks = {
      open: (message: string, action?: string) => {
        const press = new Subject<void>();
        said.push({ message, action, press });
        return { onAction: () => press };
      },
    };
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideHttpClientTesting(),
        provideFakeLive(),
        { provide: EntryWrites, useValue: writes },
        { provide: MatSnackBar, useValue: snacks },
      ],
    });
    actions = TestBed.inject(EntryActions);
  });

  const settled = () => new Promise((done) => setTimeout(done));
  const last = () => said.at(-1)!;

  it('offers to undo a deletion and puts back just what was taken', async () => {
    const taken = entry('a', 'v-1', 29_500);
    writes.take.and.resolveTo(taken);
    writes.restore.and.resolveTo(entry('a', 'v-2'));
    await actions.remove('c', 'a');
    expect([last().message, last().action]).toEqual(['a deleted', 'Undo']);
    last().press.next();
    await settled();
    expect(writes.restore).toHaveBeenCalledOnceWith(taken);
    expect(last().message).toBe('a is back, with 29.5 s left');
  });

  it('leaves alone a key that was used again before the undo', async () => {
    writes.take.and.resolveTo(entry('a', 'v-1'));
    writes.restore.and.rejectWith(new ApiProblem(412, 'version-mismatch', 'x'));
    await actions.remove('c', 'a');
    last().press.next();
    await settled();
    expect(last().message).toBe('a has been created anew meanwhile and was left as it is.');
  });

  it('keeps offering the undo while the server is away: the value exists nowhere else', async () => {
    writes.take.and.resolveTo(entry('a', 'v-1', null));
    writes.restore.and.rejectWith(new ApiProblem(503, 'redis-unavailable', 'Redis is away.'));
    await actions.remove('c', 'a');
    last().press.next();
    await settled();
    expect([last().message, last().action]).toEqual(['a is not back yet. Redis is away.', 'Try again']);
    writes.restore.and.resolveTo(entry('a', 'v-2', null));
    last().press.next();
    await settled();
    expect(last().message).toBe('a is back, without a deadline');
  });

  it('says what a renewal did, or why it did nothing', async () => {
    writes.renew.and.resolveTo(entry('a', 'v-1'));
    await actions.renew('c', 'a', 60_000);
    expect(last().message).toBe('a lives for another 1 m');
    writes.renew.and.rejectWith(new ApiProblem(404, 'entry-not-found', 'x'));
    await actions.renew('c', 'a', 60_000);
    expect(last().message).toBe('a is gone: there is nothing left to renew.');
  });
});
