// Part of `npm run images`: takes images/*.png of the real UI, by what the end-to-end tests use.
import { join } from 'node:path';
import { build } from './build.mjs';
import { findChromium } from './chromium.mjs';
import { installDependencies } from './dependencies.mjs';
import { nodeEnv, nodePath } from './node-runtime.mjs';
import { ROOT } from './paths.mjs';
import { Processes } from './processes.mjs';
import { findPrograms } from './programs.mjs';
import { Refusal, reportRefusal } from './refusal.mjs';

const WITHIN_MS = 120_000;

/** @param {string} line */
const say = (line) => console.log(line);

const processes = new Processes();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void processes.stop());
try {
  await installDependencies(processes, say);
  const node = nodePath();
  await findPrograms(['redis', 'nginx'], processes, say);
  const chromium = await findChromium(node, processes, say);
  await build(processes, say);
  const { code, how } = await processes.run('the camera', node, ['--import', 'tsx', 'screenshots.ts'], {
    cwd: join(ROOT, 'e2e'),
    env: { ...nodeEnv(node), CHROME_BIN: chromium },
    show: true,
    withinMs: WITHIN_MS,
  });
  if (code !== 0) throw new Refusal(`No pictures were taken: the camera ended ${how}.`, 1);
} catch (error) {
  if (!processes.stopping) reportRefusal(error);
} finally {
  await processes.stop();
}
