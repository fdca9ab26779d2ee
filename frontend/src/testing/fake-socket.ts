import { type Provider, inject } from '@angular/core';
import type { ClientFrame, LapseEvent, ServerFrame } from '@lapse/protocol';
import { type LiveSocket, OPEN_SOCKET } from '../app/live/socket.js';

export const HEARTBEAT_MS = 10_000;

/** A socket whose other end is the test. */
export class FakeSocket implements LiveSocket {
  onmessage: LiveSocket['onmessage'] = null;
  onclose: LiveSocket['onclose'] = null;
  readonly sent: ClientFrame[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientFrame);
  }

  close(): void {
    this.closed = true;
  }

  /** The server says this. */
  say(frame: ServerFrame | object | string): void {
    const data = typeof frame === 'string' ? frame : JSON.stringify(frame);
    this.onmessage?.call(this as never, { data } as MessageEvent);
  }

  welcome(serverTime = new Date().toISOString()): void {
    const limits = { frameBytes: 16_384, subscriptions: 100, unsentBytes: 1_048_576 };
    this.say({ type: 'welcome', connectionId: 'c1', serverTime, heartbeatMs: HEARTBEAT_MS, limits });
  }

  heartbeat(cursors: Record<string, string> = {}, serverTime = new Date().toISOString()): void {
    this.say({ type: 'heartbeat', serverTime, cursors });
  }

  event(event: Partial<LapseEvent>): void {
    this.say({ type: 'event', event });
  }

  /** The server, or the network, ends the connection. */
  drop(code: number): void {
    this.onclose?.call(this as never, { code, reason: '' } as CloseEvent);
  }

  /** Answers the latest subscription to a cache. */
  confirm(cache: string, cursor?: string, recovered?: boolean): void {
    const asked = this.sent.findLast((frame) => frame.type === 'subscribe' && frame.cache === cache);
    if (!asked || asked.type !== 'subscribe') throw new Error(`nobody asked for ${cache}`);
    this.say({
      type: 'subscribed',
      id: asked.id,
      cache,
      cursor,
      ...(recovered === undefined ? {} : { recovered }),
    });
  }
}

/** Every socket that was opened, oldest first. */
export class FakeSockets {
  readonly all: FakeSocket[] = [];

  get last(): FakeSocket {
    const socket = this.all.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  }
}

export function provideFakeSockets(): Provider[] {
  return [
    FakeSockets,
    {
      provide: OPEN_SOCKET,
      useFactory: () => {
        const sockets = inject(FakeSockets);
        return () => {
          const socket = new FakeSocket();
          sockets.all.push(socket);
          return socket;
        };
      },
    },
  ];
}
