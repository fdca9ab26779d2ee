import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The verbs: one Lua file each, named as here. Each file's header says what it takes and returns. */
const NAMES = [
  'attend',
  'describe-cache',
  'drop',
  'head',
  'list',
  'operate',
  'operate-when-full',
  'peek',
  'read-log',
  'set-policy',
  'settle',
  'shrink',
  'tend',
] as const;

export type ScriptName = (typeof NAMES)[number];

export interface Script {
  source: string;
  sha: string;
}

const directory = new URL('./lua/', import.meta.url);

const read = (file: string): string => readFileSync(new URL(file, directory), 'utf8');

/**
 * A verb's source with the library files that its `--@use` line names put in after its first line, which must
 * stay first: it carries the script's flags.
 */
function load(name: ScriptName): string {
  const verb = read(`${name}.lua`);
  const firstLine = verb.slice(0, verb.indexOf('\n') + 1);
  const used = /^--@use (.+)$/m.exec(verb)?.[1]?.split(' ') ?? [];
  return [firstLine, ...used.map((file) => read(`lib/${file}.lua`)), verb.slice(firstLine.length)].join('\n');
}

const SOURCES = Object.fromEntries(NAMES.map((name) => [name, load(name)])) as Record<ScriptName, string>;

/**
 * The scripts of one key space. Each space has its own in Redis, though they do the same: that the server knows none
 * of them is how a backend learns that the server was started anew (see `RedisClient.run`), and another space's
 * backends must not hide it.
 */
export function scriptsOf(space: string): Record<ScriptName, Script> {
  const scripts = NAMES.map((name): [ScriptName, Script] => {
    const source = `${SOURCES[name]}\n-- ${space}\n`;
    return [name, { source, sha: createHash('sha1').update(source).digest('hex') }];
  });
  return Object.fromEntries(scripts) as Record<ScriptName, Script>;
}
