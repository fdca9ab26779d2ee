import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { findPrograms } from './programs.mjs';
import { Refusal } from './refusal.mjs';

/**
 * A Chromium for the tests: the one of this machine, or of its package manager, or else (Ubuntu packages none that
 * runs without snap) the one that Playwright brings.
 * @param {string} node
 * @param {import('./processes.mjs').Processes} processes
 * @param {(line: string) => void} say
 * @returns {Promise<string>} its path
 */
export async function findChromium(node, processes, say) {
  try {
    return (await findPrograms(['chromium'], processes, say)).chromium;
  } catch (error) {
    if (!(error instanceof Refusal) || process.env.CHROME_BIN) throw error;
    const { chromium } = createRequire(join(ROOT, 'e2e/package.json'))('playwright-core');
    const path = chromium.executablePath();
    if (existsSync(path)) return path;
    say('Installing Chromium by Playwright…');
    const withLibraries = process.platform === 'linux' && process.getuid?.() === 0 ? ['--with-deps'] : [];
    const cli = join(ROOT, 'node_modules/playwright-core/cli.js');
    await processes.run('playwright install', node, [cli, 'install', ...withLibraries, 'chromium'], {
      cwd: ROOT,
    });
    if (!existsSync(path)) throw error;
    return path;
  }
}
