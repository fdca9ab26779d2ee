// Thousands of WebSocket clients in one process. They do as little as can be done with each frame, so that what is
// measured is the server: no library, no text, only the event's number, which has to be the one that is due.
import { createConnection, type Socket } from 'node:net';
import { now } from '../rig/clock.js';
import { serve } from '../rig/serve.js';
import { FrameReader, clientFrame } from './frames.js';

/** What the clients have received since `expect`. */
export interface Received {
  /** When the last client had all that was expected, in ms. */
  doneAt: number;
  events: number;
  /** From `sentAt` in an event's key to here, in ms, for one client in a hundred. */
  latencies: number[];
  /** What went wrong, if anything did. */
  fault?: string;
}

/** Where an event begins, in the servers' own frames: Lapse's and the bare loop's, Socket.IO's. */
const EVENT = { lapse: Buffer.from('{"type":"event"'), 'socket.io': Buffer.from('42["event",') };
const CURSOR = '"cursor":"';

const sockets: Member[] = [];
let expected = Infinity;
let waiting = 0;
let fault: string | undefined;
let latencies: number[] = [];
let doneAt = 0;
let done: (() => void) | undefined;

class Member {
  private readonly raw: Socket;
  private readonly frames = new FrameReader((...frame) => this.take(...frame));
  private upgraded = false;
  private seqAt = -1;
  private last = 0;
  received = 0;

  constructor(
    port: number,
    private readonly path: string,
    private readonly kind: keyof typeof EVENT,
    private readonly timed: boolean,
    private readonly onReady: () => void,
  ) {
    this.raw = createConnection(port, '127.0.0.1');
    this.raw.setNoDelay(true);
    this.raw.on('connect', () => this.raw.write(handshake(this.path)));
    this.raw.on('data', (chunk: Buffer) => this.read(chunk));
    this.raw.on('error', (error) => fail(`a socket failed: ${error.message}`));
    this.raw.on('close', () => fail('a socket was closed'));
  }

  end(): void {
    this.raw.removeAllListeners('close');
    this.raw.destroy();
  }

  private read(chunk: Buffer): void {
    if (this.upgraded) {
      this.frames.read(chunk);
      return;
    }
    const end = chunk.indexOf('\r\n\r\n');
    if (end === -1 || chunk.toString('latin1', 9, 12) !== '101') {
      fail(`no WebSocket: ${chunk.toString('latin1', 0, 80)}`);
      return;
    }
    this.upgraded = true;
    if (this.kind === 'socket.io') this.raw.write(clientFrame(1, Buffer.from('40')));
    else this.onReady();
    if (end + 4 < chunk.length) this.frames.read(chunk.subarray(end + 4));
  }

  private take(opcode: number, bytes: Buffer, start: number, end: number): void {
    if (opcode === 9) this.raw.write(clientFrame(10, bytes.subarray(start, end)));
    else if (opcode === 8) fail(`a socket was closed: ${bytes.toString('utf8', start + 2, end)}`);
    else if (startsWith(bytes, start, EVENT[this.kind])) this.event(bytes, start, end);
    else if (this.kind === 'socket.io') this.control(bytes[start]!, bytes[start + 1]!);
  }

  /** Engine.IO's own: `2` is a ping to be answered by `3`, `40` says that one is connected. */
  private control(type: number, kind: number): void {
    if (type === 0x32) this.raw.write(clientFrame(1, Buffer.from('3')));
    else if (type === 0x34 && kind === 0x30) this.onReady();
  }

  private event(bytes: Buffer, start: number, end: number): void {
    if (this.seqAt === -1 || bytes[start + this.seqAt - 1] !== 0x2d) {
      const cursor = bytes.indexOf(CURSOR, start) + CURSOR.length;
      this.seqAt = bytes.indexOf('-', cursor) + 1 - start;
    }
    let seq = 0;
    for (let at = start + this.seqAt; ; at++) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) break;
      seq = seq * 10 + digit;
    }
    if (this.last !== 0 && seq !== this.last + 1) fail(`event ${seq} came after event ${this.last}`);
    this.last = seq;
    if (this.timed) {
      const sentAt = /"key":"(?:\w+:)?([\d.]+)"/.exec(bytes.toString('latin1', start, end))?.[1];
      latencies.push(now() - Number(sentAt));
    }
    if (++this.received === expected && --waiting === 0) finish();
  }
}

function fail(what: string): void {
  fault ??= what;
  finish();
}

function finish(): void {
  doneAt = now();
  done?.();
}

function startsWith(bytes: Buffer, at: number, text: Buffer): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

function handshake(path: string): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

interface OpenOptions {
  port: number;
  path: string;
  count: number;
  kind: keyof typeof EVENT;
}

serve({
  /** Opens so many sockets, some hundred at a time. */
  async open({ port, path, count, kind }: OpenOptions) {
    now();
    for (let opened = 0; opened < count; opened += 200) {
      const some = Array.from({ length: Math.min(200, count - opened) }, (_, i) => {
        return new Promise<void>((ready, reject) => {
          const timer = setTimeout(() => reject(new Error('a socket does not open')), 20_000);
          const onReady = () => {
            clearTimeout(timer);
            ready();
          };
          sockets.push(new Member(port, path, kind, (opened + i) % 100 === 0, onReady));
        });
      });
      await Promise.all(some);
    }
  },

  /** From now on, so many events are to reach each socket: those that are open, or so many that soon will be. */
  expect({ each, of = sockets.length }: { each: number; of?: number }) {
    expected = each;
    waiting = of;
    latencies = [];
    fault = undefined;
    for (const socket of sockets) socket.received = 0;
  },

  /** Waits until they have. */
  async received({ patience }: { patience: number }): Promise<Received> {
    if (waiting > 0 && fault === undefined) {
      await new Promise<void>((resolve) => {
        done = resolve;
        setTimeout(resolve, patience).unref();
      });
      done = undefined;
    }
    const events = sockets.reduce((sum, { received }) => sum + received, 0);
    const late =
      waiting > 0 ? `${waiting} of ${sockets.length} sockets lack events after ${patience} ms` : undefined;
    const what = fault ?? late;
    return { doneAt, events, latencies, ...(what !== undefined && { fault: what }) };
  },

  close() {
    for (const socket of sockets.splice(0)) socket.end();
  },
});
