import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, Scale } from './rig/bench.js';
import { needProgram } from './rig/debian.js';
import { atLeast, figure, times, type Figure } from './rig/figure.js';
import { VALUE, describe, fill } from './rig/fill.js';
import { load, type Load } from './rig/load.js';
import { sparePort, type Measurable } from './rig/processes.js';
import { setBare } from './rig/raw-redis.js';
import { alternate, check, type Measured } from './rig/rounds.js';
import type { Stand } from './rig/stand.js';

const CONNECTIONS = 50;
const KEYS = 10_000;
const HOUR_MS = 3_600_000;
const CACHE = 'bench';

/** Somebody who answers PUT and GET. */
interface Contender {
  server: Measurable;
  put: Pick<Load, 'url' | 'method' | 'path' | 'body'>;
  get: Pick<Load, 'url' | 'method' | 'path'>;
  /** How many keys it holds. */
  held(): Promise<number>;
  /** Writes every key that will be asked for. */
  fill(): Promise<void>;
}

export const rest: Bench = {
  about: `PUT and GET of a 60-byte value over ${CONNECTIONS} connections, and batches of 1,000. Against a bare Express 5 app that does SET PX and GET, and Webdis, each with a Redis of the same settings.`,
  async run(stand, scale) {
    const contenders = [await lapse(stand), await express(stand), await webdis(stand)] as const;
    return [
      ...(await compare(contenders, 'put', scale)),
      ...(await compare(contenders, 'get', scale)),
      ...(await batch(contenders[0], contenders[2], scale)),
    ];
  },
};

type Three = readonly [lapse: Contender, express: Contender, webdis: Contender];

async function compare(three: Three, verb: 'put' | 'get', scale: Scale): Promise<Figure[]> {
  if (verb === 'get') await Promise.all(three.map((contender) => contender.fill()));
  const [lapse, express, webdis] = three.map((contender) => () => ask(contender, verb, scale));
  const runs = await alternate(
    scale.rounds,
    { lapse: lapse!, express: express!, webdis: webdis! },
    `rest ${verb}`,
  );
  const common = { unit: '/s', of: 'perSecond', better: 'more', lapse: runs.lapse } as const;
  const name = verb.toUpperCase();
  return [
    figure({ ...common, name, baseline: { name: 'Express', runs: runs.express }, target: times(0.9) }),
    figure({ ...common, name, baseline: { name: 'Webdis', runs: runs.webdis } }),
    figure({
      ...common,
      name: `${name}, CPU of the server a request`,
      unit: 'µs',
      of: 'cpu',
      better: 'less',
      baseline: { name: 'Express', runs: runs.express },
    }),
  ];
}

async function ask(contender: Contender, verb: 'put' | 'get', scale: Scale): Promise<Measured> {
  const { server, held } = contender;
  const cpu = server.cpuMs;
  const loaded = await load({
    ...contender[verb],
    keys: KEYS,
    connections: CONNECTIONS,
    seconds: scale.pick(4, 2),
    ...(verb === 'get' && { expect: VALUE }),
  });
  check(loaded.wrong === 0, `${loaded.wrong} requests were not answered as they should`);
  if (verb === 'put') {
    const keys = await held();
    // What was under way when the time was up may have been written though its answer was not waited for.
    const least = Math.min(KEYS, loaded.answers);
    check(keys >= least && keys <= KEYS, `${keys} keys are held after ${loaded.answers} answers`);
  }
  return { perSecond: loaded.perSecond, cpu: ((server.cpuMs - cpu) * 1_000) / loaded.answers };
}

async function batch(lapse: Contender, webdis: Contender, scale: Scale): Promise<Figure[]> {
  const A_BATCH = 1_000;
  const operations = Array.from({ length: A_BATCH }, (_, i) => {
    return { op: 'set', key: `b${i}`, value: VALUE, ttlMs: HOUR_MS };
  });
  const body = JSON.stringify({ operations });
  const batches = async (): Promise<Measured> => {
    // Each batch goes to a cache of its own out of a hundred: entries are created at first, then replaced.
    const loaded = await load({
      url: lapse.put.url,
      method: 'POST',
      path: '/api/v1/caches/batch{n}/entries/batch',
      body,
      keys: 100,
      connections: 4,
      seconds: scale.pick(4, 2),
      expect: '"status":20',
    });
    check(loaded.wrong === 0, `${loaded.wrong} batches were not answered as they should`);
    const { entries } = (await describe(lapse.put.url, 'batch0')) as { entries: number };
    check(entries === A_BATCH, `${entries} of ${A_BATCH} entries are held`);
    return { perSecond: loaded.perSecond * A_BATCH };
  };
  const contenders = { lapse: batches, webdis: () => ask(webdis, 'put', scale) };
  const runs = await alternate(scale.rounds, contenders, 'rest batch');
  const baseline = { name: 'Webdis one by one', runs: runs.webdis };
  const common = { name: 'batch, entries', unit: '/s', of: 'perSecond', better: 'more' } as const;
  return [figure({ ...common, lapse: runs.lapse, baseline, target: atLeast(100_000, '/s') })];
}

const entry = JSON.stringify({ value: VALUE, ttlMs: HOUR_MS });

async function lapse(stand: Stand): Promise<Contender> {
  const server = await stand.backend(await stand.redis());
  const request = { url: server.url, path: `/api/v1/caches/${CACHE}/entries/k{n}` };
  return {
    server,
    put: { ...request, method: 'PUT', body: entry },
    get: { ...request, method: 'GET' },
    held: async () => (await describe(server.url, CACHE)).entries,
    fill: () => fill(server.url, CACHE, KEYS, (n) => ({ key: `k${n}`, ttlMs: HOUR_MS })),
  };
}

async function express(stand: Stand): Promise<Contender> {
  const redis = await stand.redis();
  const server = await stand.baseline('bare-express', redis);
  const raw = await redis.connect();
  const request = { url: `http://127.0.0.1:${server.port}`, path: '/k{n}' };
  return {
    server,
    put: { ...request, method: 'PUT', body: entry },
    get: { ...request, method: 'GET' },
    held: () => raw.dbSize(),
    fill: () => setBare(raw, KEYS, (n) => ({ key: `k${n}`, deadline: Date.now() + HOUR_MS })),
  };
}

async function webdis(stand: Stand): Promise<Contender> {
  needProgram('webdis', 'webdis');
  const redis = await stand.redis();
  const raw = await redis.connect();
  const port = await sparePort();
  const settings = { http_host: '127.0.0.1', http_port: port, redis_host: redis.socket, redis_port: 0 };
  const file = join(mkdtempSync(join(tmpdir(), 'lapse-webdis-')), 'webdis.json');
  writeFileSync(
    file,
    JSON.stringify({ ...settings, threads: 2, pool_size: 20, daemonize: false, verbosity: 0 }),
  );
  const server = await stand.server('webdis', [file], port);
  const url = `http://127.0.0.1:${port}`;
  return {
    server,
    // The body of a PUT is the last argument.
    put: { url, method: 'PUT', path: `/PSETEX/k{n}/${HOUR_MS}`, body: VALUE },
    get: { url, method: 'GET', path: '/GET/k{n}' },
    held: () => raw.dbSize(),
    fill: () => setBare(raw, KEYS, (n) => ({ key: `k${n}`, deadline: Date.now() + HOUR_MS })),
  };
}
