import type { LapseEvent } from '@lapse/protocol';
import type { Fault, Span } from '../evidence.js';
import type { Findings } from './findings.js';

/** The latest that anything expires while Redis is there: whoever swept was killed, and another has to notice. */
export const LATE_MS = 3_000;

/** Faults after which the work of expiry has to pass to another backend. */
const HANDING_OVER = ['backend killed', 'backend stopped for a while', 'all other connections killed'];
const HANDOVER_MS = 2_100;

/** No `expired` is later than 3 s, but for the time that Redis was away and for one handover more where two met. */
export function checkPunctuality(
  cache: string,
  events: readonly LapseEvent[],
  { faults, outages }: { faults: readonly Fault[]; outages: readonly Span[] },
  findings: Findings,
): void {
  for (const event of events) {
    if (event.type !== 'expired') continue;
    const at = Date.parse(event.at);
    const due = Date.parse(event.expiresAt as string);
    const away = outages.reduce((sum, span) => sum + overlap(span, { from: due, to: at }), 0);
    const handovers = faults.filter(
      ({ kind, from }) => HANDING_OVER.includes(kind) && from >= due - HANDOVER_MS && from <= at,
    );
    const allowed = LATE_MS + away + Math.max(0, handovers.length - 1) * HANDOVER_MS;
    findings.expect(at - due <= allowed, {
      rule: 'nothing expires more than 3 s late while Redis is there',
      cache,
      key: event.key,
      t: at,
      seen: () => `${JSON.stringify(event)}; allowed ${Math.round(allowed)} ms`,
    });
  }
}

function overlap(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));
}
