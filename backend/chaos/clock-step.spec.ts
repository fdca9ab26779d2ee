import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startBackend, stopBackends } from '../test/support/backend.js';
import { becomes } from '../test/support/eventually.js';
import { freshSpace } from '../test/support/helper.js';
import { RedisServer } from '../test/support/redis-server.js';
import { closeStores, openStore, type Store } from '../test/support/store.js';

const HOUR_MS = 3_600_000;

describe('When the clock of Redis is stepped', () => {
  let directory: string;
  let server: RedisServer;
  let store: Store;

  const step = (seconds: number) => writeFileSync(join(directory, 'offset'), String(seconds));

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lapse-clock-'));
    const shim = join(directory, 'clock-shim.so');
    const source = fileURLToPath(new URL('clock-shim.c', import.meta.url));
    execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', shim, source]);
    step(0);
    server = new RedisServer([], { LD_PRELOAD: shim, CLOCK_OFFSET_FILE: join(directory, 'offset') });
    await server.start();
    const space = freshSpace();
    await startBackend({ server, space });
    store = await openStore(server, space);
  });

  afterEach(async () => {
    await stopBackends();
    await closeStores();
    await server.stop();
    rmSync(directory, { recursive: true });
  });

  const expired = async () =>
    (await store.log.read('c', { types: ['expired'], limit: 1000 })).items.map(({ key }) => key);

  it('forward, what has come due by it ends at once, and nothing else', async () => {
    await store.entries.put('c', 'within the hour', { value: 1, ttlMs: HOUR_MS / 2 });
    await store.entries.put('c', 'later', { value: 1, ttlMs: 2 * HOUR_MS });
    step(3_600);
    await becomes(expired, ['within the hour']);
    await store.entries.put('c', 'new', { value: 1, ttlMs: 100 });
    await becomes(expired, ['within the hour', 'new']);
    const { lagMs } = (await store.log.read('c', { types: ['expired'], limit: 10 })).items[1]!;
    expect(lagMs).toBeLessThan(1_000);
    expect((await store.entries.list('c', { sort: 'key', limit: 10 })).total).toBe(1);
  });

  it('back, nothing ends before its deadline by that clock, and new deadlines are punctual', async () => {
    await store.entries.put('c', 'postponed', { value: 1, ttlMs: 300 });
    step(-3_600);
    await sleep(600);
    expect(await expired()).toEqual([]);
    const { ttlMs } = await store.entries.get('c', 'postponed');
    expect(ttlMs).toBeGreaterThan(HOUR_MS - 60_000);
    await store.entries.put('c', 'new', { value: 1, ttlMs: 100 });
    await becomes(expired, ['new']);
    const { lagMs } = (await store.log.read('c', { types: ['expired'], limit: 10 })).items[0]!;
    expect(lagMs).toBeLessThan(1_000);
    step(0);
    await becomes(expired, ['new', 'postponed']);
  });
});
