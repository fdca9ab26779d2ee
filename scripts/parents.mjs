import { processOf } from './process-table.mjs';

const EVERY_MS = 500;

/**
 * Calls back when the npm that runs this script is gone: a SIGTERM or SIGKILL to npm never reaches what it runs.
 * Does nothing when the script was not run by npm.
 * @param {() => void} gone
 * @returns {() => void} stops watching
 */
export function watchNpm(gone) {
  if (!process.env.npm_lifecycle_event) return () => undefined;
  const parent = processOf(process.ppid);
  // npm runs a script by a shell, which some systems keep in between and others replace.
  const isShell = /^-?(da|ba|z|k|a)?sh$/.test(parent?.name ?? '');
  const timer = setInterval(() => {
    const isOrphan =
      process.ppid !== parent?.pid || (isShell && processOf(parent.pid)?.parent !== parent.parent);
    if (!isOrphan) return;
    clearInterval(timer);
    gone();
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
