import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { Refusal } from './refusal.mjs';

/** @typedef {import('./settings.mjs').Settings} Settings */

const TEMPLATE = join(ROOT, 'nginx/nginx.conf.template');

/**
 * Runs nginx with the image's configuration, its files under DATA_DIR.
 * @param {string} program
 * @param {Settings & { webPort: number }} settings
 * @param {import('./processes.mjs').Processes} processes
 */
export function startNginx(program, settings, processes) {
  const prefix = join(settings.dataDir, 'nginx');
  mkdirSync(prefix, { recursive: true, mode: 0o700 });
  writeFileSync(join(prefix, 'nginx.conf'), renderNginx(variablesFor(settings)));
  return processes.start('nginx', program, nginxArguments(prefix), { cwd: prefix });
}

/** @param {string} prefix where its configuration is and its temporary files go */
export function nginxArguments(prefix) {
  const args = ['-e', 'stderr', '-p', `${prefix}/`, '-c', 'nginx.conf'];
  // Started by root, nginx would read the UI as "nobody", who may not look into everyone's folders.
  return process.getuid?.() === 0 ? [...args, '-g', `user ${userInfo().username};`] : args;
}

/**
 * Fills in the template as envsubst does it in the image.
 * @param {Record<string, string>} variables
 */
export function renderNginx(variables) {
  return readFileSync(TEMPLATE, 'utf8').replace(/\$\{(\w+)\}/g, (_, name) => {
    const value = variables[name];
    if (value === undefined) throw new Refusal(`nginx.conf.template: nothing is given for ${name}.`, 1);
    return value;
  });
}

/** @param {Settings & { webPort: number }} settings */
function variablesFor({ address, httpPort, wsPort, webPort }) {
  // As Node does it: "every IPv6 address" is every IPv4 address too.
  const both = address === '::' ? ' ipv6only=off' : '';
  const backend = bracketed(reachable(address));
  return {
    LAPSE_WEB_LISTEN: `${bracketed(address)}:${webPort}${both}`,
    LAPSE_WEB_ROOT: join(ROOT, 'frontend/dist/browser'),
    LAPSE_API: `${backend}:${httpPort}`,
    LAPSE_WS: `${backend}:${wsPort}`,
    // Never asked: the backend's address is a number.
    NGINX_LOCAL_RESOLVERS: '127.0.0.1',
  };
}

/**
 * An address to connect to, for one to listen on: "every address" is reached by loopback.
 * @param {string} address
 */
export function reachable(address) {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}

/** @param {string} address as it stands in a URL */
export function bracketed(address) {
  return isIPv6(address) ? `[${address}]` : address;
}
