import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { form } from '@angular/forms/signals';
import { DEFAULT_POLICY } from '@lapse/protocol';
import { cache } from '../../testing/samples.js';
import { type PolicyDraft, policyDraft, policyOf, policyRules } from './policy-form.js';
import { policyText } from './policy-text.js';

describe('a policy form', () => {
  const policy = {
    maxEntries: 1000,
    maxBytes: 5 * 1024 * 1024,
    defaultTtlMs: 1_800_000,
    maxTtlMs: 86_400_000,
    sliding: true,
    history: 50,
  };

  function faults(change: Partial<PolicyDraft>, taken: (name: string) => boolean = () => false): string[] {
    const draft = { ...policyDraft(undefined), name: 'fine', ...change };
    const tree = TestBed.runInInjectionContext(() => form(signal(draft), (path) => policyRules(path, taken)));
    return tree()
      .errorSummary()
      .map(({ message }) => message ?? '');
  }

  it('gives back the policy that it was filled with', () => {
    expect(policyOf(policyDraft(cache('c', policy)))).toEqual(policy);
    expect(policyOf(policyDraft(undefined))).toEqual(DEFAULT_POLICY);
  });

  it('takes empty for no bound', () => {
    expect(faults({})).toEqual([]);
    expect(policyOf(policyDraft(undefined)).maxEntries).toBeNull();
  });

  it('knows what can be a name', () => {
    for (const name of ['a', '0.a-b_c', 'x'.repeat(64)])
      expect(faults({ name })).withContext(name).toEqual([]);
    for (const name of ['', 'A', '-a', 'a b', 'x'.repeat(65)])
      expect(faults({ name }).length).withContext(name).toBe(1);
    expect(faults({ name: 'c' }, (name) => name === 'c')).toEqual(['There is a cache named c already.']);
  });

  it('refuses numbers that the server would refuse', () => {
    expect(faults({ maxEntries: 0 })).toEqual(['At least 1.']);
    expect(faults({ maxEntries: 1.5 })).toEqual(['A whole number of entries, please.']);
    expect(faults({ maxBytes: { amount: 1000, unit: 'GiB' } })).toEqual(['At most 1,000,000,000,000 bytes.']);
    expect(faults({ history: null })).toEqual(['How many events to keep?']);
    expect(faults({ history: 1_000_001 })).toEqual(['At most 1,000,000 events.']);
    expect(faults({ history: 0 })).toEqual([]);
  });

  it('refuses a default ttl above the longest', () => {
    const longer = { defaultTtl: { amount: 2, unit: 'h' }, maxTtl: { amount: 60, unit: 'm' } } as const;
    expect(faults(longer)).toEqual(['Longer than the longest ttl.']);
  });

  it('says a policy in a few words', () => {
    expect(policyText(policy)).toEqual([
      'at most 1,000 entries',
      'at most 5.0 MiB',
      'ttl 30 m',
      'longest ttl 1 d',
      'sliding',
    ]);
    expect(policyText(DEFAULT_POLICY)).toEqual([]);
  });
});
