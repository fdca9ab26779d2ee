import type { LoggedEvent } from '../events/logged-event.js';

/**
 * One unmasked, unfragmented text frame, as a server sends it, ready for the socket.
 * Source: RFC 6455, section 5.2.
 */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = 0x81;
  if (head === 2) {
    frame[1] = length;
  } else if (head === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
    frame.writeUInt32BE(length % 2 ** 32, 6);
  }
  frame.write(text, head);
  return frame;
}

/** An `event` frame with the value. */
export const fullEventFrame = (event: LoggedEvent): Buffer =>
  textFrame(`{"type":"event","event":${event.json()}}`);

/** An `event` frame without the value. */
export const bareEventFrame = (event: LoggedEvent): Buffer =>
  textFrame(`{"type":"event","event":${event.json(false)}}`);
