import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const EVERY_MS = 500;

/**
 * Calls back when the npm that runs this script is gone: a SIGTERM or SIGKILL to npm never reaches what it runs.
 * Does nothing when the script was not run by npm.
 * @param {() => void} gone
 * @returns {() => void} stops watching
 */
export function watchNpm(gone) {
  if (!process.env.npm_lifecycle_event) return () => undefined;
  const parent = process.ppid;
  // npm runs a script by a shell, which some systems keep in between and others replace.
  const grandparent = isShell(parent) ? parentOf(parent) : undefined;
  const timer = setInterval(() => {
    const orphaned = process.ppid !== parent;
    if (!orphaned && (grandparent === undefined || parentOf(parent) === grandparent)) return;
    clearInterval(timer);
    gone();
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** @param {number} pid */
function isShell(pid) {
  return /(^|\/)-?(da|ba|z|k|a)?sh$/.test(describe(pid, 'comm'));
}

/** @param {number} pid */
function parentOf(pid) {
  return describe(pid, 'ppid');
}

/**
 * @param {number} pid
 * @param {'comm' | 'ppid'} what
 */
function describe(pid, what) {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', `${what}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = stat.lastIndexOf(')');
    return what === 'comm'
      ? stat.slice(stat.indexOf('(') + 1, end)
      : (stat.slice(end + 2).split(' ')[1] ?? '');
  } catch {
    return '';
  }
}
