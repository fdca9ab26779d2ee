import { provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed } from '@angular/core/testing';
import { Router, provideRouter } from '@angular/router';
import { provideFakeLive } from '../../testing/fake-live.js';
import { cache } from '../../testing/samples.js';
import { Caches } from './caches.js';
import { StartPage } from './start-page.js';

describe('the start page', () => {
  let http: HttpTestingController;
  let navigate: jasmine.Spy;

  function open(): HTMLElement {
    TestBed.configureTestingModule({
      providers: [provideHttpClient(), provideHttpClientTesting(), provideFakeLive(), provideRouter([])],
    });
    http = TestBed.inject(HttpTestingController);
    navigate = spyOn(TestBed.inject(Router), 'navigate').and.resolveTo(true);
    TestBed.inject(Caches);
    const fixture = TestBed.createComponent(StartPage);
    TestBed.tick();
    return fixture.nativeElement as HTMLElement;
  }

  const answer = (...items: ReturnType<typeof cache>[]) => {
    http.expectOne('/api/v1/caches').flush({ items });
    TestBed.tick();
  };
  const button = (element: HTMLElement) =>
    [...element.querySelectorAll('button')].find((one) => one.textContent!.includes('Create demo entries'))!;

  it('goes on to the first cache where there is one', () => {
    open();
    answer(cache('b'), cache('a'));
    expect(navigate).toHaveBeenCalledOnceWith(['/caches', 'a'], { replaceUrl: true });
  });

  it('fills the demo cache with one button and goes there', async () => {
    const element = open();
    answer();
    button(element).click();
    const batch = http.expectOne({ method: 'POST', url: '/api/v1/caches/demo/entries/batch' });
    batch.flush({ results: [{ status: 201 }] });
    await new Promise((done) => setTimeout(done));
    answer(cache('demo'));
    expect(navigate.calls.first().args).toEqual([['/caches', 'demo']]);
  });

  it('says when Lapse does not answer', () => {
    const element = open();
    http.expectOne('/api/v1/caches').flush(null, { status: 502, statusText: 'x' });
    TestBed.tick();
    expect(element.querySelector('[role=alert]')!.textContent).toContain('The backend does not answer');
  });
});
