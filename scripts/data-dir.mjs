import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from './refusal.mjs';

const LOCK = 'starter.json';
/** A killed starter's guard needs a moment to end what was left running. */
const GUARD_PATIENCE_MS = 20_000;

/**
 * Makes the directory and takes it for this process: two starters on one DATA_DIR would be two servers on one file.
 * A lock whose owner is dead does not count.
 * @param {string} dataDir
 * @param {number | undefined} guardPid of what ends this process's leftovers should it be killed
 * @returns {Promise<{ release(): void }>}
 * @throws {Refusal}
 */
export async function takeDataDir(dataDir, guardPid) {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable(dataDir, error);
  }
  const path = join(dataDir, LOCK);
  await refuseWhileHeld(path, dataDir);
  const mine = JSON.stringify({
    pid: process.pid,
    startedAt: startOf(process.pid),
    guard: guardPid && { pid: guardPid, startedAt: startOf(guardPid) },
  });
  try {
    // "wx" fails where another starter was quicker.
    writeFileSync(path, mine, { flag: 'wx' });
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') throw inUse(dataDir);
    throw unusable(dataDir, error);
  }
  return {
    release: () => {
      if (readLock(path)?.pid === process.pid) rmSync(path, { force: true });
    },
  };
}

/**
 * @param {string} path
 * @param {string} dataDir
 */
async function refuseWhileHeld(path, dataDir) {
  const lock = readLock(path);
  if (!lock) return;
  if (isAlive(lock)) throw inUse(dataDir, lock.pid);
  const deadline = Date.now() + GUARD_PATIENCE_MS;
  while (lock.guard && isAlive(lock.guard)) {
    if (Date.now() > deadline) throw inUse(dataDir, lock.guard.pid);
    await sleep(100);
  }
  rmSync(path, { force: true });
}

/**
 * @typedef {{ pid: number, startedAt: string | undefined }} Owner
 * @param {string} path
 * @returns {Owner & { guard?: Owner } | undefined}
 */
function readLock(path) {
  try {
    const lock = JSON.parse(readFileSync(path, 'utf8'));
    return typeof lock?.pid === 'number' ? lock : { pid: 0, startedAt: undefined };
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return undefined;
    return { pid: 0, startedAt: undefined };
  }
}

/** A pid alone may long be another program's: it counts only with the time at which it began. @param {Owner} owner */
function isAlive({ pid, startedAt }) {
  if (!pid || pid === process.pid) return false;
  const now = startOf(pid);
  return now !== undefined && now === startedAt;
}

/**
 * When a process began, in whatever form the system tells it.
 * @param {number} pid
 * @returns {string | undefined} undefined when there is no such process
 */
function startOf(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const [state] = fields;
      return state === 'Z' || state === 'X' ? undefined : fields[19];
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} dataDir
 * @param {number} [pid]
 */
function inUse(dataDir, pid) {
  const by = pid ? ` (process ${pid})` : '';
  return new Refusal(
    `DATA_DIR: Lapse already runs on ${dataDir}${by}. Stop it, or set DATA_DIR to another directory.`,
  );
}

/**
 * @param {string} dataDir
 * @param {unknown} error
 */
function unusable(dataDir, error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  return new Refusal(`DATA_DIR: ${dataDir} cannot be made or written to (${code ?? message}).`);
}
