import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';

const SCRIPT = join(ROOT, 'scripts/guard.sh');

/** Holds the pipe of guard.sh: whatever is watched ends with this process, even when this process is killed. */
export class Guard {
  #shell;

  constructor() {
    // A session of its own: what ends the starter's process group must not end the guard with it.
    this.#shell = spawn('/bin/sh', [SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    this.#shell.stdin.on('error', () => undefined);
    this.#shell.unref();
    /** @type {any} */ (this.#shell.stdin).unref?.();
  }

  get pid() {
    return this.#shell.pid;
  }

  /** @param {number} pid of the leader of a process group */
  watch(pid) {
    this.#shell.stdin.write(`+${pid}\n`);
  }

  /** @param {number} pid */
  forget(pid) {
    this.#shell.stdin.write(`-${pid}\n`);
  }

  /** Nothing runs any more. @returns {Promise<void>} once the guard has gone too */
  close() {
    return new Promise((settle) => {
      if (this.#shell.exitCode !== null || this.#shell.signalCode !== null) return settle();
      this.#shell.once('exit', () => settle());
      this.#shell.ref();
      this.#shell.stdin.end();
    });
  }
}
