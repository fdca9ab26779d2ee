import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from './paths.mjs';
import { sparePort } from './ports.mjs';
import { familyOf, stillRuns } from './process-table.mjs';

/** @typedef {import('./process-table.mjs').Entry} Entry */

/** The two ways in which Lapse is started. */
export const STARTER = [process.execPath, join(ROOT, 'scripts/start.mjs')];
export const NPM = ['npm', 'start', '--silent'];

/** Starts of Lapse for a test, on ports and a DATA_DIR of their own. */
export class Trial {
  /** @type {Run[]} */
  #runs = [];

  /**
   * @param {string} dataDir
   * @param {Record<string, string>} env
   */
  constructor(dataDir, env) {
    this.dataDir = dataDir;
    this.env = env;
  }

  static async prepare() {
    const dataDir = mkdtempSync(join(tmpdir(), 'lapse-start-'));
    return new Trial(dataDir, {
      HOST: '127.0.0.1',
      ...(await sparePorts()),
      DATA_DIR: dataDir,
      REDIS_URL: '',
      LOG_LEVEL: 'warn',
    });
  }

  /**
   * @param {string[]} command
   * @param {Record<string, string | undefined>} more settings, over the trial's own
   */
  start(command, more = {}) {
    const run = new Run(command, { ...this.env, ...more });
    this.#runs.push(run);
    return run;
  }

  /** Stops whatever still runs. */
  async end() {
    for (const run of this.#runs) {
      run.look();
      if (run.child.exitCode === null && run.child.signalCode === null) process.kill(run.pid, 'SIGTERM');
      await run.exit;
      for (const entry of run.family.values()) if (stillRuns(entry)) process.kill(entry.pid, 'SIGKILL');
    }
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

export async function sparePorts() {
  const [http, ws, web] = await Promise.all([sparePort(), sparePort(), sparePort()]);
  return { HTTP_PORT: `${http}`, WS_PORT: `${ws}`, WEB_PORT: `${web}` };
}

/** One start of Lapse, with its own ports and DATA_DIR. */
export class Run {
  output = '';
  errors = '';
  /** Everything that it ever ran. @type {Map<number, Entry>} */
  family = new Map();

  /**
   * @param {string[]} command
   * @param {Record<string, string | undefined>} settings
   */
  constructor([program = '', ...args], settings) {
    this.began = Date.now();
    // A process group of its own, as a terminal gives it one.
    this.child = spawn(program, args, {
      cwd: ROOT,
      // As if npm had started it: then it also ends should these tests be killed.
      env: { ...process.env, npm_lifecycle_event: 'start', ...settings },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout.setEncoding('utf8').on('data', (text) => (this.output += text));
    this.child.stderr.setEncoding('utf8').on('data', (text) => (this.errors += text));
    /** @type {Promise<number | null>} */
    this.exit = once(this.child, 'close').then(([code]) => code);
  }

  get pid() {
    return /** @type {number} */ (this.child.pid);
  }

  /** @returns {Promise<number>} how many ms it took until the URLs stood there */
  async ready() {
    while (!this.output.includes('Ctrl-C stops everything')) {
      if (this.child.exitCode !== null || Date.now() - this.began > 60_000)
        throw new Error(this.output + this.errors);
      await sleep(20);
    }
    this.look();
    return Date.now() - this.began;
  }

  look() {
    for (const entry of familyOf(this.pid)) this.family.set(entry.pid, entry);
  }

  /** What still runs when it should not, given a moment to go. */
  async leftovers() {
    const deadline = Date.now() + 8_000;
    while (this.running().length > 0 && Date.now() < deadline) await sleep(20);
    return this.running();
  }

  running() {
    return [...this.family.values()].filter(stillRuns).map(({ name, pid }) => `${name} ${pid}`);
  }
}
