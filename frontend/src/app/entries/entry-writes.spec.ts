import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { FakeSockets, provideFakeSockets } from '../../testing/fake-socket.js';
import { entry } from '../../testing/samples.js';
import { Connection } from '../live/connection.js';
import { Entries } from './entries.js';
import { EntryWrites } from './entry-writes.js';

describe('entry writes', () => {
  let writes: EntryWrites;
  let http: HttpTestingController;

  beforeEach(() => {
    TestBed.configureTestingModule({
      providers: [provideHttpClient(), provideHttpClientTesting(), provideFakeSockets()],
    });
    writes = TestBed.inject(EntryWrites);
    http = TestBed.inject(HttpTestingController);
    TestBed.inject(Connection).open();
    TestBed.inject(FakeSockets).last.welcome();
  });

  afterEach(() => http.verify());

  it('undoes a deletion with the value and the ttl that was left, and only while the key is free', async () => {
    const taking = writes.take('c', 'a/b');
    const take = http.expectOne({ method: 'DELETE', url: '/api/v1/caches/c/entries/a%2Fb' });
    expect(take.request.headers.get('Prefer')).toBe('return=representation');
    take.flush(entry('a/b', 'v-1', 29_500, { deep: [1] }));
    const taken = await taking;

    const restoring = writes.restore(taken);
    const put = http.expectOne({ method: 'PUT', url: '/api/v1/caches/c/entries/a%2Fb' });
    expect(put.request.headers.get('If-None-Match')).toBe('*');
    expect(put.request.body).toEqual({ value: { deep: [1] }, ttlMs: 29_500 });
    put.flush(entry('a/b', 'v-2'));
    await restoring;
  });

  it('restores an entry without a deadline without one, whatever the default of its cache', async () => {
    const restoring = writes.restore(entry('a', 'v-1', null));
    const put = http.expectOne('/api/v1/caches/c/entries/a');
    expect(put.request.body).toEqual({ value: 'a', ttlMs: null });
    put.flush(entry('a', 'v-2', null));
    await restoring;
  });

  it('replaces the version that was edited and no other', async () => {
    const replacing = writes.replace('c', 'a', { value: 1 }, 'v-7');
    const put = http.expectOne('/api/v1/caches/c/entries/a');
    expect(put.request.headers.get('If-Match')).toBe('"v-7"');
    put.flush({ type: '/p/version-mismatch', detail: 'x' }, { status: 412, statusText: 'x' });
    await expectAsync(replacing).toBeRejectedWith(
      jasmine.objectContaining({ status: 412, code: 'version-mismatch' }),
    );
  });

  it('leaves the key out where it is to be generated', async () => {
    const creating = writes.create('c', undefined, { value: 1, ttlMs: 5 });
    const post = http.expectOne({ method: 'POST', url: '/api/v1/caches/c/entries' });
    expect(post.request.body).toEqual({ value: 1, ttlMs: 5 });
    post.flush(entry('made-up', 'v-1'));
    expect((await creating).key).toBe('made-up');
  });

  it('leaves the screen to the event, unless there are no events', async () => {
    const list = spyOn(TestBed.inject(Entries), 'list');
    const live = writes.renew('c', 'a', 10);
    http.expectOne({ method: 'PATCH', url: '/api/v1/caches/c/entries/a' }).flush(entry('a', 'v-1'));
    await live;
    expect(list).not.toHaveBeenCalled();

    TestBed.inject(FakeSockets).last.drop(1006);
    const cutOff = writes.renew('c', 'a', 10);
    http.expectOne('/api/v1/caches/c/entries/a').flush(entry('a', 'v-1'));
    await cutOff;
    expect(list).toHaveBeenCalledTimes(1);
  });
});
