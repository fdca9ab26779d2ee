import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ClientFrame, EventFrame, LapseEvent, ServerFrame } from '@lapse/protocol';
import { until } from './eventually.js';

const open: WsClient[] = [];

/** A plain client that keeps every frame it was sent. */
export class WsClient {
  readonly frames: ServerFrame[] = [];
  /** The bytes of each frame, as received. */
  readonly texts: string[] = [];
  closed?: { code: number; reason: string };

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data, binary) => {
      if (binary) throw new Error('a binary frame');
      this.texts.push(String(data));
      this.frames.push(JSON.parse(String(data)) as ServerFrame);
    });
    socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    open.push(this);
  }

  static async connect(url: string, protocols: string[] = [], { silent = false } = {}): Promise<WsClient> {
    const client = new WsClient(new WebSocket(url, protocols, { autoPong: !silent }));
    await once(client.socket, 'open');
    return client;
  }

  /** Connects and subscribes; resolves once subscribed. */
  static async subscribe(url: string, cache: string, rest: object = {}): Promise<WsClient> {
    const client = await WsClient.connect(url);
    client.send({ type: 'subscribe', id: 's', cache, ...rest });
    await client.frame('subscribed');
    return client;
  }

  send(frame: ClientFrame): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** The nth frame of a type, when it has come. */
  async frame<T extends ServerFrame['type']>(type: T, nth = 0): Promise<Extract<ServerFrame, { type: T }>> {
    const found = () => this.frames.filter((frame) => frame.type === type)[nth];
    if (!(await until(() => found() !== undefined))) {
      throw new Error(`no ${type} frame; there were: ${this.frames.map((frame) => frame.type).join(' ')}`);
    }
    return found() as Extract<ServerFrame, { type: T }>;
  }

  get events(): LapseEvent[] {
    return this.frames
      .filter((frame): frame is EventFrame => frame.type === 'event')
      .map(({ event }) => event);
  }

  /** Events as `type key`, for short. */
  get told(): string[] {
    return this.events.map(({ type, key }) => (key === undefined ? type : `${type} ${key}`));
  }
}

/** For `afterEach`: ends every client's socket. */
export function closeClients(): void {
  for (const client of open.splice(0)) client.socket.terminate();
}
