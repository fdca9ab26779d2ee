import { WebSocket } from 'ws';
import type { LapseEvent } from '@lapse/protocol';
import type { BackendProcess } from '../backend-process.js';
import type { Note, Recording } from '../evidence.js';
import type { Random } from '../random.js';
import { AWAY_MS, newRecording, type Subscriber, type Wish } from './subscriber.js';
import type { Texts } from './texts.js';

const SILENCE_MS = 2_000;
const ID = 's';

/** The frames that it heeds, as the contract has them. */
type Frame =
  | { type: 'subscribed'; id: string; cursor?: string; recovered?: boolean }
  | { type: 'event'; event: LapseEvent }
  | { type: 'live'; id: string; cursor: string }
  | { type: 'gap'; id: string; cache: string; from: string; to: string }
  | { type: 'heartbeat'; cursors: Record<string, string> }
  | { type: 'error'; id?: string; code: string; message: string }
  | { type: 'welcome' | 'pong' | 'unsubscribed' };

/**
 * A WebSocket client written from the contract alone. It writes down all that it is told, comes back whenever it is
 * cut off, to any of the backends, and if it resumes it does so from the last place that it was told.
 */
export class WsSubscriber implements Subscriber {
  readonly recording: Recording;
  private socket?: WebSocket;
  private backend?: BackendProcess;
  private last?: string;
  private asked?: string;
  private heard = 0;
  private ticker?: NodeJS.Timeout;
  private stopped = false;

  constructor(
    private readonly wish: Wish,
    private readonly backends: readonly BackendProcess[],
    private readonly random: Random,
    private readonly texts: Texts,
  ) {
    this.recording = newRecording(wish);
  }

  start(): void {
    this.connect();
    this.ticker = setInterval(() => this.tick(), SILENCE_MS / 2);
  }

  cut(): void {
    this.socket?.terminate();
  }

  stop(): void {
    this.stopped = true;
    clearInterval(this.ticker);
    this.cut();
  }

  private connect(): void {
    if (this.stopped) return;
    this.backend = this.random.pick(this.backends);
    const socket = new WebSocket(this.backend.ws, 'lapse.v1', { handshakeTimeout: SILENCE_MS });
    this.socket = socket;
    this.heard = Date.now();
    socket.on('open', () => this.subscribe(socket));
    socket.on('message', (data) => {
      if (socket === this.socket) this.receive(JSON.parse(String(data)) as Frame);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (socket !== this.socket) return;
      this.note({ kind: 'cut' });
      this.socket = undefined;
      setTimeout(() => this.connect(), this.random.int(AWAY_MS.least, this.wish.awayMs ?? AWAY_MS.most));
    });
  }

  private subscribe(socket: WebSocket): void {
    const { cache, prefix, types, values, resumes } = this.wish;
    this.asked = resumes ? this.last : undefined;
    const frame = { type: 'subscribe', id: ID, cache, prefix, types, values, after: this.asked };
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  }

  private tick(): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    if (!this.wish.patient && Date.now() - this.heard > SILENCE_MS) this.cut();
    else this.socket.send('{"type":"ping"}');
  }

  private receive(frame: Frame): void {
    this.heard = Date.now();
    switch (frame.type) {
      case 'subscribed':
        this.last = frame.cursor;
        this.note({
          kind: 'subscribed',
          after: this.asked,
          cursor: frame.cursor,
          recovered: frame.recovered,
          backend: this.backend!.index,
        });
        break;
      case 'event':
        this.last = frame.event.cursor;
        this.note({
          kind: 'event',
          cache: frame.event.cache,
          cursor: frame.event.cursor,
          text: this.texts.keep(JSON.stringify(frame.event)),
        });
        break;
      case 'gap':
        this.last = frame.to;
        this.note({ kind: 'gap', cache: frame.cache, from: frame.from, to: frame.to });
        break;
      case 'live':
        this.reach(frame.cursor);
        break;
      case 'heartbeat':
        if (frame.cursors[this.wish.cache]) this.reach(frame.cursors[this.wish.cache] as string);
        break;
      case 'error':
        this.refused(frame.code, frame.message);
        break;
      case 'welcome':
      case 'pong':
      case 'unsubscribed':
        break;
    }
  }

  /** All that it wants up to there has come. */
  private reach(cursor: string): void {
    this.last = cursor;
    this.note({ kind: 'place', cursor });
  }

  private refused(code: string, message: string): void {
    if (code !== 'unavailable') throw new Error(`${this.wish.name}: ${code}: ${message}`);
    const { socket } = this;
    setTimeout(() => socket && this.subscribe(socket), 200);
  }

  private note(note: DistributiveOmit<Note, 't'>): void {
    this.recording.notes.push({ t: Date.now(), ...note });
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
