import { parseArgs } from 'node:util';
import { check } from './check/check.js';
import { report } from './report.js';
import { MODES, run, type Mode } from './run.js';

const USAGE = `npm run chaos -- [--seed N] [--minutes M] [--mode ${MODES.join('|')}] [--backends N] [--writers N]`;

const options = {
  seed: { type: 'string', default: '1' },
  minutes: { type: 'string', default: '1' },
  mode: { type: 'string', default: 'kept' },
  backends: { type: 'string', default: '3' },
  writers: { type: 'string', default: '6' },
} as const;

/** @throws with one line that says what is wrong */
function readArguments() {
  const { values } = parseArgs({ options });
  const number = (name: 'seed' | 'minutes' | 'backends' | 'writers') => {
    const value = Number(values[name]);
    if (!(value > 0)) throw new Error(`--${name} must be a number above 0`);
    return value;
  };
  if (!MODES.includes(values.mode as Mode)) throw new Error(`--mode must be one of ${MODES.join(', ')}`);
  return {
    seed: number('seed'),
    ms: number('minutes') * 60_000,
    mode: values.mode as Mode,
    backends: number('backends'),
    writers: number('writers'),
    pauseMs: 25,
  };
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

try {
  const given = readArguments();
  const evidence = await run(given);
  const findings = check(evidence);
  process.stdout.write(report(given, evidence, findings));
  process.exitCode = findings.violations.length > 0 ? 1 : 0;
} catch (error) {
  process.stderr.write(`chaos: ${(error as Error).stack}\n${USAGE}\n`);
  process.exitCode = 2;
}
