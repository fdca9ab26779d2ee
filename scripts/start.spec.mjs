import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { httpAnswers, webSocketAnswers } from './readiness.mjs';
import { NPM, STARTER, Trial, sparePorts } from './trial.mjs';

// A start on a busy machine takes a while, and a test may need several.
jasmine.DEFAULT_TIMEOUT_INTERVAL = 90_000;

/** @type {Trial} */
let trial;

beforeEach(async () => {
  trial = await Trial.prepare();
});

afterEach(() => trial.end());

/** @param {string} path */
const api = (path, init = {}) =>
  fetch(`http://127.0.0.1:${trial.env.HTTP_PORT}/api/v1${path}`, {
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

describe('npm start', () => {
  it('prints three URLs, each of which answers by then', async () => {
    const run = trial.start(STARTER);
    await run.ready();
    const [web = '', rest = '', ws = ''] =
      run.output.match(/\b(?:http|ws):\/\/\S+?(?=[\s)])/g)?.filter((url) => !url.endsWith('/swagger')) ?? [];
    expect(rest).toBe(`http://localhost:${trial.env.HTTP_PORT}/api/v1`);
    expect(await httpAnswers(web)).toBeUndefined();
    expect(await httpAnswers(`${web}/api/v1/openapi.json`)).toBeUndefined();
    expect(await httpAnswers(`${rest}/openapi.json`)).toBeUndefined();
    expect(await webSocketAnswers(ws.replace(/^ws/, 'http'))).toBeUndefined();
    expect(run.errors).toBe('');
  });

  for (const host of ['0.0.0.0', 'localhost']) {
    it(`listens on HOST=${host} with all three, and shows URLs that a browser takes`, async () => {
      const run = trial.start(STARTER, { HOST: host });
      await run.ready();
      expect(run.output).toContain(`http://localhost:${trial.env.WEB_PORT}\n`);
      expect(await httpAnswers(`http://localhost:${trial.env.WEB_PORT}/readyz`)).toBeUndefined();
      expect(await webSocketAnswers(`http://localhost:${trial.env.WS_PORT}/ws`)).toBeUndefined();
      if (host === '0.0.0.0')
        expect(await httpAnswers(`http://127.8.0.81:${trial.env.WEB_PORT}/`)).toBeUndefined();
    });
  }

  it('leaves no process behind after Ctrl-C, keeps the data, and starts again in under 5 s', async () => {
    const first = trial.start(NPM);
    await first.ready();
    expect((await putEntry()).status).toBe(201);
    // A terminal sends it to npm, its shell and the starter at once.
    process.kill(-first.pid, 'SIGINT');
    await first.exit;
    expect(await first.leftovers()).toEqual([]);
    expect(first.output.match(/Stopping/g)?.length).toBe(1);

    const second = trial.start(NPM);
    expect(await second.ready()).toBeLessThan(5_000);
    expect(await getEntry()).toBe('kept');
  });

  it('stops in order on SIGTERM, with exit code 0', async () => {
    const run = trial.start(STARTER, { LOG_LEVEL: 'info' });
    await run.ready();
    process.kill(run.pid, 'SIGTERM');
    expect(await run.exit).toBe(0);
    expect(await run.leftovers()).toEqual([]);
    expect(run.errors).toBe('');
  });

  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGKILL'])) {
    it(`leaves no process behind when npm alone gets ${signal}`, async () => {
      const run = trial.start(NPM);
      await run.ready();
      process.kill(run.pid, signal);
      expect(await run.leftovers()).toEqual([]);
    });
  }

  it('leaves no process behind when the starter is killed, and starts again at once with its data', async () => {
    const killed = trial.start(STARTER);
    await killed.ready();
    expect((await putEntry()).status).toBe(201);
    // The log is on disk within a second.
    await sleep(1_100);
    process.kill(killed.pid, 'SIGKILL');
    const next = trial.start(STARTER);
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
      const run = trial.start(STARTER);
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
    const first = trial.start(STARTER);
    await first.ready();
    const second = trial.start(STARTER, await sparePorts());
    expect(await second.exit).toBe(2);
    expect(second.errors).toMatch(
      new RegExp(`^lapse: DATA_DIR: Lapse already runs on [^\n]*${first.pid}[^\n]*\n$`),
    );
    expect((await putEntry()).status).toBe(201);
  });

  it('waits for the one before it, which is stopping', async () => {
    const first = trial.start(STARTER);
    await first.ready();
    process.kill(first.pid, 'SIGTERM');
    await trial.start(STARTER).ready();
    expect(await first.exit).toBe(0);
    expect((await putEntry()).status).toBe(201);
  });

  it('does not mind a lock that a crash of the machine left', async () => {
    writeFileSync(
      join(trial.dataDir, 'starter.json'),
      JSON.stringify({ pid: process.pid, startedAt: 'long ago' }),
    );
    await trial.start(STARTER).ready();
    expect((await putEntry()).status).toBe(201);
  });

  it('runs its Redis on a port with a password where DATA_DIR is too long for a socket', async () => {
    const long = join(trial.dataDir, 'a b'.repeat(30));
    const run = trial.start(STARTER, { DATA_DIR: long });
    await run.ready();
    expect((await putEntry()).status).toBe(201);
    expect(await getEntry()).toBe('kept');
    process.kill(run.pid, 'SIGTERM');
    expect(await run.exit).toBe(0);
    expect(await run.leftovers()).toEqual([]);
  });

  it('runs no Redis of its own where REDIS_URL names one', async () => {
    const lender = trial.start(STARTER);
    await lender.ready();
    const ports = await sparePorts();
    const run = trial.start(STARTER, {
      ...ports,
      DATA_DIR: join(trial.dataDir, 'other'),
      REDIS_URL: `unix://${join(trial.dataDir, 'redis/redis.sock')}`,
    });
    await run.ready();
    expect([...run.family.values()].filter(({ name }) => name === 'redis-server')).toEqual([]);
    expect((await putEntry()).status).toBe(201);
    const seen = await fetch(`http://127.0.0.1:${ports.HTTP_PORT}/api/v1/caches/sessions/entries/a`);
    expect(seen.status).toBe(200);
    process.kill(run.pid, 'SIGTERM');
    expect(await run.exit).toBe(0);
    expect(await getEntry()).toBe('kept');
  });
});
