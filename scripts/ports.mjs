import { createServer } from 'node:net';
import { Refusal } from './refusal.mjs';

/** @typedef {import('./settings.mjs').Settings} Settings */

const WEB_PORT_WANTED = 80;
const WEB_PORT_INSTEAD = 4200;

/**
 * Makes sure that every port can be had before anything is installed, built or started, and picks the web port where
 * none was asked for.
 * @param {Settings} settings
 * @returns {Promise<number>} the web port
 * @throws {Refusal} naming the setting whose port is taken or not allowed
 */
export async function claimPorts(settings) {
  await refuseUnlessFree(settings, 'HTTP_PORT', settings.httpPort);
  await refuseUnlessFree(settings, 'WS_PORT', settings.wsPort);
  if (settings.webPort === undefined) {
    const others = [settings.httpPort, settings.wsPort];
    if (!others.includes(WEB_PORT_WANTED) && !(await bindError(settings.address, WEB_PORT_WANTED))) {
      return WEB_PORT_WANTED;
    }
    if (others.includes(WEB_PORT_INSTEAD)) {
      throw new Refusal(
        `WEB_PORT is not set, port ${WEB_PORT_WANTED} cannot be had and ${WEB_PORT_INSTEAD} is given away: set it.`,
      );
    }
  }
  const webPort = settings.webPort ?? WEB_PORT_INSTEAD;
  await refuseUnlessFree(settings, 'WEB_PORT', webPort);
  return webPort;
}

/**
 * @param {Settings} settings
 * @param {string} name
 * @param {number} port
 */
async function refuseUnlessFree({ host, address }, name, port) {
  const code = await bindError(address, port);
  if (!code) return;
  if (code === 'EADDRINUSE') {
    throw new Refusal(
      `${name}: port ${port} is already in use on ${host}. Stop what uses it, or set ${name} to another.`,
    );
  }
  if (code === 'EACCES') {
    throw new Refusal(`${name}: this user may not bind port ${port}. Set ${name} to 1024 or above.`);
  }
  if (code === 'EADDRNOTAVAIL' || code === 'EINVAL') {
    throw new Refusal(`HOST is "${host}", which is not an address of this machine.`);
  }
  throw new Refusal(`${name}: port ${port} cannot be bound on ${host} (${code}).`);
}

/**
 * @param {string} host
 * @param {number} port
 * @returns {Promise<string | undefined>} the error code, or undefined when the port could be bound
 */
function bindError(host, port) {
  return new Promise((settle) => {
    const server = createServer();
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => settle(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => settle(undefined)));
  });
}

/**
 * A loopback port that was free a moment ago.
 * @returns {Promise<number>}
 */
export function sparePort() {
  return new Promise((settle, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => settle(port));
    });
  });
}
