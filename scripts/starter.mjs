import { join, relative } from 'node:path';
import { build } from './build.mjs';
import { takeDataDir } from './data-dir.mjs';
import { installDependencies } from './dependencies.mjs';
import { bracketed, reachable, startNginx } from './nginx.mjs';
import { nodeEnv, nodePath } from './node-runtime.mjs';
import { watchNpm } from './parents.mjs';
import { ROOT } from './paths.mjs';
import { claimPorts } from './ports.mjs';
import { Processes } from './processes.mjs';
import { findPrograms, refuseOld } from './programs.mjs';
import { httpAnswers, refuseUnreachableRedis, until, webSocketAnswers } from './readiness.mjs';
import { startRedis } from './redis.mjs';
import { reportRefusal } from './refusal.mjs';
import { readSettings } from './settings.mjs';

/**
 * @typedef {import('./settings.mjs').Settings} Settings
 * @typedef {Settings & { webPort: number }} Claimed
 */

const READY_MS = 30_000;
/** npm passes on the Ctrl-C that the terminal has sent already: only a later one is meant. */
const SECOND_SIGNAL_AFTER_MS = 1_500;

/** @param {string} line */
const say = (line) => console.log(line);

/**
 * Runs all of Lapse until a signal, the end of npm, or the end of one of its processes. Sets the exit code: 0 when it
 * was asked to stop, 2 when something must be set right first, 1 when something broke.
 */
export async function runStarter() {
  const processes = new Processes();
  const stopped = untilStopped(processes);
  /** @type {{ release(): void } | undefined} */
  let lock;
  try {
    const settings = await readSettings(process.env);
    lock = await takeDataDir(settings.dataDir, processes.guardPid);
    const claimed = { ...settings, webPort: await claimPorts(settings) };
    if (settings.redisUrl) await refuseUnreachableRedis(settings.redisUrl);
    await startAll(claimed, processes);
    if (!processes.stopping) sayReady(claimed);
    await stopped.promise;
  } catch (error) {
    if (!processes.stopping) reportRefusal(error);
  } finally {
    stopped.unwatch();
    await processes.stop();
    lock?.release();
  }
}

/**
 * Everything that ends the run. From the first of them on, `processes.stopping` holds.
 * @param {Processes} processes
 */
function untilStopped(processes) {
  /** @type {() => void} */
  let settle;
  /** @type {Promise<void>} */
  const promise = new Promise((resolve) => (settle = resolve));
  let since = 0;
  const stop = (/** @type {string} */ why) => {
    if (processes.stopping) {
      if (Date.now() - since > SECOND_SIGNAL_AFTER_MS) processes.kill();
      return;
    }
    since = Date.now();
    say(why);
    void processes.stop().then(settle);
  };
  processes.onUnexpectedEnd = ({ name, lastWords }, how) => {
    process.exitCode = 1;
    if (lastWords) console.error(lastWords);
    stop(`lapse: ${name} ended ${how}, which it should not. Stopping…`);
  };
  const onSignal = () => stop('Stopping…');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
  const unwatch = watchNpm(onSignal);
  return { promise, unwatch };
}

/**
 * When everything is being stopped meanwhile, the next step fails, for `processes` starts nothing any more.
 * @param {Claimed} settings
 * @param {Processes} processes
 */
async function startAll(settings, processes) {
  await installDependencies(processes, say);
  /** @type {('redis' | 'nginx')[]} */
  const needed = settings.redisUrl ? ['nginx'] : ['redis', 'nginx'];
  const programs = await findPrograms(needed, processes, say);
  refuseOld('nginx', programs.nginx);
  if (!settings.redisUrl) refuseOld('redis-server', programs.redis);
  await build(processes, say);

  const redisUrl = settings.redisUrl ?? (await startRedis(programs.redis, settings.dataDir, processes, say));
  startBackend(settings, redisUrl, processes);
  startNginx(programs.nginx, settings, processes);
  await untilReady(settings, processes);
}

/**
 * Node itself rather than npm: a signal to npm would not reach the backend.
 * @param {Claimed} settings
 * @param {string} redisUrl
 * @param {Processes} processes
 */
function startBackend(settings, redisUrl, processes) {
  const node = nodePath();
  processes.start('the backend', node, ['--enable-source-maps', join(ROOT, 'backend/dist/main.js')], {
    cwd: join(ROOT, 'backend'),
    show: true,
    patienceMs: 15_000,
    env: {
      ...nodeEnv(node),
      NODE_ENV: process.env.NODE_ENV || 'production',
      HOST: settings.address,
      HTTP_PORT: String(settings.httpPort),
      WS_PORT: String(settings.wsPort),
      REDIS_URL: redisUrl,
      LOG_LEVEL: settings.logLevel,
    },
  });
}

/**
 * All of it, the way a browser comes: nginx, and through it the backend, beside the backend's own two ports.
 * @param {Claimed} settings
 * @param {Processes} processes
 */
async function untilReady({ address, httpPort, wsPort, webPort }, processes) {
  const host = bracketed(reachable(address));
  const options = { withinMs: READY_MS, cancelled: () => processes.stopping };
  await until(() => httpAnswers(`http://${host}:${httpPort}/readyz`), { ...options, what: 'The backend' });
  await until(() => httpAnswers(`http://${host}:${webPort}/`), { ...options, what: 'The web UI' });
  await until(() => httpAnswers(`http://${host}:${webPort}/readyz`), { ...options, what: 'The web server' });
  await until(() => webSocketAnswers(`http://${host}:${wsPort}/ws`), {
    ...options,
    what: 'The WebSocket server',
  });
}

/** @param {Claimed} settings */
function sayReady({ host, address, httpPort, wsPort, webPort, redisUrl, dataDir }) {
  const isLocal = ['127.0.0.1', '::1', '0.0.0.0', '::'].includes(address);
  const name = isLocal ? 'localhost' : bracketed(host);
  const web = webPort === 80 ? `http://${name}` : `http://${name}:${webPort}`;
  const path = relative(ROOT, dataDir);
  const data = redisUrl ? 'the Redis of REDIS_URL' : path.startsWith('..') ? dataDir : path;
  say(`
  Lapse is running.

    Web UI      ${web}
    REST        http://${name}:${httpPort}/api/v1   (Swagger UI: http://${name}:${httpPort}/api/v1/swagger)
    WebSocket   ws://${name}:${wsPort}/ws

  Data is in ${data}. Ctrl-C stops everything.
`);
}
