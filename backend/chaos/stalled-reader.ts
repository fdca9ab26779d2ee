import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { BackendProcess } from './backend-process.js';

/** A WebSocket client that subscribes and then never reads again, so that what it is sent piles up. */
export class StalledReader {
  private constructor(private readonly socket: Socket) {}

  static async connect({ wsPort }: Pick<BackendProcess, 'wsPort'>, cache: string): Promise<StalledReader> {
    const socket = connect(wsPort, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(
      `GET /ws?cache=${encodeURIComponent(cache)} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n` +
        `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
    await once(socket, 'data');
    socket.pause();
    return new StalledReader(socket);
  }

  /**
   * Begins to read, and resolves to how the server ended the connection: the close code, `cut` when there was none, or
   * `open` when it did not. What the kernel had buffered comes first.
   */
  async end(withinMs: number): Promise<string> {
    let tail = Buffer.alloc(0);
    this.socket.on('data', (chunk) => (tail = Buffer.concat([tail, chunk]).subarray(-256)));
    const ended = once(this.socket, 'close', { signal: AbortSignal.timeout(withinMs) });
    this.socket.on('end', () => this.socket.end());
    this.socket.resume();
    const isOpen = await ended.then(
      () => false,
      () => true,
    );
    this.socket.destroy();
    return isOpen ? 'open' : String(closeCodeOf(tail) ?? 'cut');
  }
}

/** The code of the close frame that bytes end with. RFC 6455, section 5.5.1: opcode 8, unmasked, code first. */
function closeCodeOf(bytes: Buffer): number | undefined {
  for (let at = bytes.length - 4; at >= 0; at--) {
    if (bytes[at] === 0x88 && bytes[at + 1] === bytes.length - at - 2) return bytes.readUInt16BE(at + 2);
  }
  return undefined;
}
