import type { CachePolicy } from '@lapse/protocol';
import { bytesText } from '../forms/amount.js';
import { durationText } from '../time/duration.js';

/** A policy in a few words each: only what differs from no policy at all. */
export function policyText(policy: CachePolicy): string[] {
  const { maxEntries, maxBytes, defaultTtlMs, maxTtlMs, sliding } = policy;
  return [
    maxEntries === null
      ? ''
      : `at most ${maxEntries.toLocaleString('en')} ${maxEntries === 1 ? 'entry' : 'entries'}`,
    maxBytes === null ? '' : `at most ${bytesText(maxBytes)}`,
    defaultTtlMs === null ? '' : `ttl ${durationText(defaultTtlMs)}`,
    maxTtlMs === null ? '' : `longest ttl ${durationText(maxTtlMs)}`,
    sliding ? 'sliding' : '',
  ].filter((part) => part !== '');
}
