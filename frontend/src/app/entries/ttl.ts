import { type SchemaPathTree, validate } from '@angular/forms/signals';
import { LIMITS } from '@lapse/protocol';
import { type DurationAmount, amountMs } from '../forms/amount.js';
import { durationText } from '../time/duration.js';

/** `keep`: what is left of the present ttl; `default`: whatever the cache's policy says. */
export type TtlChoice = 'keep' | 'default' | '10s' | '1m' | '1h' | 'custom' | 'none';

/** A ttl as it is chosen or typed. */
export interface TtlDraft {
  choice: TtlChoice;
  custom: DurationAmount;
}

const FIXED: Readonly<Partial<Record<TtlChoice, number | null>>> = {
  '10s': 10_000,
  '1m': 60_000,
  '1h': 3_600_000,
  none: null,
};

/** What a renewal is asked for in one click. */
export const RENEWALS: readonly { word: string; ttlMs: number | null }[] = [
  { word: 'For 10 seconds', ttlMs: 10_000 },
  { word: 'For 1 minute', ttlMs: 60_000 },
  { word: 'For 1 hour', ttlMs: 3_600_000 },
  { word: 'Without a deadline', ttlMs: null },
];

export function ttlDraft(choice: TtlChoice): TtlDraft {
  return { choice, custom: { amount: 5, unit: 'm' } };
}

/** The ttl to send: undefined leaves it to the cache's default, null means no deadline. */
export function ttlOf(draft: TtlDraft, keptMs: number | null): number | null | undefined {
  if (draft.choice === 'default') return undefined;
  if (draft.choice === 'keep') return keptMs;
  if (draft.choice === 'custom') return amountMs(draft.custom);
  return FIXED[draft.choice];
}

/** @param maxTtlMs the longest ttl that the cache's policy allows. */
export function ttlRules(path: SchemaPathTree<TtlDraft>, maxTtlMs: () => number | null): void {
  validate(path.choice, ({ value }) => {
    const most = maxTtlMs();
    const ttl = FIXED[value()];
    if (most === null || ttl === undefined || (ttl !== null && ttl <= most)) return undefined;
    return fault(`Nothing in this cache may live longer than ${durationText(most)}.`);
  });
  validate(path.custom.amount, ({ valueOf }) => {
    if (valueOf(path.choice) !== 'custom') return undefined;
    return customFault(valueOf(path.custom), maxTtlMs());
  });
}

function customFault(custom: DurationAmount, most: number | null) {
  const ms = amountMs(custom);
  if (ms === null || Number.isNaN(ms)) return fault('How long?');
  if (ms < 1) return fault('At least one millisecond.');
  if (most !== null && ms > most) return fault(`At most ${durationText(most)} in this cache.`);
  return ms > LIMITS.ttlMs ? fault('At most 100 years.') : undefined;
}

function fault(message: string): { kind: string; message: string } {
  return { kind: 'ttl', message };
}
