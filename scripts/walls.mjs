import { dirname, join, relative } from 'node:path';

/**
 * Who may know whom: the house's inner walls, enforced by the linter (eslint.config.js).
 *
 * The first row whose `files` match a file holds for it. `knows` lists what it may import inside its package, files
 * beside it apart; `packages` what it may import that not everyone may. Tests may reach through walls.
 * @typedef {{ files: RegExp, knows: RegExp, packages?: RegExp, why: string }} Wall
 */

const ANYTHING = /^/;
const NOTHING = /^$/;

/** @type {Wall[]} paths are relative to backend/src */
const BACKEND = [
  { files: /^(main|app|backend)\.ts$/, knows: ANYTHING, why: 'main and app know all' },
  {
    files: /^config\.ts$/,
    knows: /^(logger|redis\/target)\.ts$/,
    why: 'config knows what a setting may be, no more',
  },
  {
    files: /^[^/]+\.ts$/,
    knows: NOTHING,
    why: 'everyone may import errors, logger and iso, so they import nobody',
  },
  {
    files: /-controller\.ts$/,
    knows: /^errors\.ts$/,
    why: 'controllers know their own folder, errors and the protocol: never redis or realtime',
  },
  {
    files: /^redis\//,
    knows: /^(errors|iso|logger)\.ts$/,
    packages: /^(redis|@redis\/.*)$/,
    why: 'redis knows errors and logging',
  },
  { files: /^expiry\//, knows: /^(errors|iso|logger)\.ts$|^redis\//, why: 'expiry knows redis and logging' },
  {
    files: /^events\//,
    knows: /^(errors|iso|logger)\.ts$|^(redis|caches)\//,
    why: 'events knows redis and caches',
  },
  {
    files: /^realtime\/ws-server\.ts$/,
    knows: /^(errors|iso|logger)\.ts$|^events\//,
    packages: /^ws$/,
    why: 'realtime knows events and the protocol',
  },
  {
    files: /^realtime\//,
    knows: /^(errors|iso|logger)\.ts$|^events\//,
    why: 'realtime knows events and the protocol',
  },
  { files: /^caches\//, knows: /^(errors|iso|logger)\.ts$|^redis\//, why: 'caches knows redis' },
  {
    files: /^entries\//,
    knows: /^(errors|iso|logger)\.ts$|^(redis|caches)\//,
    why: 'entries knows redis and caches',
  },
  {
    files: /^http\/container\.ts$/,
    knows: /^(caches|entries|events)\//,
    why: 'the container hands the controllers what they need, no more',
  },
  { files: /^http\//, knows: /^(errors|iso|logger)\.ts$/, why: 'http knows errors and logging' },
];
const BACKEND_GUARDED = /^(redis|@redis\/.*|ws)$/;

/** @type {Wall[]} paths are relative to frontend/src/app */
const FRONTEND = [
  { files: /^(api|live)\//, knows: NOTHING, packages: /^rxjs/, why: 'api and live know the protocol alone' },
];

/** @type {Wall} for a file with an @Component, whatever its folder */
const COMPONENT = {
  files: ANYTHING,
  knows: /^(?!api\/)/,
  why: 'components know stores and what is live, as signals; only stores know the api and RxJS',
};
/** @type {Wall} for every other file of a feature: its stores */
const STORE = { files: ANYTHING, knows: ANYTHING, packages: /^rxjs/, why: 'stores know api and live' };
const FRONTEND_GUARDED = /^rxjs/;

/** @type {Wall} */
const PROTOCOL = { files: ANYTHING, knows: ANYTHING, packages: NOTHING, why: 'the protocol imports nothing' };

/**
 * @param {string} root of the repository
 * @param {string} file absolute
 * @param {boolean} isComponent
 * @returns {{ base: string, wall: Wall, guarded: RegExp } | undefined}
 */
function wallOf(root, file, isComponent) {
  const path = relative(root, file);
  if (path.endsWith('.spec.ts')) return undefined;
  if (path.startsWith('protocol/src/')) return { base: 'protocol/src', wall: PROTOCOL, guarded: ANYTHING };
  if (path.startsWith('backend/src/')) {
    const wall = BACKEND.find(({ files }) => files.test(path.slice('backend/src/'.length)));
    return { base: 'backend/src', wall: wall ?? nobodys(path), guarded: BACKEND_GUARDED };
  }
  if (!path.startsWith('frontend/src/app/')) return undefined;
  const wall = FRONTEND.find(({ files }) => files.test(path.slice('frontend/src/app/'.length)));
  return {
    base: 'frontend/src/app',
    wall: wall ?? (isComponent ? COMPONENT : STORE),
    guarded: FRONTEND_GUARDED,
  };
}

/** A new folder gets a row before it gets an import. @param {string} path @returns {Wall} */
function nobodys(path) {
  return { files: ANYTHING, knows: NOTHING, why: `scripts/walls.mjs has no row for ${path} yet` };
}

/** @type {import('eslint').Rule.RuleModule} */
const rule = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { wall: '"{{source}}" is behind a wall: {{why}}.' },
  },
  create(context) {
    const isComponent = context.sourceCode.text.includes('@Component(');
    const found = wallOf(context.cwd, context.filename, isComponent);
    if (!found) return {};
    const { base, wall, guarded } = found;
    const folder = dirname(context.filename);

    /** @param {string} source */
    const isAllowed = (source) => {
      if (!source.startsWith('.')) return !guarded.test(source) || (wall.packages?.test(source) ?? false);
      const target = relative(join(context.cwd, base), join(folder, source)).replace(/\.js$/, '.ts');
      // In the package's own root, too, not everyone knows everyone.
      const isBeside = target.includes('/') && dirname(join(folder, source)) === folder;
      return isBeside || (!target.startsWith('..') && wall.knows.test(target));
    };

    /** @param {{ source?: any }} node */
    const check = ({ source }) => {
      if (typeof source?.value !== 'string' || isAllowed(source.value)) return;
      context.report({ node: source, messageId: 'wall', data: { source: source.value, why: wall.why } });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};

export default { rules: { knows: rule } };
