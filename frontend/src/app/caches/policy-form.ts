import { type SchemaPathTree, validate } from '@angular/forms/signals';
import { CACHE_NAME, type Cache, type CachePolicy, DEFAULT_POLICY, LIMITS } from '@lapse/protocol';
import {
  type ByteAmount,
  type DurationAmount,
  amountBytes,
  amountMs,
  byteAmount,
  durationAmount,
} from '../forms/amount.js';

const MOST_ENTRIES = 1_000_000_000;
const MOST_BYTES = 1_000_000_000_000;
const MOST_HISTORY = 1_000_000;

/** A cache's policy as it is typed. */
export interface PolicyDraft {
  name: string;
  maxEntries: number | null;
  maxBytes: ByteAmount;
  defaultTtl: DurationAmount;
  maxTtl: DurationAmount;
  sliding: boolean;
  history: number | null;
}

export function policyDraft(cache: Cache | undefined): PolicyDraft {
  const policy = cache ?? DEFAULT_POLICY;
  return {
    name: cache?.name ?? '',
    maxEntries: policy.maxEntries,
    maxBytes: byteAmount(policy.maxBytes),
    defaultTtl: durationAmount(policy.defaultTtlMs),
    maxTtl: durationAmount(policy.maxTtlMs, 'h'),
    sliding: policy.sliding,
    history: policy.history,
  };
}

export function policyOf(draft: PolicyDraft): CachePolicy {
  return {
    maxEntries: draft.maxEntries,
    maxBytes: amountBytes(draft.maxBytes),
    defaultTtlMs: amountMs(draft.defaultTtl),
    maxTtlMs: amountMs(draft.maxTtl),
    sliding: draft.sliding,
    history: draft.history ?? DEFAULT_POLICY.history,
  };
}

/** @param taken whether a cache of that name exists; absent where the name is not to be typed. */
export function policyRules(path: SchemaPathTree<PolicyDraft>, taken?: (name: string) => boolean): void {
  if (taken) {
    validate(path.name, ({ value }) => wrong(nameFault(value(), taken)));
  }
  validate(path.maxEntries, ({ value }) => wrong(numberFault(value(), 1, MOST_ENTRIES, 'entries')));
  validate(path.maxBytes.amount, ({ valueOf }) => {
    return wrong(numberFault(amountBytes(valueOf(path.maxBytes)), 1, MOST_BYTES, 'bytes'));
  });
  validate(path.defaultTtl.amount, ({ valueOf }) => {
    const ttl = amountMs(valueOf(path.defaultTtl));
    const longest = amountMs(valueOf(path.maxTtl));
    if (ttl !== null && longest !== null && ttl > longest) return wrong('Longer than the longest ttl.');
    return wrong(numberFault(ttl, 1, LIMITS.ttlMs, 'milliseconds'));
  });
  validate(path.maxTtl.amount, ({ valueOf }) => {
    return wrong(numberFault(amountMs(valueOf(path.maxTtl)), 1, LIMITS.ttlMs, 'milliseconds'));
  });
  validate(path.history, ({ value }) => {
    return wrong(
      value() === null ? 'How many events to keep?' : numberFault(value(), 0, MOST_HISTORY, 'events'),
    );
  });
}

function wrong(message: string | undefined): { kind: string; message: string } | undefined {
  return message === undefined ? undefined : { kind: 'policy', message };
}

function nameFault(name: string, taken: (name: string) => boolean): string | undefined {
  if (name === '') return 'A cache needs a name.';
  if (!CACHE_NAME.test(name)) {
    return 'Up to 64 of a–z, 0–9, dot, dash and underscore, beginning with a letter or digit.';
  }
  return taken(name) ? `There is a cache named ${name} already.` : undefined;
}

function numberFault(value: number | null, least: number, most: number, what: string): string | undefined {
  if (value === null) return undefined;
  if (!Number.isInteger(value)) return `A whole number of ${what}, please.`;
  if (value < least) return `At least ${least}.`;
  return value > most ? `At most ${most.toLocaleString('en')} ${what}.` : undefined;
}
