import { isIP } from 'node:net';
import { lookup } from 'node:dns/promises';
import { resolve } from 'node:path';
import { ROOT } from './paths.mjs';
import { Refusal } from './refusal.mjs';

/**
 * The start-up settings, checked. `webPort` is undefined when nobody asked for one; `redisUrl` when the starter is to
 * run its own Redis.
 * @typedef {object} Settings
 * @property {string} host as given, for people to read
 * @property {string} address what the listeners bind: the IP address of `host`
 * @property {number} httpPort
 * @property {number} wsPort
 * @property {number | undefined} webPort
 * @property {string | undefined} redisUrl
 * @property {string} dataDir absolute
 * @property {string} logLevel
 */

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/**
 * Reads the settings of the contract from the environment; an empty one counts as not set.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Settings>}
 * @throws {Refusal} naming the first setting that is wrong
 */
export async function readSettings(env) {
  const host = env.HOST?.trim() || '127.0.0.1';
  const settings = {
    host,
    address: await addressOf(host),
    httpPort: port('HTTP_PORT', env.HTTP_PORT) ?? 8080,
    wsPort: port('WS_PORT', env.WS_PORT) ?? 8081,
    webPort: port('WEB_PORT', env.WEB_PORT),
    redisUrl: redisUrl(env.REDIS_URL),
    dataDir: resolve(ROOT, env.DATA_DIR?.trim() || '.data'),
    logLevel: logLevel(env.LOG_LEVEL),
  };
  refuseSharedPorts(settings);
  return settings;
}

/** @param {string} host */
async function addressOf(host) {
  if (isIP(host)) return host;
  try {
    return (await lookup(host)).address;
  } catch {
    throw new Refusal(`HOST is "${host}", which is neither an IP address nor a name that resolves to one.`);
  }
}

/**
 * @param {string} name
 * @param {string | undefined} text
 */
function port(name, text) {
  if (!text?.trim()) return undefined;
  const number = /^\d{1,5}$/.test(text.trim()) ? Number(text) : NaN;
  if (number >= 1 && number <= 65_535) return number;
  throw new Refusal(`${name} is "${text}", but a port is a whole number from 1 to 65535.`);
}

/** @param {Settings} settings */
function refuseSharedPorts({ httpPort, wsPort, webPort }) {
  if (wsPort === httpPort)
    throw new Refusal(`WS_PORT is ${wsPort}, the same as HTTP_PORT: each needs its own.`);
  if (webPort === httpPort)
    throw new Refusal(`WEB_PORT is ${webPort}, the same as HTTP_PORT: each needs its own.`);
  if (webPort === wsPort)
    throw new Refusal(`WEB_PORT is ${webPort}, the same as WS_PORT: each needs its own.`);
}

/** @param {string | undefined} text */
function logLevel(text) {
  const level = text?.trim() || 'info';
  if (LOG_LEVELS.includes(level)) return level;
  throw new Refusal(`LOG_LEVEL is "${level}", but must be one of ${LOG_LEVELS.join(', ')}.`);
}

/**
 * Checks the form of every address; the text itself is never shown, because it may hold a password.
 * @param {string | undefined} text
 */
function redisUrl(text) {
  if (!text?.trim()) return undefined;
  const addresses = text.split(',').map((address) => address.trim());
  addresses.forEach((address, index) => {
    if (isRedisAddress(address)) return;
    const which = addresses.length > 1 ? `address ${index + 1} of REDIS_URL` : 'REDIS_URL';
    throw new Refusal(
      `${which} is not of the form redis://[user:password@]host[:port] (rediss:// for TLS, unix:///path for a socket).`,
    );
  });
  if (addresses.length > 1 && addresses.some((address) => address.startsWith('unix:'))) {
    throw new Refusal(
      'REDIS_URL names several addresses, a Redis Cluster, which cannot be reached by a unix socket.',
    );
  }
  return addresses.join(',');
}

/** @param {string} address */
function isRedisAddress(address) {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  if (url.protocol === 'unix:') return url.hostname === '' && url.pathname.length > 1;
  return (url.protocol === 'redis:' || url.protocol === 'rediss:') && url.hostname !== '';
}
