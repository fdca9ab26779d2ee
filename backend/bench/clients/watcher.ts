// A WebSocket client that notes how long after its deadline each entry was heard to have expired.
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { now } from '../rig/clock.js';
import { serve } from '../rig/serve.js';

/** What a watch brought. */
export interface Watched {
  /** From the deadline to the parsed frame, in ms, in the order they came. */
  latencies: number[];
  /** When the last one came, and the first of all their deadlines, in ms. */
  lastAt: number;
  firstDeadline: number;
  doubled: number;
  early: number;
}

let watch: (Watched & { prefix: string; seen: Set<string>; wanted: number; done: () => void }) | undefined;

/** The deadline: an event carries it, a bare key has it in its name. */
function note(key: string, deadline: number): void {
  if (!watch || !key.startsWith(watch.prefix)) return;
  const at = now();
  if (watch.seen.has(key)) {
    watch.doubled++;
    return;
  }
  watch.seen.add(key);
  if (at < deadline) watch.early++;
  watch.latencies.push(at - deadline);
  watch.lastAt = at;
  watch.firstDeadline = Math.min(watch.firstDeadline, deadline);
  if (watch.seen.size === watch.wanted) watch.done();
}

serve({
  async connect({ url }: { url: string }) {
    now();
    const socket = new WebSocket(url);
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as {
        type?: string;
        event?: { type: string; key: string; expiresAt: string };
        key?: string;
      };
      if (frame.event?.type === 'expired') note(frame.event.key, Date.parse(frame.event.expiresAt));
      else if (frame.key) note(frame.key, Number(frame.key.slice(frame.key.lastIndexOf('@') + 1)));
    });
    await once(socket, 'message');
  },

  /** Waits for so many keys of that prefix, or until `patience` ms have gone. */
  async watch({ prefix, wanted, patience }: { prefix: string; wanted: number; patience: number }) {
    const watched: Watched = { latencies: [], lastAt: 0, firstDeadline: Infinity, doubled: 0, early: 0 };
    await new Promise<void>((done) => {
      watch = Object.assign(watched, { prefix, wanted, seen: new Set<string>(), done });
      setTimeout(done, patience);
    });
    // A moment more: for what comes twice.
    await new Promise((resolve) => setTimeout(resolve, 100));
    watch = undefined;
    const { latencies, lastAt, firstDeadline, doubled, early } = watched;
    return { latencies, lastAt, firstDeadline, doubled, early };
  },
});
