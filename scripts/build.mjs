import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeEnv, nodePath } from './node-runtime.mjs';
import { ROOT } from './paths.mjs';
import { Processes } from './processes.mjs';
import { Refusal, reportRefusal } from './refusal.mjs';

/**
 * What is built, from what. A part is built again only when the content of its inputs has changed.
 * @typedef {{ inputs: string[], results: string[], stamp: string }} Part
 * @type {Record<string, Part>}
 */
const PARTS = {
  backend: {
    inputs: [
      'backend/src',
      'backend/build.mjs',
      'backend/package.json',
      'backend/tsconfig.json',
      'backend/tsoa.json',
    ],
    results: ['backend/dist/main.js', 'backend/src/generated/routes.ts'],
    stamp: 'backend/dist/.inputs',
  },
  frontend: {
    inputs: [
      'frontend/src',
      'frontend/public',
      'frontend/angular.json',
      'frontend/package.json',
      'frontend/tsconfig.json',
      'frontend/tsconfig.app.json',
    ],
    results: ['frontend/dist/browser/index.html'],
    stamp: 'frontend/dist/.inputs',
  },
};

const SHARED_INPUTS = ['protocol/src', 'protocol/package.json', 'tsconfig.base.json', 'package-lock.json'];
/** What a build makes itself, and what it leaves out. */
const NOT_AN_INPUT = /(^|\/)generated(\/|$)|\.spec\.ts$/;

/**
 * @param {Processes} processes
 * @param {(line: string) => void} say
 * @param {string[]} [names] all parts, unless given
 */
export async function build(processes, say, names = Object.keys(PARTS)) {
  const outdated = names.map((name) => ({ name, ...partOf(name) })).filter((part) => !isBuilt(part));
  if (outdated.length === 0) return;
  say(`Building the ${outdated.map((part) => part.name).join(' and the ')}…`);
  await Promise.all(outdated.map((part) => buildPart(part, processes)));
}

/** @param {string} name */
function partOf(name) {
  const part = PARTS[name];
  if (!part) throw new Refusal(`There is no "${name}" to build: ${Object.keys(PARTS).join(', ')}.`);
  return { ...part, fingerprint: fingerprint([...part.inputs, ...SHARED_INPUTS]) };
}

/** @param {Part & { fingerprint: string }} part */
function isBuilt({ results, stamp, fingerprint }) {
  const stampPath = join(ROOT, stamp);
  const isComplete = [...results, stamp].every((path) => existsSync(join(ROOT, path)));
  return isComplete && readFileSync(stampPath, 'utf8') === fingerprint;
}

/**
 * @param {Part & { name: string, fingerprint: string }} part
 * @param {Processes} processes
 */
async function buildPart({ name, stamp, fingerprint }, processes) {
  const { code, output } = await processes.run(
    `the build of the ${name}`,
    'npm',
    ['run', 'build', '-w', name],
    {
      cwd: ROOT,
      env: { ...nodeEnv(nodePath()), NG_CLI_ANALYTICS: 'false' },
    },
  );
  if (code !== 0) throw new Refusal(`The ${name} does not build:\n${output}`, 1);
  writeFileSync(join(ROOT, stamp), fingerprint);
}

/**
 * One hash of the names and contents of files and whole folders: content, not time, so that a fresh checkout or a
 * touched file builds nothing again.
 * @param {string[]} paths relative to the root
 */
function fingerprint(paths) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap(filesIn).filter((path) => !NOT_AN_INPUT.test(path))) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesIn(path) {
  const absolute = join(ROOT, path);
  if (!existsSync(absolute)) return [];
  if (!statSync(absolute).isDirectory()) return [path];
  return readdirSync(absolute)
    .sort()
    .flatMap((name) => filesIn(`${path}/${name}`));
}

// `node scripts/build.mjs [backend] [frontend]`
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const processes = new Processes();
  const names = process.argv.slice(2);
  try {
    await build(processes, console.log, names.length > 0 ? names : undefined);
  } catch (error) {
    reportRefusal(error);
  } finally {
    await processes.stop();
  }
}
