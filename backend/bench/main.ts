// `npm run bench [-- name…] [--quick] [--rounds=5]`: see docs/performance.md.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Scale, type Bench } from './rig/bench.js';
import { machine, table, type Report } from './rig/report.js';
import { Stand } from './rig/stand.js';
import { burst } from './burst.js';
import { fanOut } from './fan-out.js';
import { growth } from './growth.js';
import { lag } from './lag.js';
import { memory } from './memory.js';
import { rest } from './rest.js';
import { resume } from './resume.js';
import { start } from './start.js';
import { ui } from './ui.js';

const BENCHES: Record<string, Bench> = {
  ...{ lag, burst, 'fan-out': fanOut, rest, memory, resume, growth, start, ui },
};

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const args = process.argv.slice(2);
const names = args.filter((arg) => !arg.startsWith('--'));
const flags = new Map(
  args
    .filter((arg) => arg.startsWith('--'))
    .map((arg): [string, string] => [/^--([^=]*)/.exec(arg)![1]!, arg.split('=')[1] ?? '']),
);
const quick = flags.has('quick');
const scale = new Scale(quick, Number(flags.get('rounds') || (quick ? 1 : 5)));

const unknown = [
  ...names.filter((name) => !(name in BENCHES)),
  ...[...flags.keys()].filter((flag) => flag !== 'quick' && flag !== 'rounds').map((flag) => `--${flag}`),
];
if (unknown.length > 0 || !(scale.rounds >= 1)) {
  console.error(`bench: ${unknown.join(', ')} is not known. There are: ${Object.keys(BENCHES).join(' ')}`);
  process.exit(2);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

execFileSync('npm', ['run', 'build', '-w', 'backend', '--silent'], {
  cwd: ROOT,
  stdio: ['ignore', 'ignore', 'inherit'],
});

const report: Report = { at: new Date().toISOString(), quick, machine: machine(), benches: [] };
console.log(
  Object.entries(report.machine)
    .map((pair) => pair.join(' '))
    .join(' · '),
);
const began = performance.now();
for (const [name, bench] of Object.entries(BENCHES)) {
  if (names.length > 0 && !names.includes(name)) continue;
  console.log(`\n## ${name}\n${bench.about}\n`);
  const stand = new Stand();
  const start = performance.now();
  try {
    const figures = await bench.run(stand, scale);
    console.log(table(figures));
    const seconds = Math.round((performance.now() - start) / 1000);
    report.benches.push({ name, about: bench.about, seconds, figures });
    if (figures.some(({ failed }) => failed !== undefined)) process.exitCode = 1;
  } finally {
    await stand.end();
  }
}
writeFileSync(`${ROOT}bench-results.json`, `${JSON.stringify(report, undefined, 2)}\n`);
console.log(`\n${Math.round((performance.now() - began) / 1000)} s; figures in bench-results.json`);
process.exit();
