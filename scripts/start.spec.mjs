import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from './paths.mjs';
import { claimPorts, sparePort } from './ports.mjs';
import { familyOf, stillRuns } from './process-table.mjs';
import { httpAnswers, webSocketAnswers } from './readiness.mjs';
import { readSettings } from './settings.mjs';

/** @typedef {import('./process-table.mjs').Entry} Entry */

const STARTER = [process.execPath, join(ROOT, 'scripts/start.mjs')];
const NPM = ['npm', 'start', '--silent'];

/** @type {string} */
let dataDir;
/** @type {Record<string, string>} */
let env;
/** @type {Run[]} */
let runs;

/** One start of Lapse, with its own ports and DATA_DIR. */
class Run {
  output = '';
  errors = '';
  /** Everything that it ever ran. @type {Map<number, Entry>} */
  family = new Map();

  /**
   * @param {string[]} command
   * @param {Record<string, string>} more settings
   */
  constructor([program = '', ...args], more = {}) {
    this.began = Date.now();
    // A process group of its own, as a terminal gives it one.
    this.child = spawn(program, args, {
      cwd: ROOT,
      // As if npm had started it: then it also ends should these tests be killed.
      env: { ...process.env, npm_lifecycle_event: 'start', ...env, ...more },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout.setEncoding('utf8').on('data', (text) => (this.output += text));
    this.child.stderr.setEncoding('utf8').on('data', (text) => (this.errors += text));
    /** @type {Promise<number | null>} */
    this.exit = once(this.child, 'close').then(([code]) => code);
    runs.push(this);
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

/** @param {string} path */
const api = (path, init = {}) =>
  fetch(`http://127.0.0.1:${env.HTTP_PORT}/api/v1${path}`, {
    ...init,
    headers: { 'Content-Type': 'application/json' },
  });

const putEntry = () =>
  api('/caches/sessions/entries/a', {
    method: 'PUT',
    body: JSON.stringify({ value: 'kept', ttlMs: 3_600_000 }),
  });
const getEntry = async () =>
  /** @type {any} */ (await (await api('/caches/sessions/entries/a')).json()).value;

beforeEach(async () => {
  jasmine.DEFAULT_TIMEOUT_INTERVAL = 90_000;
  runs = [];
  dataDir = mkdtempSync(join(tmpdir(), 'lapse-start-'));
  const [http, ws, web] = await Promise.all([sparePort(), sparePort(), sparePort()]);
  env = {
    HOST: '127.0.0.1',
    HTTP_PORT: String(http),
    WS_PORT: String(ws),
    WEB_PORT: String(web),
    DATA_DIR: dataDir,
    REDIS_URL: '',
    LOG_LEVEL: 'warn',
  };
});

afterEach(async () => {
  for (const run of runs) {
    run.look();
    if (run.child.exitCode === null && run.child.signalCode === null) process.kill(run.pid, 'SIGTERM');
    await run.exit;
    for (const entry of run.family.values()) if (stillRuns(entry)) process.kill(entry.pid, 'SIGKILL');
  }
  rmSync(dataDir, { recursive: true, force: true });
});

describe('npm start', () => {
  describe('refuses a bad setting with one line that names it:', () => {
    /** @type {[name: string, value: string][]} */
    const bad = [
      ['HTTP_PORT', 'abc'],
      ['HTTP_PORT', '0'],
      ['WS_PORT', '65536'],
      ['WS_PORT', '80.5'],
      ['WEB_PORT', '-1'],
      ['HOST', 'no-such-host.invalid'],
      ['HOST', '192.0.2.1'],
      ['LOG_LEVEL', 'loud'],
      ['DATA_DIR', '/dev/null/data'],
      ['REDIS_URL', 'http://127.0.0.1:6379'],
      ['REDIS_URL', 'redis://'],
      ['REDIS_URL', 'redis://127.0.0.1:1'],
      ['REDIS_URL', 'redis://127.0.0.1:6379,unix:///tmp/redis.sock'],
    ];
    for (const [name, value] of bad) {
      it(`${name}=${value}`, async () => {
        const run = new Run(STARTER, { [name]: value });
        expect(await run.exit).toBe(2);
        expect(run.errors).toMatch(new RegExp(`^lapse: [^\n]*\\b${name}\\b[^\n]*\n$`));
        expect(run.output).toBe('');
      });
    }

    it('one port for two', async () => {
      const run = new Run(STARTER, { WS_PORT: env.HTTP_PORT ?? '' });
      expect(await run.exit).toBe(2);
      expect(run.errors).toMatch(/^lapse: WS_PORT [^\n]*HTTP_PORT[^\n]*\n$/);
    });

    it('never showing a password', async () => {
      const run = new Run(STARTER, { REDIS_URL: 'redis://:hunter2@127.0.0.1:1' });
      expect(await run.exit).toBe(2);
      expect(run.errors).toContain('127.0.0.1:1');
      expect(run.errors).not.toContain('hunter2');
    });
  });

  for (const name of ['HTTP_PORT', 'WS_PORT', 'WEB_PORT']) {
    it(`names ${name} when its port is in use`, async () => {
      const other = createServer();
      await once(other.listen(Number(env[name]), '127.0.0.1'), 'listening');
      const run = new Run(STARTER);
      expect(await run.exit).toBe(2);
      expect(run.errors).toMatch(new RegExp(`^lapse: ${name}: port ${env[name]} is already in use[^\n]*\n$`));
      other.close();
    });
  }

  it('takes an empty setting for one that is not set', async () => {
    const settings = await readSettings({
      HOST: '',
      HTTP_PORT: '',
      WS_PORT: ' ',
      REDIS_URL: '',
      LOG_LEVEL: '',
    });
    expect(settings).toEqual({
      host: '127.0.0.1',
      address: '127.0.0.1',
      httpPort: 8080,
      wsPort: 8081,
      webPort: undefined,
      redisUrl: undefined,
      dataDir: join(ROOT, '.data'),
      logLevel: 'info',
    });
  });

  it('serves the web UI on port 80, or on 4200 where 80 cannot be had', async () => {
    // An address of the loopback network that nobody else uses.
    const settings = await readSettings({ ...env, WEB_PORT: '', HOST: '127.8.0.80' });
    const other = createServer();
    const mayBind = await new Promise((settle) => {
      other.once('error', () => settle(false)).listen(80, settings.address, () => settle(true));
    });
    expect(await claimPorts(settings)).toBe(4200);
    if (!mayBind) return;
    other.close();
    await once(other, 'close');
    expect(await claimPorts(settings)).toBe(80);
  });

  it('prints three URLs, each of which answers by then', async () => {
    const run = new Run(STARTER);
    await run.ready();
    const [web = '', rest = '', ws = ''] =
      run.output.match(/\b(?:http|ws):\/\/\S+?(?=[\s)])/g)?.filter((url) => !url.endsWith('/swagger')) ?? [];
    expect(rest).toBe(`http://localhost:${env.HTTP_PORT}/api/v1`);
    expect(await httpAnswers(web)).toBeUndefined();
    expect(await httpAnswers(`${web}/api/v1/openapi.json`)).toBeUndefined();
    expect(await httpAnswers(`${rest}/openapi.json`)).toBeUndefined();
    expect(await webSocketAnswers(ws.replace(/^ws/, 'http'))).toBeUndefined();
    expect(run.errors).toBe('');
  });

  it('leaves no process behind after Ctrl-C, keeps the data, and starts again in under 5 s', async () => {
    const first = new Run(NPM);
    await first.ready();
    expect((await putEntry()).status).toBe(201);
    // A terminal sends it to npm, its shell and the starter at once.
    process.kill(-first.pid, 'SIGINT');
    await first.exit;
    expect(await first.leftovers()).toEqual([]);
    expect(first.output.match(/Stopping/g)?.length).toBe(1);

    const second = new Run(NPM);
    expect(await second.ready()).toBeLessThan(5_000);
    expect(await getEntry()).toBe('kept');
  });

  it('stops in order on SIGTERM, with exit code 0', async () => {
    const run = new Run(STARTER, { LOG_LEVEL: 'info' });
    await run.ready();
    process.kill(run.pid, 'SIGTERM');
    expect(await run.exit).toBe(0);
    expect(await run.leftovers()).toEqual([]);
    expect(run.errors).toBe('');
  });

  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGKILL'])) {
    it(`leaves no process behind when npm alone gets ${signal}`, async () => {
      const run = new Run(NPM);
      await run.ready();
      process.kill(run.pid, signal);
      expect(await run.leftovers()).toEqual([]);
    });
  }

  it('leaves no process behind when the starter is killed, and starts again at once with its data', async () => {
    const killed = new Run(STARTER);
    await killed.ready();
    expect((await putEntry()).status).toBe(201);
    // The log is on disk within a second.
    await sleep(1_100);
    process.kill(killed.pid, 'SIGKILL');
    const next = new Run(STARTER);
    await next.ready();
    expect(await killed.leftovers()).toEqual([]);
    expect(await getEntry()).toBe('kept');
  });

  /** @type {[name: string, program: RegExp][]} Node calls itself after its thread */
  const children = [
    ['redis-server', /^redis-server$/],
    ['nginx', /^nginx$/],
    ['the backend', /^(node|MainThread)$/],
  ];
  for (const [name, program] of children) {
    it(`stops everything and says why when ${name} dies`, async () => {
      const run = new Run(STARTER);
      await run.ready();
      const [victim] = [...run.family.values()].filter(
        (one) => one.parent === run.pid && program.test(one.name),
      );
      process.kill(victim?.pid ?? NaN, 'SIGKILL');
      expect(await run.exit).toBe(1);
      expect(run.output).toContain(`lapse: ${name} ended by SIGKILL, which it should not. Stopping…`);
      expect(await run.leftovers()).toEqual([]);
    });
  }

  it('refuses a DATA_DIR on which Lapse runs already', async () => {
    const first = new Run(STARTER);
    await first.ready();
    const [http, ws, web] = await Promise.all([sparePort(), sparePort(), sparePort()]);
    const second = new Run(STARTER, { HTTP_PORT: `${http}`, WS_PORT: `${ws}`, WEB_PORT: `${web}` });
    expect(await second.exit).toBe(2);
    expect(second.errors).toMatch(
      new RegExp(`^lapse: DATA_DIR: Lapse already runs on [^\n]*${first.pid}[^\n]*\n$`),
    );
    expect((await putEntry()).status).toBe(201);
  });

  it('does not mind a lock that a crash of the machine left', async () => {
    writeFileSync(join(dataDir, 'starter.json'), JSON.stringify({ pid: process.pid, startedAt: 'long ago' }));
    await new Run(STARTER).ready();
    expect((await putEntry()).status).toBe(201);
  });

  it('runs its Redis on a port with a password where DATA_DIR is too long for a socket', async () => {
    const long = join(dataDir, 'a b'.repeat(30));
    const run = new Run(STARTER, { DATA_DIR: long });
    await run.ready();
    expect((await putEntry()).status).toBe(201);
    expect(await getEntry()).toBe('kept');
    process.kill(run.pid, 'SIGTERM');
    expect(await run.exit).toBe(0);
    expect(await run.leftovers()).toEqual([]);
  });

  it('runs no Redis of its own where REDIS_URL names one', async () => {
    const lender = new Run(STARTER);
    await lender.ready();
    const [http, ws, web] = await Promise.all([sparePort(), sparePort(), sparePort()]);
    const run = new Run(STARTER, {
      HTTP_PORT: `${http}`,
      WS_PORT: `${ws}`,
      WEB_PORT: `${web}`,
      DATA_DIR: join(dataDir, 'other'),
      REDIS_URL: `unix://${join(dataDir, 'redis/redis.sock')}`,
    });
    await run.ready();
    expect([...run.family.values()].filter(({ name }) => name === 'redis-server')).toEqual([]);
    expect((await putEntry()).status).toBe(201);
    const seen = await fetch(`http://127.0.0.1:${http}/api/v1/caches/sessions/entries/a`);
    expect(seen.status).toBe(200);
    process.kill(run.pid, 'SIGTERM');
    expect(await run.exit).toBe(0);
    expect(await getEntry()).toBe('kept');
  });
});
