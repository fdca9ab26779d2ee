import { once } from 'node:events';
import type { ClientFrame, EventFrame, LapseEvent, ServerFrame } from '@lapse/protocol';
import { WebSocket } from 'ws';
import { until } from './eventually.js';

const open: WebSocket[] = [];

/** A program that follows events over a WebSocket, and when each frame came. */
export class Follower {
  readonly frames: { frame: ServerFrame; at: number }[] = [];

  private constructor(private readonly socket: WebSocket) {
    open.push(socket);
    socket.on('message', (data) => {
      this.frames.push({ frame: JSON.parse(String(data)) as ServerFrame, at: Date.now() });
    });
  }

  static async connect(url: string): Promise<Follower> {
    const socket = new WebSocket(url);
    const follower = new Follower(socket);
    await once(socket, 'open');
    return follower;
  }

  /** Connects and waits until events flow. */
  static async subscribe(url: string, cache: string): Promise<Follower> {
    const follower = await Follower.connect(url);
    follower.send({ type: 'subscribe', id: 's', cache });
    await follower.frame('subscribed');
    return follower;
  }

  send(frame: ClientFrame): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** The first frame of a type, when it has come. */
  async frame<T extends ServerFrame['type']>(type: T): Promise<Extract<ServerFrame, { type: T }>> {
    const found = () => this.frames.find(({ frame }) => frame.type === type)?.frame;
    if (!(await until(() => found() !== undefined))) throw new Error(`no ${type} frame came`);
    return found() as Extract<ServerFrame, { type: T }>;
  }

  get events(): LapseEvent[] {
    return this.frames
      .filter((one): one is { frame: EventFrame; at: number } => one.frame.type === 'event')
      .map(({ frame }) => frame.event);
  }

  /** Waits until so many events have come. */
  async hears(count: number, withinMs?: number): Promise<LapseEvent[]> {
    await until(() => this.events.length >= count, withinMs);
    return this.events;
  }
}

export function closeFollowers(): void {
  for (const socket of open.splice(0)) socket.terminate();
}
