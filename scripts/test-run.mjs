import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import { findChromium } from './chromium.mjs';
import { installDependencies } from './dependencies.mjs';
import { nodeEnv, nodePath } from './node-runtime.mjs';
import { watchNpm } from './parents.mjs';
import { ROOT } from './paths.mjs';
import { Processes } from './processes.mjs';
import { findPrograms } from './programs.mjs';
import { Refusal, reportRefusal } from './refusal.mjs';
import { runSuite } from './suite.mjs';

/**
 * @typedef {import('./suite.mjs').Suite} Suite
 * @typedef {import('./suite.mjs').Figures} Figures
 */

const JASMINE = join(ROOT, 'node_modules/jasmine/bin/jasmine.js');
const REPORT = `--helper=${join(ROOT, 'scripts/jasmine-results.mjs')}`;
const TYPESCRIPT = ['--import', 'tsx'];

/** In the order in which they run. @type {Record<string, Suite>} */
const SUITES = {
  lint: { cwd: '.', args: ['scripts/lint.mjs'], withinMs: 300_000 },
  scripts: { cwd: '.', args: [JASMINE, REPORT, '--config=scripts/jasmine.json'], withinMs: 300_000 },
  backend: {
    cwd: 'backend',
    args: [...TYPESCRIPT, JASMINE, REPORT, '--config=jasmine.json'],
    withinMs: 480_000,
  },
  frontend: {
    cwd: 'frontend',
    args: [
      join(ROOT, 'node_modules/@angular/cli/bin/ng.js'),
      'test',
      '--runner-config=../scripts/karma.conf.cjs',
      '--no-progress',
    ],
    withinMs: 480_000,
  },
  e2e: { cwd: 'e2e', args: [...TYPESCRIPT, JASMINE, REPORT, '--config=jasmine.json'], withinMs: 480_000 },
};

/** @param {string} line */
const say = (line) => console.log(line);

/**
 * Installs what is missing, builds what has changed, runs the suites, and ends with `N passed, N failed`.
 * @param {string[]} names all suites, unless given
 */
export async function runTests(names) {
  const processes = new Processes();
  const stop = () => {
    process.exitCode = 130;
    void processes.stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  const unwatch = watchNpm(stop);
  const results = mkdtempSync(join(tmpdir(), 'lapse-test-'));
  try {
    const chosen = names.length > 0 ? names : Object.keys(SUITES);
    const unknown = chosen.filter((name) => !(name in SUITES));
    if (unknown.length > 0) {
      throw new Refusal(`There is no suite "${unknown[0]}": ${Object.keys(SUITES).join(', ')}.`);
    }
    const env = await prepare(processes);
    /** @type {Map<string, Figures & { ms: number }>} */
    const figures = new Map();
    for (const name of chosen) {
      say(`\n── ${name} ${'─'.repeat(70 - name.length)}\n`);
      const began = performance.now();
      const suite = /** @type {Suite} */ (SUITES[name]);
      const outcome = await runSuite(name, suite, { processes, env, results: join(results, name), say });
      if (processes.stopping) return;
      figures.set(name, { ...outcome, ms: performance.now() - began });
    }
    summarize(figures);
  } catch (error) {
    if (processes.stopping) return;
    reportRefusal(error);
    // What kept the tests from running is a failure too.
    say('\n0 passed, 1 failed');
  } finally {
    unwatch();
    await processes.stop();
    rmSync(results, { recursive: true, force: true });
  }
}

/**
 * @param {Processes} processes
 * @returns {Promise<NodeJS.ProcessEnv>} of every suite
 */
async function prepare(processes) {
  await installDependencies(processes, say);
  const node = nodePath();
  await findPrograms(['redis', 'nginx'], processes, say);
  const chromium = await findChromium(node, processes, say);
  await build(processes, say);
  const colours = process.stdout.isTTY ? {} : { NO_COLOR: '1' };
  return { ...nodeEnv(node), ...colours, CHROME_BIN: chromium };
}

/** @param {Map<string, Figures & { ms: number }>} figures */
function summarize(figures) {
  say(`\n${'─'.repeat(74)}\n`);
  for (const [name, { passed, failed, skipped, ms }] of figures) {
    const left = skipped > 0 ? `, ${skipped} skipped` : '';
    say(
      `${name.padEnd(10)} ${`${passed} passed, ${failed} failed${left}`.padEnd(44)} ${(ms / 1000).toFixed(1)} s`,
    );
  }
  const sum = (/** @type {'passed' | 'failed'} */ key) =>
    [...figures.values()].reduce((all, one) => all + one[key], 0);
  if (sum('failed') > 0) process.exitCode = 1;
  say(`\n${sum('passed')} passed, ${sum('failed')} failed`);
}
