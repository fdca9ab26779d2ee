import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ROOT } from './paths.mjs';
import { sparePort } from './ports.mjs';
import { Refusal } from './refusal.mjs';

/** @typedef {import('./processes.mjs').Processes} Processes */

/** The kernel's bound for a socket's path is 104 to 108 bytes, by system. */
const SOCKET_PATH_BYTES = 100;
const ANSWER_MS = 10_000;

/**
 * Where the private Redis listens, and how to reach it.
 * @typedef {object} Place
 * @property {import('node:net').NetConnectOpts} connect
 * @property {string} url
 * @property {string} password empty on a Unix socket, which only its owner may open
 * @property {string[]} settings lines of its configuration
 */

/**
 * Runs the private redis-server, its data in DATA_DIR, and waits until it answers.
 * @param {string} program
 * @param {string} dataDir
 * @param {Processes} processes
 * @param {(line: string) => void} say
 * @returns {Promise<string>} its REDIS_URL
 */
export async function startRedis(program, dataDir, processes, say) {
  const directory = join(dataDir, 'redis');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const socketPath = join(directory, 'redis.sock');
  const place =
    Buffer.byteLength(socketPath) <= SOCKET_PATH_BYTES ? onSocket(socketPath) : await onSparePort();
  await endLeftover(place);
  const config = join(directory, 'redis.conf');
  writeFileSync(config, configuration(directory, place), { mode: 0o600 });
  const redis = processes.start('redis-server', program, [config], { cwd: directory, patienceMs: 20_000 });
  await untilItAnswers(redis, place, processes, say);
  return place.url;
}

/** @param {string} path @returns {Place} */
function onSocket(path) {
  return {
    connect: { path },
    url: `unix://${pathToFileURL(path).pathname}`,
    password: '',
    settings: ['port 0', `unixsocket ${quoted(path)}`, 'unixsocketperm 700'],
  };
}

/** A port is open to every user of the machine, so it asks for a password. @returns {Promise<Place>} */
async function onSparePort() {
  const port = await sparePort();
  const password = randomBytes(24).toString('base64url');
  return {
    connect: { host: '127.0.0.1', port },
    url: `redis://:${password}@127.0.0.1:${port}`,
    password,
    settings: ['bind 127.0.0.1', `port ${port}`, `requirepass ${password}`],
  };
}

/**
 * What the image uses, and after it what is particular to this run: the last of two lines holds.
 * @param {string} directory
 * @param {Place} place
 */
function configuration(directory, place) {
  const shared = readFileSync(join(ROOT, 'redis/redis.conf'), 'utf8');
  return [shared, ...place.settings, `dir ${quoted(directory)}`, ''].join('\n');
}

/** @param {string} text as Redis reads a string in its configuration */
function quoted(text) {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * A redis-server that outlived its starter and its guard still holds the data. It is ours and nobody else's, so it is
 * ended in order before another opens the same files.
 * @param {Place} place
 */
async function endLeftover(place) {
  if (!('path' in place.connect) || (await ask(place, 'PING')) === undefined) return;
  const deadline = Date.now() + ANSWER_MS;
  while ((await ask(place, 'SHUTDOWN')) !== undefined) {
    if (Date.now() > deadline)
      throw new Refusal('DATA_DIR: an older redis-server still uses it and does not end.');
    await sleep(100);
  }
}

/**
 * @param {import('./processes.mjs').Process} redis
 * @param {Place} place
 * @param {Processes} processes
 * @param {(line: string) => void} say
 */
async function untilItAnswers(redis, place, processes, say) {
  let deadline = Date.now() + ANSWER_MS;
  let said = false;
  while (!redis.ended && !processes.stopping) {
    const answer = await ask(place, 'PING');
    if (answer?.startsWith('+PONG')) return;
    if (answer?.startsWith('-LOADING')) {
      // However much there is: data is worth waiting for.
      deadline = Date.now() + ANSWER_MS;
      if (!said) say('Redis is reading its data…');
      said = true;
    }
    if (Date.now() > deadline) throw new Refusal(`redis-server does not answer:\n${redis.lastWords}`, 1);
    await sleep(30);
  }
}

/**
 * @param {Place} place
 * @param {string} command
 * @returns {Promise<string | undefined>} the first that came back, or undefined when nothing answers
 */
function ask(place, command) {
  return new Promise((settle) => {
    const socket = createConnection(place.connect);
    socket.setTimeout(1_000, () => socket.destroy());
    socket.setEncoding('utf8');
    let text = '';
    const wanted = place.password ? 2 : 1;
    socket.once('connect', () => {
      socket.write(place.password ? `AUTH ${place.password}\r\n${command}\r\n` : `${command}\r\n`);
    });
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.split('\r\n').length > wanted) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => settle(text.split('\r\n')[wanted - 1] || undefined));
  });
}
