import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, delimiter, join } from 'node:path';
import { ROOT } from './paths.mjs';
import { Refusal } from './refusal.mjs';

const NODE_MAJOR = 24;

/**
 * The Node that everything runs on: the one that npm installed with the project (Linux on x64 and arm64), or else the
 * one that runs this, if it is new enough.
 * @returns {string} its path
 * @throws {Refusal}
 */
export function nodePath() {
  const own = join(ROOT, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
  if (existsSync(own) && runs(own)) return own;
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return process.execPath;
  throw new Refusal(
    `Lapse runs on Node ${NODE_MAJOR}, which npm cannot bring along for this system (${process.platform}, ` +
      `${process.arch}): install Node ${NODE_MAJOR} or newer, here is ${process.version}.`,
  );
}

/** A Node built for glibc exists on a musl system, but does not run. @param {string} path */
function runs(path) {
  try {
    execFileSync(path, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * The environment in which `node` is that Node and the project's own programs are found.
 * @param {string} node
 */
export function nodeEnv(node) {
  const path = [dirname(node), join(ROOT, 'node_modules/.bin'), process.env.PATH ?? ''];
  return { ...withoutNpmsWords(process.env), PATH: path.join(delimiter) };
}

/**
 * The environment without the project's own programs: `npm ci` takes those away while it runs, the Node among them.
 */
export function systemNodeEnv() {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return { ...withoutNpmsWords(process.env), PATH: path.join(delimiter) };
}

/**
 * What an npm around us says about its own run (`npm start -w backend`) is not meant for an npm that we run.
 * @param {NodeJS.ProcessEnv} env
 */
function withoutNpmsWords(env) {
  const about = /^npm_(lifecycle|package)_|^npm_config_(workspaces?|include_workspace_root)$/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !about.test(name)));
}
