import { cpus } from 'node:os';
import { resumeStorm } from './resume-storm.js';
import { stalled } from './stalled.js';
import { takeover } from './takeover.js';

const MEASURES = { takeover, 'resume-storm': resumeStorm, stalled };

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const names = process.argv.slice(2);
for (const [name, measure] of Object.entries(MEASURES)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const { passed, report } = await measure();
  process.stdout.write(`${passed ? 'passed' : 'FAILED'}  ${name}: ${report}\n`);
  if (!passed) process.exitCode = 1;
}
process.stdout.write(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}\n`);
