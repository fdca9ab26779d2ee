import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Bench } from './rig/bench.js';
import { atMost, figure } from './rig/figure.js';
import { sparePort } from './rig/processes.js';
import { alternate, check, type Measured } from './rig/rounds.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PATIENCE_MS = 60_000;

export const start: Bench = {
  about:
    '`npm start` until it says that everything answers; everything is built, and there is data from before.',
  async run(_stand, scale) {
    const directory = mkdtempSync(join(tmpdir(), 'lapse-bench-'));
    const [http, ws, web] = [await sparePort(), await sparePort(), await sparePort()];
    const settings = {
      ...{ HTTP_PORT: String(http), WS_PORT: String(ws), WEB_PORT: String(web) },
      ...{ DATA_DIR: directory, REDIS_URL: '', HOST: '127.0.0.1', LOG_LEVEL: 'warn' },
    };
    try {
      // The first start builds, and makes the data directory.
      await startOnce(settings);
      const { lapse } = await alternate(scale.rounds, { lapse: () => startOnce(settings) }, 'start');
      const target = atMost(5, 's');
      return [figure({ name: 'second start', unit: 's', of: 'seconds', better: 'less', lapse, target })];
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
};

async function startOnce(settings: Record<string, string>): Promise<Measured> {
  const began = performance.now();
  const child = spawn('npm', ['start', '--silent'], { cwd: ROOT, env: { ...process.env, ...settings } });
  const stop = () => child.kill('SIGTERM');
  process.on('exit', stop);
  try {
    await says(child, 'Ctrl-C stops everything');
    const seconds = (performance.now() - began) / 1_000;
    const answers = await Promise.all([
      fetch(`http://127.0.0.1:${settings['WEB_PORT']}/`),
      fetch(`http://127.0.0.1:${settings['HTTP_PORT']}/readyz`),
    ]);
    check(
      answers.every(({ ok }) => ok),
      'it says that it answers, but it does not',
    );
    return { seconds };
  } finally {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
    process.off('exit', stop);
  }
}

async function says(child: ChildProcess, words: string): Promise<void> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  for (const end = Date.now() + PATIENCE_MS; !output.includes(words); await sleep(10)) {
    if (child.exitCode !== null || Date.now() > end) throw new Error(`npm start failed:\n${output}`);
  }
}
