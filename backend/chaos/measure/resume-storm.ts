import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { EventPage } from '@lapse/protocol';
import type { BackendProcess } from '../backend-process.js';
import { fill, live, onStage, setPolicy } from './stage.js';

const CACHE = 'storm';
const AGO = 10_000;
const SUBSCRIBERS = 500;
const P99_MS = 100;

/** 500 subscribers resume at once from 10,000 events ago while 200 writes a second go on. */
export function resumeStorm(): Promise<{ passed: boolean; report: string }> {
  return onStage(1, async (backends) => {
    const backend = backends[0] as BackendProcess;
    await setPolicy(backend, CACHE, { history: 10 * AGO });
    await fill(backend, CACHE, AGO + 1, (i) => ({ key: `k${i % 1000}`, value: { i } }));
    const first = (await (
      await fetch(`${backend.url}/api/v1/caches/${CACHE}/events?limit=1`)
    ).json()) as EventPage;
    const options = {
      url: backend.url,
      ws: backend.ws,
      cache: CACHE,
      perSecond: 200,
      perCall: 1,
      ms: 20_000,
    };
    const { ready, result } = live(options);
    await ready;
    await sleep(2_000);
    const began = performance.now();
    const resumers = Array.from({ length: SUBSCRIBERS }, () => new Resumer(backend.ws, first.next));
    await Promise.all(resumers.map(({ live }) => live));
    const took = performance.now() - began;
    const { p50, p99, max, events } = await result;
    await sleep(1_000);
    const whole = resumers.filter((resumer) => resumer.whole && resumer.count === AGO + events).length;
    for (const resumer of resumers) resumer.end();
    return {
      passed: whole === SUBSCRIBERS && p99 < P99_MS,
      report:
        `${whole} of ${SUBSCRIBERS} whole (${AGO} events replayed and ${events} live, each); all live after ` +
        `${Math.round(took)} ms; live delivery p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, max ${max.toFixed(1)} ms`,
    };
  });
}

/** Counts what it is sent, and looks no further than whether each place follows the one before. */
class Resumer {
  count = 0;
  whole = true;
  readonly live: Promise<void>;
  private readonly socket: WebSocket;
  private place: number;

  constructor(ws: string, after: string) {
    this.place = Number(after.slice(after.lastIndexOf('-') + 1));
    this.socket = new WebSocket(`${ws}?cache=${CACHE}&after=${after}`);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.live = promise;
    this.socket.on('message', (data: Buffer) => this.receive(data, resolve));
    this.socket.on('close', () => (this.whole = false));
    this.socket.on('error', reject);
  }

  end(): void {
    this.socket.terminate();
  }

  private receive(data: Buffer, isLive: () => void): void {
    const head = data.toString('latin1', 0, 80);
    if (head.startsWith('{"type":"live"')) isLive();
    else if (head.includes('"recovered":false')) this.whole = false;
    else if (head.startsWith('{"type":"event"')) {
      const place = Number(/"cursor":"[^"]*-(\d+)"/.exec(head)?.[1]);
      if (place !== ++this.place) this.whole = false;
      this.count++;
    }
  }
}
