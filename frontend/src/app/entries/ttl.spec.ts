import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { form } from '@angular/forms/signals';
import { type TtlDraft, ttlDraft, ttlOf, ttlRules } from './ttl.js';

describe('a ttl', () => {
  it('is left to the cache, absent, kept or counted in milliseconds', () => {
    expect(ttlOf(ttlDraft('default'), 7)).toBeUndefined();
    expect(ttlOf(ttlDraft('none'), 7)).toBeNull();
    expect(ttlOf(ttlDraft('keep'), 7)).toBe(7);
    expect(ttlOf(ttlDraft('keep'), null)).toBeNull();
    expect([ttlOf(ttlDraft('10s'), 0), ttlOf(ttlDraft('1m'), 0), ttlOf(ttlDraft('1h'), 0)]).toEqual([
      10_000, 60_000, 3_600_000,
    ]);
    expect(ttlOf({ choice: 'custom', custom: { amount: 1.5, unit: 's' } }, 0)).toBe(1500);
  });

  function faults(draft: TtlDraft, maxTtlMs: number | null = null): (string | undefined)[] {
    const tree = TestBed.runInInjectionContext(() =>
      form(signal(draft), (path) => ttlRules(path, () => maxTtlMs)),
    );
    return [...tree.choice().errors(), ...tree.custom.amount().errors()].map(({ message }) => message);
  }

  it('must be at least a millisecond and at most a hundred years', () => {
    expect(faults({ choice: 'custom', custom: { amount: null, unit: 's' } })).toEqual(['How long?']);
    expect(faults({ choice: 'custom', custom: { amount: 0, unit: 's' } })).toEqual([
      'At least one millisecond.',
    ]);
    expect(faults({ choice: 'custom', custom: { amount: -5, unit: 's' } })).toEqual([
      'At least one millisecond.',
    ]);
    expect(faults({ choice: 'custom', custom: { amount: 36_501, unit: 'd' } })).toEqual([
      'At most 100 years.',
    ]);
    expect(faults({ choice: 'custom', custom: { amount: 36_500, unit: 'd' } })).toEqual([]);
  });

  it('may not exceed what the policy of the cache allows', () => {
    expect(faults(ttlDraft('1m'), 60_000)).toEqual([]);
    expect(faults(ttlDraft('1h'), 60_000)).toEqual(['Nothing in this cache may live longer than 1 m.']);
    expect(faults(ttlDraft('none'), 60_000)).toEqual(['Nothing in this cache may live longer than 1 m.']);
    expect(faults({ choice: 'custom', custom: { amount: 2, unit: 'm' } }, 60_000)).toEqual([
      'At most 1 m in this cache.',
    ]);
  });

  it('does not mind what was typed beside the choice that counts', () => {
    expect(faults({ choice: '10s', custom: { amount: -1, unit: 's' } })).toEqual([]);
  });
});
