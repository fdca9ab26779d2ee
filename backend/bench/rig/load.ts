import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { needProgram } from './debian.js';

const SCRIPT = fileURLToPath(new URL('load.lua', import.meta.url));

/** One kind of request, again and again. `{n}` in the path stands for a number below `keys` that counts up. */
export interface Load {
  url: string;
  method: 'GET' | 'PUT' | 'POST';
  path: string;
  body?: string;
  keys: number;
  connections: number;
  seconds: number;
  /** What each answer has to contain. */
  expect?: string;
}

export interface Loaded {
  answers: number;
  perSecond: number;
  /** How many requests were answered otherwise, or not at all. */
  wrong: number;
}

/** HTTP load by wrk, which takes little of the machine for itself: what is measured is the server. */
export async function load({ url, path, connections, seconds, ...options }: Load): Promise<Loaded> {
  needProgram('wrk', 'wrk');
  const [before, after] = path.split('{n}') as [string, string?];
  const { stdout } = await promisify(execFile)(
    'wrk',
    ['--threads=1', `--connections=${connections}`, `--duration=${seconds}s`, `--script=${SCRIPT}`, url],
    {
      env: {
        PATH: process.env.PATH,
        METHOD: options.method,
        PATH_BEFORE: before,
        ...(after !== undefined && { PATH_AFTER: after }),
        ...(options.body !== undefined && { BODY: options.body }),
        ...(options.expect !== undefined && { EXPECT: options.expect }),
        KEYS: String(options.keys),
      },
    },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as Loaded;
}
