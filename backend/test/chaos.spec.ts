import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BACKEND = fileURLToPath(new URL('..', import.meta.url));
const BUILD = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));

/** Fixed, so that what is tried is the same every time, as far as two cores and the kernel allow. */
const RUNS = [
  { mode: 'kept', seed: 1, minutes: 1, backends: 3 },
  { mode: 'kept', seed: 2, minutes: 1, backends: 2 },
] as const;

function node(args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      args,
      { cwd: BACKEND, maxBuffer: 64 * 1024 * 1024 },
      (_error, out, err) => resolve({ code: child.exitCode ?? -1, output: `${out}${err}` }),
    );
  });
}

describe('Two minutes of chaos', () => {
  it('break no promise, whichever process is killed, stopped or cut off', async () => {
    await node([BUILD, 'backend']);
    const outcomes = await Promise.all(
      RUNS.map(({ mode, seed, minutes, backends }) => {
        const given = { mode, seed, minutes, backends };
        const options = Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)]);
        return node(['--import', 'tsx', 'chaos/main.ts', ...options]);
      }),
    );
    for (const { code, output } of outcomes) expect(code).withContext(output).toBe(0);
  }, 150_000);
});
