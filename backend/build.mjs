// Bundles the backend and the protocol's types into dist/main.js; packages stay in node_modules. Types are checked by
// the linter, so that a build is quick.
import { cp, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** @param {string} path relative to this file */
const at = (path) => fileURLToPath(new URL(path, import.meta.url));

await rm(at('dist'), { recursive: true, force: true });
await build({
  absWorkingDir: at('.'),
  entryPoints: ['src/main.ts'],
  outfile: 'dist/main.js',
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  packages: 'external',
  alias: { '@lapse/protocol': at('../protocol/src/index.ts') },
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
});
// The scripts are read at run time, from beside the code.
await cp(at('src/redis/lua'), at('dist/lua'), { recursive: true });
