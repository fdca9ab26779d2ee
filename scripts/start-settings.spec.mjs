import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { claimPorts } from './ports.mjs';
import { readSettings } from './settings.mjs';
import { STARTER, Trial } from './trial.mjs';

/** @type {Trial} */
let trial;

beforeEach(async () => {
  trial = await Trial.prepare();
});

afterEach(() => trial.end());

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
        const run = trial.start(STARTER, { [name]: value });
        expect(await run.exit).toBe(2);
        expect(run.errors).toMatch(new RegExp(`^lapse: [^\n]*\\b${name}\\b[^\n]*\n$`));
        expect(run.output).toBe('');
      });
    }

    it('one port for two', async () => {
      const run = trial.start(STARTER, { WS_PORT: trial.env.HTTP_PORT });
      expect(await run.exit).toBe(2);
      expect(run.errors).toMatch(/^lapse: WS_PORT [^\n]*HTTP_PORT[^\n]*\n$/);
    });

    it('never showing a password', async () => {
      const run = trial.start(STARTER, { REDIS_URL: 'redis://:hunter2@127.0.0.1:1' });
      expect(await run.exit).toBe(2);
      expect(run.errors).toContain('127.0.0.1:1');
      expect(run.errors).not.toContain('hunter2');
    });
  });

  for (const name of ['HTTP_PORT', 'WS_PORT', 'WEB_PORT']) {
    it(`names ${name} when its port is in use`, async () => {
      const other = createServer();
      await once(other.listen(Number(trial.env[name]), '127.0.0.1'), 'listening');
      const run = trial.start(STARTER);
      expect(await run.exit).toBe(2);
      expect(run.errors).toMatch(
        new RegExp(`^lapse: ${name}: port ${trial.env[name]} is already in use[^\n]*\n$`),
      );
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
    const settings = await readSettings({ ...trial.env, WEB_PORT: '', HOST: '127.8.0.80' });
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
});
