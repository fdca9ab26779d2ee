/** Hands out each whole frame of a WebSocket server's bytes, which come in pieces. RFC 6455, section 5.2. */
export class FrameReader {
  private rest?: Buffer;

  /** @param onFrame gets the opcode and where the payload lies */
  constructor(
    private readonly onFrame: (opcode: number, bytes: Buffer, start: number, end: number) => void,
  ) {}

  read(chunk: Buffer): void {
    const bytes = this.rest ? Buffer.concat([this.rest, chunk]) : chunk;
    let at = 0;
    while (at + 2 <= bytes.length) {
      let length = (bytes[at + 1] as number) & 0x7f;
      let start = at + 2;
      if (length === 126) {
        if (start + 2 > bytes.length) break;
        length = ((bytes[start] as number) << 8) | (bytes[start + 1] as number);
        start += 2;
      } else if (length === 127) {
        if (start + 8 > bytes.length) break;
        length = Number(bytes.readBigUInt64BE(start));
        start += 8;
      }
      if (start + length > bytes.length) break;
      this.onFrame((bytes[at] as number) & 0x0f, bytes, start, start + length);
      at = start + length;
    }
    this.rest = at < bytes.length ? bytes.subarray(at) : undefined;
  }
}

/** A client's frame, masked with zeros, which leaves the payload as it is. */
export function clientFrame(opcode: number, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}
