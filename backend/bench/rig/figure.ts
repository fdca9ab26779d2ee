import { spread, type Spread } from './spread.js';
import type { Runs } from './rounds.js';

/** One line of the table. */
export interface Figure {
  name: string;
  unit: string;
  lapse?: Spread;
  /** What it is measured against, and how many times better Lapse is, round by round. */
  baseline?: { name: string; value: Spread; ratio?: Spread };
  target?: { says: string; reached: boolean };
  /** What a check found wrong; there are no values then. */
  failed?: string;
}

interface FigureOptions {
  name: string;
  unit: string;
  /** Which of the measured values. */
  of: string;
  /** What counts as better. */
  better: 'less' | 'more';
  lapse: Runs;
  baseline?: { name: string; runs: Runs };
  target?: Target;
}

/** What is to be reached: by the value's own median, or by the ratio's. */
export interface Target {
  by: 'value' | 'ratio';
  says: string;
  holds: (median: number) => boolean;
}

export function figure({ name, unit, of, better, lapse, baseline, target }: FigureOptions): Figure {
  const fault = lapse.faults[0] ?? baseline?.runs.faults[0];
  if (fault !== undefined) return { name, unit, failed: fault };
  const ours = lapse.measured.map((run) => run[of] as number);
  const value = spread(ours);
  const theirs = baseline?.runs.measured.map((run) => run[of] as number);
  const ratios = theirs?.map((their, i) => ratio(better, ours[i] as number, their));
  return {
    name,
    unit,
    lapse: value,
    ...(baseline &&
      theirs &&
      ratios && { baseline: { name: baseline.name, value: spread(theirs), ratio: spread(ratios) } }),
    ...(target && {
      target: {
        says: target.says,
        reached: target.holds(target.by === 'value' ? value.median : spread(ratios ?? []).median),
      },
    }),
  };
}

function ratio(better: 'less' | 'more', ours: number, theirs: number): number {
  return better === 'less' ? theirs / ours : ours / theirs;
}

export const atMost = (most: number, unit: string): Target => ({
  by: 'value',
  says: `≤ ${most} ${unit}`,
  holds: (value) => value <= most,
});

export const atLeast = (least: number, unit: string): Target => ({
  by: 'value',
  says: `≥ ${least.toLocaleString('en')} ${unit}`,
  holds: (value) => value >= least,
});

export const times = (least: number): Target => ({
  by: 'ratio',
  says: `≥ ${least}×`,
  holds: (ratio) => ratio >= least,
});
