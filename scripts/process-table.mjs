import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/**
 * What the system knows of a process.
 * @typedef {object} Entry
 * @property {number} pid
 * @property {number} parent
 * @property {string} name of its program, cut short by some systems
 * @property {string} startedAt in whatever form the system tells it: with the pid, it names one process for good
 */

/**
 * @param {number} pid
 * @returns {Entry | undefined} undefined when there is none, or when it is dead and only waits to be collected
 */
export function processOf(pid) {
  try {
    return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined;
  }
}

/** @param {Entry} known @returns {boolean} whether that very process still runs */
export function stillRuns({ pid, startedAt }) {
  const now = processOf(pid);
  return now !== undefined && now.startedAt === startedAt;
}

/** @param {number} root @returns {Entry[]} the process and all that descend from it */
export function familyOf(root) {
  const all = pids().flatMap((pid) => processOf(pid) ?? []);
  const family = new Set([root]);
  // A parent is usually older and listed first, but pids wrap around.
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  return all.filter(({ pid }) => family.has(pid));
}

function pids() {
  const words = process.platform === 'linux' ? readdirSync('/proc') : ps('-axo', 'pid=').split(/\s+/);
  return words.filter((word) => /^\d+$/.test(word)).map(Number);
}

/** @param {number} pid */
function fromProc(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name stands in brackets and may hold any of them.
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (/[ZX]/.test(fields[0] ?? '')) return undefined;
  return { pid, parent: Number(fields[1]), name, startedAt: fields[19] ?? '' };
}

/** @param {number} pid */
function fromPs(pid) {
  const match = /^\s*(\d+)\s+(\S+)\s+(\S+ +\S+ +\S+ +\S+ +\S+)\s+(.+)$/.exec(
    ps('-o', 'ppid=,stat=,lstart=,comm=', '-p', String(pid)).trimEnd(),
  );
  if (!match || match[2]?.startsWith('Z')) return undefined;
  const [, parent, , startedAt = '', command = ''] = match;
  return { pid, parent: Number(parent), name: command.slice(command.lastIndexOf('/') + 1), startedAt };
}

/** @param {string[]} args */
function ps(...args) {
  return execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}
