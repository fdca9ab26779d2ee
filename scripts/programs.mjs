import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Refusal } from './refusal.mjs';

/**
 * A program that npm cannot bring along.
 * @typedef {object} Program
 * @property {string[]} names what its file may be called
 * @property {string} apt its package on Debian and Ubuntu
 * @property {string} brew its package on macOS
 * @property {string} [service] the system service that the package would start, and which Lapse has no use for
 * @property {string} [override] an environment variable that names its file
 */

/** @type {Record<'redis' | 'nginx' | 'chromium', Program>} */
export const PROGRAMS = {
  redis: { names: ['redis-server'], apt: 'redis-server', brew: 'redis', service: 'redis-server' },
  nginx: { names: ['nginx'], apt: 'nginx-light', brew: 'nginx', service: 'nginx' },
  chromium: {
    names: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
    apt: 'chromium',
    brew: '--cask chromium',
    override: 'CHROME_BIN',
  },
};

/** Where programs lie that are not on everyone's PATH. */
const MORE_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin', '/usr/local/bin'];

/**
 * What older ones lack: Redis 7 the append-only format and script flags, nginx 1.20 an error log that is never a file.
 * @type {Record<'redis-server' | 'nginx', [number, number]>}
 */
const OLDEST = { 'redis-server': [7, 0], nginx: [1, 20] };

/**
 * Finds programs, and installs those that are missing where this user may: by apt-get, as root.
 * @template {keyof typeof PROGRAMS} Name
 * @param {Name[]} names
 * @param {import('./processes.mjs').Processes} processes
 * @param {(line: string) => void} say
 * @returns {Promise<Record<Name, string>>} the path of each
 * @throws {Refusal} with one line that says what to install
 */
export async function findPrograms(names, processes, say) {
  const missing = names.filter((name) => !find(PROGRAMS[name])).map((name) => PROGRAMS[name]);
  if (missing.length > 0) await install(missing, processes, say);
  const found = names.map((name) => {
    const path = find(PROGRAMS[name]);
    if (!path) throw new Refusal(whatToInstall([PROGRAMS[name]]));
    return [name, path];
  });
  return Object.fromEntries(found);
}

/** @param {Program} program */
function find(program) {
  const override = program.override && process.env[program.override];
  if (override) {
    if (isExecutable(override)) return override;
    throw new Refusal(`${program.override} is "${override}", which is not a program that can be run.`);
  }
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...MORE_FOLDERS].filter(Boolean);
  return program.names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {Program[]} programs
 * @param {import('./processes.mjs').Processes} processes
 * @param {(line: string) => void} say
 */
async function install(programs, processes, say) {
  const packages = programs.map((program) => program.apt);
  if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0) throw new Refusal(whatToInstall(programs));
  say(`Installing ${packages.join(' and ')} by apt-get (nothing of them is started or enabled)…`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const allowServices = forbidServices();
  try {
    await processes.run('apt-get update', 'apt-get', ['update', '-q'], { env });
    const args = ['install', '-q', '-y', '--no-install-recommends', ...packages];
    const { code, output } = await processes.run('apt-get install', 'apt-get', args, { env });
    if (code !== 0) {
      throw new Refusal(`${whatToInstall(programs)} apt-get failed:\n${output}`, 1);
    }
  } finally {
    allowServices();
  }
  for (const { service } of programs) if (service) disableService(service);
}

/** Debian's packages start their services at once; this file, where it exists, forbids it (see invoke-rc.d). */
function forbidServices() {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return () => undefined;
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return () => rmSync(policy, { force: true });
}

/** nginx would otherwise take port 80 at the next boot. @param {string} name */
function disableService(name) {
  if (!existsSync('/run/systemd/system')) return;
  try {
    execFileSync('systemctl', ['disable', `${name}.service`], { stdio: 'ignore' });
  } catch {
    // A system that has no such service has nothing to disable.
  }
}

/** @param {Program[]} programs */
function whatToInstall(programs) {
  const names = programs.map((program) => program.names[0]).join(' and ');
  const verb = programs.length > 1 ? 'are' : 'is';
  if (process.platform === 'darwin') {
    return `${names} ${verb} missing. Install: brew install ${programs.map((program) => program.brew).join(' ')}`;
  }
  const packages = programs.map((program) => program.apt).join(' ');
  if (existsSync('/usr/bin/apt-get'))
    return `${names} ${verb} missing. Install: sudo apt-get install ${packages}`;
  return `${names} ${verb} missing. Install ${names} with the package manager of this system.`;
}

/**
 * @param {keyof typeof OLDEST} name
 * @param {string} path
 * @throws {Refusal} when the program is older than Lapse can use
 */
export function refuseOld(name, path) {
  const [major, minor] = versionOf(name, path);
  const [oldMajor, oldMinor] = OLDEST[name];
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return;
  throw new Refusal(
    `${path} is ${name} ${major}.${minor}, but Lapse needs ${oldMajor}.${oldMinor} or newer.`,
  );
}

/**
 * @param {keyof typeof OLDEST} name
 * @param {string} path
 * @returns {[number, number]}
 */
function versionOf(name, path) {
  // nginx tells its version on standard error.
  const command = name === 'nginx' ? '"$0" -v 2>&1' : '"$0" --version';
  const text = execFileSync('/bin/sh', ['-c', command, path], { encoding: 'utf8' });
  const match = /(?:v=|nginx\/)(\d+)\.(\d+)/.exec(text);
  if (!match) throw new Refusal(`${path} does not tell its version: is it ${name}?`);
  return [Number(match[1]), Number(match[2])];
}
