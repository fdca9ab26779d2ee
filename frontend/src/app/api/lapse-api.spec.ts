import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { firstValueFrom } from 'rxjs';
import { page } from '../../testing/samples.js';
import { LapseApi } from './lapse-api.js';

describe('the api', () => {
  let api: LapseApi;
  let http: HttpTestingController;

  beforeEach(() => {
    TestBed.configureTestingModule({ providers: [provideHttpClient(), provideHttpClientTesting()] });
    api = TestBed.inject(LapseApi);
    http = TestBed.inject(HttpTestingController);
  });

  afterEach(() => http.verify());

  it('carries any key in a path', () => {
    api.peek('c', 'a/b c?d#e%2F+é😀').subscribe();
    const path = '/api/v1/caches/c/entries/a%2Fb%20c%3Fd%23e%252F%2B%C3%A9%F0%9F%98%80?peek=true';
    expect(http.match(path).length).toBe(1);
  });

  it('carries any prefix in a query', () => {
    api.entries('c', { prefix: 'a+b&c=d é', sort: 'key', limit: 10, after: 'to/ken==' }).subscribe();
    const request = http.expectOne((one) => one.url === '/api/v1/caches/c/entries');
    const query = new URLSearchParams(request.request.urlWithParams.split('?')[1]);
    expect(Object.fromEntries(query)).toEqual({
      prefix: 'a+b&c=d é',
      sort: 'key',
      limit: '10',
      after: 'to/ken==',
    });
    request.flush(page([], 'v-1'));
  });

  it('says null and absent apart in a ttl', () => {
    api.create('c', { key: 'a', value: null, ttlMs: null }).subscribe();
    http.expectOne('/api/v1/caches/c/entries').flush({});
    api.create('c', { key: 'a', value: null }).subscribe();
    const request = http.expectOne('/api/v1/caches/c/entries');
    expect(request.request.body).toEqual({ key: 'a', value: null });
    request.flush({});
  });

  it('fails with what the problem says', async () => {
    const answer = firstValueFrom(api.renew('c', 'a', 0));
    const errors = [{ pointer: '/ttlMs', detail: 'must be at least 1' }];
    const problem = {
      type: '/api/v1/problems/invalid',
      title: 'x',
      status: 422,
      detail: '/ttlMs must be…',
      errors,
    };
    http.expectOne('/api/v1/caches/c/entries/a').flush(problem, { status: 422, statusText: 'x' });
    await expectAsync(answer).toBeRejectedWith(
      jasmine.objectContaining({
        name: 'ApiProblem',
        status: 422,
        code: 'invalid',
        detail: '/ttlMs must be…',
        errors,
      }),
    );
  });

  it('fails in words when nobody answers', async () => {
    const answer = firstValueFrom(api.caches());
    http.expectOne('/api/v1/caches').error(new ProgressEvent('error'));
    await expectAsync(answer).toBeRejectedWith(
      jasmine.objectContaining({ status: 0, code: 'unreachable', passing: true }),
    );
  });
});
