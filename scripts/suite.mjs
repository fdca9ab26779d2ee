import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodePath } from './node-runtime.mjs';
import { ROOT } from './paths.mjs';

/**
 * A suite runs in a process of its own and leaves its figures in the file that LAPSE_RESULTS names.
 * @typedef {{ cwd: string, args: string[], withinMs: number }} Suite what Node runs, and where
 * @typedef {{ passed: number, failed: number, skipped: number }} Figures
 * @typedef {object} Surroundings
 * @property {import('./processes.mjs').Processes} processes
 * @property {NodeJS.ProcessEnv} env
 * @property {string} results path of the file for its figures
 * @property {(line: string) => void} say
 * @property {boolean} [show] whether its own output is shown; it is unless told otherwise
 */

/**
 * Runs a suite and believes nothing but its figures: one that crashed, took too long, ran nothing, or was not content
 * although no test failed, counts as a failure.
 * @param {string} name
 * @param {Suite} suite
 * @param {Surroundings} surroundings
 * @returns {Promise<Figures>}
 */
export async function runSuite(name, { cwd, args, withinMs }, { processes, env, results, say, show = true }) {
  const { code, how } = await processes.run(name, nodePath(), args, {
    cwd: join(ROOT, cwd),
    env: { ...env, LAPSE_RESULTS: results },
    show,
    withinMs,
  });
  const figures = readFigures(results);
  if (!figures) {
    say(`\n${name} ended ${how}, without results.`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const isWrong = figures.failed === 0 && (code !== 0 || figures.passed === 0);
  if (isWrong)
    say(`\n${name} ended ${how}, with ${figures.passed} passed and none failed: counted as a failure.`);
  return isWrong ? { ...figures, failed: 1 } : figures;
}

/** @param {string} path @returns {Figures | undefined} */
function readFigures(path) {
  try {
    const { passed, failed, skipped } = JSON.parse(readFileSync(path, 'utf8'));
    return [passed, failed, skipped].every(Number.isInteger) ? { passed, failed, skipped } : undefined;
  } catch {
    return undefined;
  }
}
