import { randomBytes } from 'node:crypto';
import { get } from 'node:http';
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from './refusal.mjs';

const ONE_TRY_MS = 2_000;

/**
 * Tries until it is answered as it should be.
 * @param {() => Promise<string | undefined>} attempt gives undefined when all is well, or else what is wrong
 * @param {{ withinMs: number, cancelled: () => boolean, what: string }} options
 * @throws {Refusal} saying what was wrong the last time
 */
export async function until(attempt, { withinMs, cancelled, what }) {
  const deadline = Date.now() + withinMs;
  while (!cancelled()) {
    const wrong = await attempt();
    if (wrong === undefined || cancelled()) return;
    if (Date.now() > deadline)
      throw new Refusal(`${what} is not ready after ${withinMs / 1000} s: ${wrong}`, 1);
    await sleep(50);
  }
}

/**
 * @param {string} url
 * @returns {Promise<string | undefined>} undefined for a 200
 */
export function httpAnswers(url) {
  return new Promise((settle) => {
    const request = get(url, { agent: false, timeout: ONE_TRY_MS }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => (body = (body + text).slice(0, 2_000)));
      response.on('end', () =>
        settle(response.statusCode === 200 ? undefined : explain(response.statusCode, body)),
      );
      response.on('error', (error) => settle(error.message));
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', (error) => settle(error.message));
  });
}

/**
 * @param {number | undefined} status
 * @param {string} body
 */
function explain(status, body) {
  try {
    return `${JSON.parse(body).detail ?? `status ${status}`}`;
  } catch {
    return `status ${status}`;
  }
}

/**
 * @param {string} url http: the handshake is made by hand, since Node 20 has no WebSocket
 * @returns {Promise<string | undefined>} undefined when the handshake succeeds
 */
export function webSocketAnswers(url) {
  return new Promise((settle) => {
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    };
    const request = get(url, { agent: false, timeout: ONE_TRY_MS, headers });
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      settle(undefined);
    });
    request.on('response', (response) => {
      response.resume();
      settle(`status ${response.statusCode}`);
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', (error) => settle(error.message));
  });
}

/**
 * @param {string} redisUrl one or several addresses
 * @throws {Refusal} when none of them accepts a connection
 */
export async function refuseUnreachableRedis(redisUrl) {
  const places = redisUrl.split(',').map((address) => new URL(address));
  const reachable = await Promise.all(places.map(accepts));
  if (reachable.includes(true)) return;
  const names = places.map((url) => url.host || decodeURIComponent(url.pathname)).join(', ');
  throw new Refusal(`REDIS_URL: nothing accepts a connection at ${names}.`);
}

/** @param {URL} url @returns {Promise<boolean>} */
function accepts(url) {
  return new Promise((settle) => {
    const place =
      url.protocol === 'unix:'
        ? { path: decodeURIComponent(url.pathname) }
        : { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 6379) };
    const socket = createConnection(place);
    socket.setTimeout(ONE_TRY_MS, () => socket.destroy());
    socket.once('connect', () => {
      settle(true);
      socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.once('close', () => settle(false));
  });
}
