import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemNodeEnv } from './node-runtime.mjs';
import { ROOT } from './paths.mjs';
import { Refusal } from './refusal.mjs';

/** @typedef {import('./processes.mjs').Processes} Processes */

/**
 * Installs the npm packages when what is installed is not what the lock file says.
 * @param {Processes} processes
 * @param {(line: string) => void} say
 */
export async function installDependencies(processes, say) {
  if (dependenciesAreInstalled()) return;
  say('Installing the npm packages (npm ci)…');
  const { code, output } = await processes.run(
    'npm ci',
    'npm',
    ['ci', '--include=dev', '--include=optional'],
    {
      cwd: ROOT,
      env: systemNodeEnv(),
    },
  );
  if (code !== 0) throw new Refusal(`npm ci failed:\n${output}`, 1);
}

/**
 * npm writes what it installed into node_modules/.package-lock.json once it is done: no stamp of our own is needed,
 * and an `npm install` by hand counts too.
 */
function dependenciesAreInstalled() {
  const installedPath = join(ROOT, 'node_modules/.package-lock.json');
  if (!existsSync(installedPath)) return false;
  const wanted = packagesOf(join(ROOT, 'package-lock.json'));
  const installed = packagesOf(installedPath);
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.optional || entry.devOptional) return true;
    const present = installed[path];
    return present?.version === entry.version && present?.integrity === entry.integrity;
  });
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }>}
 */
function packagesOf(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}
