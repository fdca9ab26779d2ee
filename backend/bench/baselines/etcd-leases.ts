// etcd tells of an end when a lease runs out: one lease a key, and a watch on all of them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { now } from '../rig/clock.js';
import { needProgram } from '../rig/debian.js';
import { sparePort } from '../rig/processes.js';
import { check, type Measured } from '../rig/rounds.js';
import { percentiles } from '../rig/spread.js';
import type { Stand } from '../rig/stand.js';

const TTL_S = 3;
const PATIENCE_MS = 15_000;

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Starts etcd; the function that it resolves to lets so many leases run out. */
export async function runEtcd(stand: Stand): Promise<(leases: number) => Promise<Measured>> {
  needProgram('etcd', 'etcd-server');
  const [client, peer] = [await sparePort(), await sparePort()];
  const data = mkdtempSync(join(tmpdir(), 'lapse-etcd-'));
  const at = (port: number) => `http://127.0.0.1:${port}`;
  const args = [
    ...['--data-dir', data, '--name', 'bench', '--log-level', 'error'],
    ...['--listen-client-urls', at(client), '--advertise-client-urls', at(client)],
    ...['--listen-peer-urls', at(peer), '--initial-advertise-peer-urls', at(peer)],
    ...['--initial-cluster', `bench=${at(peer)}`],
  ];
  const server = await stand.server('etcd', args, client);
  const stop = server.stop.bind(server);
  server.stop = async () => {
    await stop();
    rmSync(data, { recursive: true });
  };
  return (leases) => run(at(client), leases);
}

interface WatchAnswer {
  result?: { created?: boolean; events?: { type?: string; kv: { key: string } }[] };
}

async function run(url: string, leases: number): Promise<Measured> {
  const call = async <T>(path: string, body: object): Promise<T> => {
    const response = await fetch(`${url}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
    return (await response.json()) as T;
  };
  const abort = new AbortController();
  const range = { key: base64('k'), range_end: base64('l') };
  const watch = await fetch(`${url}/v3/watch`, {
    method: 'POST',
    body: JSON.stringify({ create_request: { ...range, filters: ['NOPUT'] } }),
    signal: abort.signal,
  });
  const deadlines = new Map<string, number>();
  const latencies: number[] = [];
  const all = (async () => {
    const lines = createInterface({ input: Readable.fromWeb(watch.body as never) });
    lines.on('error', () => undefined);
    for await (const line of lines) {
      const at = now();
      for (const { kv } of (JSON.parse(line) as WatchAnswer).result?.events ?? []) {
        latencies.push(at - (deadlines.get(kv.key) as number));
        if (latencies.length === leases) return;
      }
    }
  })().catch(() => undefined);

  const keys = Array.from({ length: leases }, (_, n) => base64(`k${n}`));
  // Twenty callers: the ends are spread over as long as the grants take.
  const grant = async (key: string) => {
    const { ID } = await call<{ ID: string }>('lease/grant', { TTL: TTL_S });
    deadlines.set(key, now() + TTL_S * 1_000);
    await call('kv/put', { key, value: base64('v'.repeat(60)), lease: ID });
  };
  const queue = keys.values();
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      for (const key of queue) await grant(key);
    }),
  );
  await Promise.race([all, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  abort.abort();
  check(latencies.length === leases, `etcd told of ${latencies.length} of ${leases} ends`);
  return percentiles(latencies);
}
