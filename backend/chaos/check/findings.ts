/** One broken promise: where, when, and what was seen. */
export interface Violation {
  /** Which promise, in a few words. */
  rule: string;
  cache: string;
  key?: string;
  /** When it showed, in ms since the epoch. */
  t: number;
  seen: string;
  /** The subscriber that it concerns alone. */
  subscriber?: string;
}

/** Gathers violations, and counts how often each promise was put to the test: one never tested proves nothing. */
export class Findings {
  readonly violations: Violation[] = [];
  readonly tested = new Map<string, number>();

  /** Notes that a promise was tested, and what was seen if it does not hold. */
  expect(holds: boolean, violation: Omit<Violation, 'seen'> & { seen: () => string }): void {
    const { rule } = violation;
    this.tested.set(rule, (this.tested.get(rule) ?? 0) + 1);
    if (!holds) this.violations.push({ ...violation, seen: violation.seen() });
  }

  /** The one that showed first: others often follow from it. */
  get first(): Violation | undefined {
    return this.violations.reduce<Violation | undefined>(
      (first, each) => (!first || each.t < first.t ? each : first),
      undefined,
    );
  }
}
