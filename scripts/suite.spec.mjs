import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { Processes } from './processes.mjs';
import { runSuite } from './suite.mjs';

/** @type {string} */
let directory;
/** @type {Processes} */
let processes;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lapse-suite-'));
  processes = new Processes();
});

afterEach(async () => {
  await processes.stop();
  rmSync(directory, { recursive: true });
});

/**
 * @param {string} code of the only spec file
 * @param {number} [withinMs]
 */
function figuresOf(code, withinMs = 20_000) {
  writeFileSync(join(directory, 'only.spec.mjs'), code);
  const args = [
    join(ROOT, 'node_modules/jasmine/bin/jasmine.js'),
    `--helper=${join(ROOT, 'scripts/jasmine-results.mjs')}`,
    join(directory, 'only.spec.mjs'),
  ];
  const surroundings = {
    processes,
    env: process.env,
    results: join(directory, 'results'),
    say: () => undefined,
  };
  return runSuite('only', { cwd: '.', args, withinMs }, { ...surroundings, show: false });
}

const PASSES = "it('passes', () => expect(1).toBe(1));";

describe('npm test', () => {
  it('counts what passed, failed and was skipped', async () => {
    const figures = await figuresOf(
      `${PASSES} it('fails', () => expect(1).toBe(2)); xit('is skipped', () => {});`,
    );
    expect(figures).toEqual({ passed: 1, failed: 1, skipped: 1 });
  });

  it('counts what only passed', async () => {
    expect(await figuresOf(PASSES)).toEqual({ passed: 1, failed: 0, skipped: 0 });
  });

  it('takes a crash for a failure, even one that says all is well', async () => {
    expect(await figuresOf(`${PASSES} it('crashes', () => process.exit(0));`)).toEqual({
      passed: 0,
      failed: 1,
      skipped: 0,
    });
  });

  it('takes a file that cannot be loaded for a failure', async () => {
    expect((await figuresOf(`${PASSES} import './missing.mjs';`)).failed).toBe(1);
  });

  it('takes a suite that runs nothing for a failure', async () => {
    expect(await figuresOf('')).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it('takes a suite of which only a chosen part ran for a failure', async () => {
    const figures = await figuresOf(`${PASSES} fit('is chosen', () => expect(1).toBe(1));`);
    expect(figures).toEqual({ passed: 1, failed: 1, skipped: 1 });
  });

  it('takes an error after the last test for a failure', async () => {
    const figures = await figuresOf(
      `${PASSES} afterAll(() => { throw new Error('left something behind'); });`,
    );
    expect(figures).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it('ends a suite that hangs, and takes it for a failure', async () => {
    const figures = await figuresOf("it('hangs', () => { for (;;); });", 1_000);
    expect(figures).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});
