import { signal } from '@angular/core';
import { type ComponentFixture, TestBed } from '@angular/core/testing';
import { T0 } from '../../testing/samples.js';
import { Now } from '../live/now.js';
import { Countdown } from './countdown.js';

describe('a countdown', () => {
  const tenths = signal(T0);
  const seconds = signal(T0);
  let fixture: ComponentFixture<Countdown>;

  function show(deadline: number | null, since = T0): void {
    TestBed.configureTestingModule({ providers: [{ provide: Now, useValue: { tenths, seconds } }] });
    fixture = TestBed.createComponent(Countdown);
    fixture.componentRef.setInput('deadline', deadline);
    fixture.componentRef.setInput('since', since);
    pass(0);
  }

  function pass(ms: number): void {
    tenths.set(T0 + Math.floor(ms / 100) * 100);
    seconds.set(T0 + Math.floor(ms / 1000) * 1000);
    TestBed.tick();
  }

  const element = () => fixture.nativeElement as HTMLElement;
  const text = () => element().querySelector('.text')!.textContent;
  const bar = () => element().querySelector<HTMLElement>('.bar span')?.style.transform;

  it('ticks on the server clock', () => {
    show(T0 + 20_000);
    expect(text()).toBe('20.0 s');
    pass(7_300);
    expect(text()).toBe('12.7 s');
  });

  it('shrinks its bar from the beginning of the ttl to its end', () => {
    show(T0 + 15_000, T0 - 5_000);
    expect(bar()).toBe('scaleX(0.75)');
    pass(10_000);
    expect(bar()).toBe('scaleX(0.25)');
    pass(15_000);
    expect(bar()).toBe('scaleX(0)');
  });

  it('stands at nothing when the deadline has passed and no event has come yet', () => {
    show(T0 + 1_000);
    pass(9_000);
    expect(text()).toBe('0.0 s');
  });

  it('never shows more than the ttl, also where the clock is behind', () => {
    show(T0 + 10_200, T0 + 200);
    expect(text()).toBe('10.0 s');
    expect(bar()).toBe('scaleX(1)');
  });

  it('is marked when the end is near', () => {
    show(T0 + 20_000);
    expect(element().classList).not.toContain('soon');
    pass(10_000);
    expect(element().classList).toContain('soon');
  });

  it('says so where there is no deadline, and has no bar', () => {
    show(null);
    expect(text()).toBe('no deadline');
    expect(bar()).toBeUndefined();
  });
});
