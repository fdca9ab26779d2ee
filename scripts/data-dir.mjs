import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processOf, stillRuns } from './process-table.mjs';
import { Refusal } from './refusal.mjs';

const LOCK = 'starter.json';
/** A killed starter's guard needs a moment to end what was left running. */
const GUARD_PATIENCE_MS = 20_000;
/** One that is stopping needs a moment too: npm has given the prompt back by then, and people start again at once. */
const OWNER_PATIENCE_MS = 5_000;

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
  const mine = JSON.stringify({ ...processOf(process.pid), guard: guardPid && processOf(guardPid) });
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, mine);
    // A link appears whole or not at all, and fails where another starter was quicker.
    linkSync(draft, path);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') throw inUse(dataDir);
    throw unusable(dataDir, error);
  } finally {
    rmSync(draft, { force: true });
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
  if (!lock) return rmSync(path, { force: true });
  await gone(lock, OWNER_PATIENCE_MS, dataDir);
  if (lock.guard) await gone(lock.guard, GUARD_PATIENCE_MS, dataDir);
  rmSync(path, { force: true });
}

/**
 * @param {Entry} entry
 * @param {number} withinMs
 * @param {string} dataDir
 */
async function gone(entry, withinMs, dataDir) {
  const deadline = Date.now() + withinMs;
  while (stillRuns(entry)) {
    if (Date.now() > deadline) throw inUse(dataDir, entry.pid);
    await sleep(50);
  }
}

/**
 * @typedef {import('./process-table.mjs').Entry} Entry
 * @param {string} path
 * @returns {Entry & { guard?: Entry } | undefined} undefined also for a file that nobody could have meant
 */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
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
