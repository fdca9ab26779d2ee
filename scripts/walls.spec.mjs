import { ESLint } from 'eslint';
import { ROOT } from './paths.mjs';

/** The project's own configuration, less what needs a file's types: the code below is in no program. */
const eslint = new ESLint({
  cwd: ROOT,
  overrideConfig: {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: false } },
    rules: Object.fromEntries(
      [
        'await-thenable',
        'consistent-type-imports',
        'no-floating-promises',
        'no-misused-promises',
        'only-throw-error',
        'switch-exhaustiveness-check',
      ].map((name) => [`@typescript-eslint/${name}`, 'off']),
    ),
  },
});

/**
 * @param {string} file
 * @param {string} code
 */
async function rulesBrokenBy(file, code) {
  const [result] = await eslint.lintText(code, { filePath: `${ROOT}/${file}` });
  const broken = (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message);
  return broken.filter((rule) => !/unused|import-x\/(no-unresolved|named)/.test(rule));
}

/** @type {[file: string, code: string, rule: string][]} */
const FORBIDDEN = [
  ['protocol/src/event.ts', "import { z } from 'zod';", 'walls/knows'],
  ['protocol/src/event.ts', "import { readFileSync } from 'node:fs';", 'walls/knows'],
  ['backend/src/expiry/sweeper.ts', "import { createClient } from 'redis';", 'walls/knows'],
  ['backend/src/app.ts', "import { createClient } from 'redis';", 'walls/knows'],
  [
    'backend/src/events/event-log.ts',
    "import type { X } from '@redis/client/dist/lib/RESP/types.js';",
    'walls/knows',
  ],
  ['backend/src/realtime/hub.ts', "import { WebSocketServer } from 'ws';", 'walls/knows'],
  ['backend/src/app.ts', "import { WebSocketServer } from 'ws';", 'walls/knows'],
  ['backend/src/entries/entries-controller.ts', "import { keys } from '../redis/keys.js';", 'walls/knows'],
  ['backend/src/entries/entries-controller.ts', "import { Hub } from '../realtime/hub.js';", 'walls/knows'],
  [
    'backend/src/entries/entries-controller.ts',
    "import { Caches } from '../caches/caches.js';",
    'walls/knows',
  ],
  ['backend/src/expiry/settler.ts', "import { EventLog } from '../events/event-log.js';", 'walls/knows'],
  ['backend/src/expiry/settler.ts', "import { readConfig } from '../config.js';", 'walls/knows'],
  ['backend/src/realtime/hub.ts', "import { Redis } from '../redis/client.js';", 'walls/knows'],
  ['backend/src/realtime/hub.ts', "import { Entries } from '../entries/entries.js';", 'walls/knows'],
  ['backend/src/redis/client.ts', "import { Entries } from '../entries/entries.js';", 'walls/knows'],
  ['backend/src/redis/client.ts', "export * from '../entries/entries.js';", 'walls/knows'],
  ['backend/src/redis/client.ts', "const late = await import('../entries/entries.js');", 'walls/knows'],
  ['backend/src/errors.ts', "import { createLogger } from './logger.js';", 'walls/knows'],
  ['backend/src/brand-new/thing.ts', "import { Entries } from '../entries/entries.js';", 'walls/knows'],
  ['backend/src/app.ts', 'export const port = process.env.PORT;', 'no-restricted-properties'],
  ['backend/src/logger.ts', "export const level = process['env'].LEVEL;", 'no-restricted-properties'],
  ['backend/src/app.ts', "import { env } from 'node:process';", 'no-restricted-imports'],
  ['frontend/src/app/api/lapse-api.ts', "import { Live } from '../live/live.js';", 'walls/knows'],
  ['frontend/src/app/live/live.ts', "import { Entries } from '../entries/entries.js';", 'walls/knows'],
  [
    'frontend/src/app/entries/entry-table.ts',
    "import { Component } from '@angular/core';\nimport { LapseApi } from '../api/lapse-api.js';\n" +
      "@Component({ selector: 'lapse-x', template: '' })\nexport class X {}",
    'walls/knows',
  ],
  [
    'frontend/src/app/entries/entry-table.ts',
    "import { Component } from '@angular/core';\nimport { Subject } from 'rxjs';\n" +
      "@Component({ selector: 'lapse-x', template: '' })\nexport class X {}",
    'walls/knows',
  ],
  ['frontend/src/app/live/live.ts', "export const socket = new WebSocket('/ws');", 'no-restricted-globals'],
  ['frontend/src/app/events/feed.ts', "export const source = new EventSource('/');", 'no-restricted-globals'],
  ['backend/src/errors.ts', 'export enum Colour { Red }', 'no-restricted-syntax'],
];

/** @type {[file: string, code: string][]} */
const ALLOWED = [
  ['protocol/src/event.ts', "import type { Cursor } from './cursor.js';"],
  ['backend/src/redis/client.ts', "import { createClient } from 'redis';"],
  ['backend/src/realtime/ws-server.ts', "import { WebSocketServer } from 'ws';"],
  ['backend/src/realtime/hub.ts', "import { EventConsumer } from '../events/event-consumer.js';"],
  ['backend/src/expiry/sweeper.ts', "import { Redis } from '../redis/client.js';"],
  ['backend/src/entries/entries-controller.ts', "import { Entries } from './entries.js';"],
  ['backend/src/entries/entries-controller.ts', "import { EntryNotFound } from '../errors.js';"],
  ['backend/src/config.ts', 'export const port = process.env.PORT;'],
  ['backend/src/app.ts', "import { Hub } from './realtime/hub.js';"],
  ['frontend/src/app/live/socket.ts', "export const socket = new WebSocket('/ws');"],
  ['frontend/src/app/entries/entries.ts', "import { LapseApi } from '../api/lapse-api.js';"],
];

describe('The walls of the house', () => {
  for (const [file, code, rule] of FORBIDDEN) {
    const what = code.split('\n').at(code.includes('@Component') ? 1 : 0);
    it(`keep ${what} out of ${file}`, async () => {
      const broken = await rulesBrokenBy(file, code);
      expect(broken.filter((name) => name !== 'import-x/no-cycle')).toEqual([rule]);
    });
  }

  it('stand across no circle of imports', async () => {
    const broken = await rulesBrokenBy('backend/src/errors.ts', "import { Redis } from './redis/client.js';");
    expect(broken).toContain('import-x/no-cycle');
  });

  for (const [file, code] of ALLOWED) {
    it(`let ${code} into ${file}`, async () => {
      expect(await rulesBrokenBy(file, code)).toEqual([]);
    });
  }
});
