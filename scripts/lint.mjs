// `npm run lint`: rules, format and types, each a check of its own. (The frontend's types are checked by its build.)
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeEnv, nodePath } from './node-runtime.mjs';
import { ROOT } from './paths.mjs';
import { Processes } from './processes.mjs';

/** @type {[name: string, args: string[]][]} */
const CHECKS = [
  ['eslint', ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings=0']],
  ['prettier', ['node_modules/prettier/bin/prettier.cjs', '--check', '.']],
  ...['protocol', 'backend', 'e2e', 'scripts']
    .filter((part) => existsSync(join(ROOT, part, 'tsconfig.json')))
    .map(
      (part) =>
        /** @type {[string, string[]]} */ ([`tsc ${part}`, ['node_modules/typescript/bin/tsc', '-p', part]]),
    ),
];

const node = nodePath();
const processes = new Processes();
const results = { passed: 0, failed: 0, skipped: 0 };

for (const [name, args] of CHECKS) {
  const { code, output } = await processes.run(name, node, args, {
    cwd: ROOT,
    env: nodeEnv(node),
    keepLines: 400,
  });
  console.log(`${code === 0 ? 'passed' : 'FAILED'}  ${name}`);
  if (code === 0) results.passed += 1;
  else {
    results.failed += 1;
    process.exitCode = 1;
    console.log(output);
  }
}
await processes.stop();
if (process.env.LAPSE_RESULTS) writeFileSync(process.env.LAPSE_RESULTS, JSON.stringify(results));
