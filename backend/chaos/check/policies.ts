import type { CachePolicyBody, LapseEvent } from '@lapse/protocol';
import type { Call, Span } from '../evidence.js';
import { outcomeOf, spanOf } from './outcome.js';

interface Setting extends Span {
  policy: CachePolicyBody;
  sure: boolean;
}

/** Which policies a cache may have had at some moment, as far as its callers can know. */
export class Policies {
  private readonly settings: Setting[];

  constructor(
    calls: readonly Call[],
    events: readonly LapseEvent[],
    /** When Redis may have forgotten what was set. */
    private readonly forgetful: readonly Span[],
  ) {
    this.settings = calls
      .filter((call) => call.verb === 'policy' && ['done', 'unknown'].includes(outcomeOf(call)))
      .map((call) => ({ ...spanOf(call), policy: call.policy!, sure: outcomeOf(call) === 'done' }));
    for (const { type, at } of events) {
      if (type !== 'cleared') continue;
      const t = Date.parse(at);
      this.settings.push({ from: t, to: t, policy: {}, sure: true });
    }
  }

  /** All that may have held within a span. A setting is out once another one began after it and was done before. */
  within({ from, to }: Span): CachePolicyBody[] {
    const settled = this.settings.filter(
      (setting) =>
        setting.sure && setting.to < from && !this.forgetful.some((span) => overlap(span, setting)),
    );
    const lastBegan = Math.max(-Infinity, ...settled.map((setting) => setting.from));
    return this.settings
      .filter((setting) => setting.from <= to && setting.to >= lastBegan)
      .map(({ policy }) => policy);
  }

  maySlide(span: Span): boolean {
    return this.within(span).some(({ sliding }) => sliding);
  }
}

function overlap(a: Span, b: Span): boolean {
  return a.from <= b.to && b.from <= a.to;
}
