import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { fill, part } from './stage.js';

export interface LiveOptions {
  url: string;
  ws: string;
  cache: string;
  /** Events a second, in calls of so many. */
  perSecond: number;
  perCall: number;
  ms: number;
}

/** Delays from `at`, when Redis logged an event, to its arrival, in ms; `at` is in whole ms, cut off. */
export interface LiveResult {
  events: number;
  p50: number;
  p99: number;
  max: number;
}

/** Writes at a steady rate, and reads what it wrote from a subscription of its own. */
async function run({ url, ws, cache, perSecond, perCall, ms }: LiveOptions): Promise<LiveResult> {
  const delays: number[] = [];
  const socket = new WebSocket(`${ws}?cache=${cache}`);
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data)) as { type: string; event: { at: string } };
    if (frame.type === 'event')
      delays.push(performance.timeOrigin + performance.now() - Date.parse(frame.event.at));
  });
  await once(socket, 'open');
  await sleep(200);
  process.send!('ready');

  const calls = Math.round((ms / 1000) * (perSecond / perCall));
  const began = performance.now();
  const underWay: Promise<void>[] = [];
  for (let i = 0; i < calls; i++) {
    await sleep(Math.max(0, began + (i * 1000 * perCall) / perSecond - performance.now()));
    underWay.push(fill({ url }, cache, perCall, (n) => ({ key: `live${n}`, value: { i, n } })));
  }
  await Promise.all(underWay);
  await sleep(500);
  socket.terminate();
  return { events: delays.length, p50: part(delays, 0.5), p99: part(delays, 0.99), max: part(delays, 1) };
}

if (process.send) {
  const result = await run(JSON.parse(process.argv[2] as string) as LiveOptions);
  process.send(result);
  process.disconnect();
}
