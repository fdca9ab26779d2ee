import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { Demo, demoEntries } from './demo.js';

describe('demo entries', () => {
  it('live from 5 to 60 seconds, each to another moment', () => {
    const ttls = demoEntries().map(({ ttlMs }) => ttlMs!);
    expect(Math.min(...ttls)).toBe(5_000);
    expect(Math.max(...ttls)).toBe(60_000);
    expect(new Set(ttls).size).toBe(ttls.length);
  });

  it('have different keys', () => {
    const keys = demoEntries().map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  describe('when they are created', () => {
    let http: HttpTestingController;
    let created: Promise<void>;

    beforeEach(() => {
      TestBed.configureTestingModule({ providers: [provideHttpClient(), provideHttpClientTesting()] });
      http = TestBed.inject(HttpTestingController);
      created = TestBed.inject(Demo).create();
    });

    const batch = () => http.expectOne({ method: 'POST', url: '/api/v1/caches/demo/entries/batch' });

    it('go in one call', async () => {
      const request = batch();
      const { operations } = request.request.body as { operations: unknown[] };
      expect(operations.length).toBe(40);
      request.flush({ results: operations.map(() => ({ status: 201 })) });
      await created;
      http.verify();
    });

    it('fail aloud when some were refused', async () => {
      const refused = { status: 507, error: { detail: 'Redis is full.' } };
      batch().flush({ results: [{ status: 201 }, refused] });
      await expectAsync(created).toBeRejectedWithError('1 of 2 were refused: Redis is full.');
    });
  });
});
