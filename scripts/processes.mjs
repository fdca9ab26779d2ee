import { spawn } from 'node:child_process';
import { Guard } from './guard.mjs';

const LINES_KEPT = 60;

/**
 * @typedef {object} ProcessOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {boolean} [show] pass its output through; otherwise it is kept for the case of trouble
 * @property {number} [keepLines] how many of its last lines are kept
 * @property {number} [patienceMs] how long it may take to end when asked to
 * @property {number} [withinMs] how long it may run: after that it is ended
 */

/** One process and whatever it starts, in a process group of its own. */
export class Process {
  /** @type {string[]} */
  #lines = [];

  /**
   * @param {string} name for people
   * @param {import('node:child_process').ChildProcess} child
   * @param {ProcessOptions} options
   */
  constructor(name, child, { patienceMs = 5_000, keepLines = LINES_KEPT }) {
    this.name = name;
    this.keepLines = keepLines;
    this.pid = /** @type {number} */ (child.pid);
    this.patienceMs = patienceMs;
    this.ended = false;
    /** Settles when it has ended: how, in words. @type {Promise<{ code: number | null, how: string }>} */
    this.end = new Promise((settle) => {
      // What it started itself must not outlive it, nor keep its output open.
      child.once('exit', () => signal(-this.pid, 'SIGKILL'));
      child.once('close', (code, signalName) => {
        this.ended = true;
        settle({ code, how: signalName ? `by ${signalName}` : `with exit code ${code}` });
      });
      child.once('error', (error) => {
        this.ended = true;
        settle({ code: null, how: `before it began: ${error.message}` });
      });
    });
    child.stdout?.setEncoding('utf8').on('data', (text) => this.#keep(text));
    child.stderr?.setEncoding('utf8').on('data', (text) => this.#keep(text));
  }

  /** The last that it wrote, when that was not shown. */
  get lastWords() {
    return this.#lines.join('\n').trim();
  }

  /** @param {string} text */
  #keep(text) {
    const [first = '', ...rest] = text.split('\n');
    const open = this.#lines.pop() ?? '';
    this.#lines = [...this.#lines, open + first, ...rest].slice(-this.keepLines);
  }

  /** Asks it to end, and makes it after its patience. */
  async stop() {
    if (this.ended) return;
    signal(this.pid, 'SIGTERM');
    const timer = setTimeout(() => signal(-this.pid, 'SIGKILL'), this.patienceMs);
    await this.end;
    clearTimeout(timer);
  }

  kill() {
    if (!this.ended) signal(-this.pid, 'SIGKILL');
  }
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} name
 */
function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already.
  }
}

/** Everything that the starter runs, so that all of it ends with the starter, whichever way that ends. */
export class Processes {
  #guard = new Guard();
  /** @type {Process[]} */
  #running = [];
  #stopping = false;
  /** Called when a process ends that nobody asked to. @type {(process: Process, how: string) => void} */
  onUnexpectedEnd = () => undefined;

  get guardPid() {
    return this.#guard.pid;
  }

  get stopping() {
    return this.#stopping;
  }

  /**
   * Starts something that is to run until everything stops.
   * @param {string} name
   * @param {string} command
   * @param {string[]} args
   * @param {ProcessOptions} [options]
   */
  start(name, command, args, options = {}) {
    const process = this.#spawn(name, command, args, options);
    void process.end.then(({ how }) => {
      if (!this.#stopping) this.onUnexpectedEnd(process, how);
    });
    return process;
  }

  /**
   * Runs something to its end.
   * @param {string} name
   * @param {string} command
   * @param {string[]} args
   * @param {ProcessOptions} [options]
   * @returns {Promise<{ code: number | null, how: string, output: string }>}
   */
  async run(name, command, args, options = {}) {
    const process = this.#spawn(name, command, args, options);
    const { withinMs } = options;
    const timer = withinMs && setTimeout(() => void process.stop(), withinMs);
    const { code, how } = await process.end;
    clearTimeout(timer);
    return { code, how, output: process.lastWords };
  }

  /**
   * @param {string} name
   * @param {string} command
   * @param {string[]} args
   * @param {ProcessOptions} options
   */
  #spawn(name, command, args, options) {
    const { cwd, env, show = false } = options;
    if (this.#stopping) throw new Error(`Everything is being stopped: ${name} is not started.`);
    const output = show ? 'inherit' : 'pipe';
    // Detached: Ctrl-C in a terminal goes to the starter alone, which then stops everything in order.
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', output, output] });
    const process = new Process(name, child, options);
    if (child.pid === undefined) return process;
    this.#running.push(process);
    this.#guard.watch(child.pid);
    void process.end.then(() => {
      this.#guard.forget(process.pid);
      this.#running = this.#running.filter((other) => other !== process);
    });
    return process;
  }

  /** Stops everything, last started first, and waits for it. */
  async stop() {
    this.#stopping = true;
    for (const process of [...this.#running].reverse()) await process.stop();
    await this.#guard.close();
  }

  /** Ends everything at once. */
  kill() {
    this.#stopping = true;
    for (const process of this.#running) process.kill();
  }
}
