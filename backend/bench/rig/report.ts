import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import type { Figure } from './figure.js';
import type { Spread } from './spread.js';

export interface Report {
  at: string;
  quick: boolean;
  machine: Record<string, string>;
  benches: { name: string; about: string; seconds: number; figures: Figure[] }[];
}

/** What absolute figures depend on. */
export function machine(): Record<string, string> {
  const models = cpus().map(({ model }) => model);
  return {
    cpu: `${models.length} × ${models[0] ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: release(),
    node: process.version,
    redis: /v=(\S+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1] ?? '?',
    loadBefore: loadavg()[0]!.toFixed(2),
  };
}

const COLUMNS = ['', 'Lapse', 'baseline', 'times better', 'to reach', ''];

/** A bench's figures as a table, in Markdown. */
export function table(figures: readonly Figure[]): string {
  const rows = [COLUMNS, ...figures.map(rowOf)];
  const widths = COLUMNS.map((_, column) =>
    Math.max(3, ...rows.map((row) => (row[column] as string).length)),
  );
  const line = (row: string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] as number)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(rows[0] as string[]), rule, ...rows.slice(1).map(line)].join('\n');
}

function rowOf({ name, unit, lapse, baseline, target, failed }: Figure): string[] {
  if (failed !== undefined) return [name, `CHECK FAILED: ${failed}`, '', '', '', ''];
  return [
    name,
    lapse ? text(lapse, unit) : '',
    baseline ? `${baseline.name}: ${text(baseline.value, unit)}` : '',
    baseline?.ratio ? text(baseline.ratio, '×') : '',
    target?.says ?? '',
    target ? (target.reached ? 'yes' : 'NO') : '',
  ];
}

function text({ median, min, max }: Spread, unit: string): string {
  const space = unit === '×' ? '' : ' ';
  return `${short(median)}${space}${unit} (${short(min)}–${short(max)})`;
}

/** Three digits that count. */
function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return Number(value.toFixed(digits)).toLocaleString('en');
}
