import { execFileSync, spawnSync } from 'node:child_process';

/**
 * Sees to it that a program of a Debian package is there: installs it where this process may, which is when it runs as
 * root. The package's own service is neither enabled nor started.
 * @throws when it is missing and may not be installed
 */
export function needProgram(program: string, debianPackage: string): void {
  if (spawnSync('which', [program], { stdio: 'ignore' }).status === 0) return;
  if (process.getuid?.() !== 0) throw new Error(`${program} is missing: apt-get install ${debianPackage}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  execFileSync('apt-get', ['install', '-y', '--no-install-recommends', debianPackage], {
    env,
    stdio: 'ignore',
  });
}
