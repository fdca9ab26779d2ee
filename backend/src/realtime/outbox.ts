import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Bytes that are worth a write of their own; a replay waits while its reader has more than this unsent. */
const MUCH = 64 * 1024;

/** Outboxes with something to send at the end of this turn of the event loop. */
let waiting: Outbox[] = [];

/**
 * What waits to be sent to one client. All that one turn of the event loop brings goes out in one write: that is worth
 * several times the throughput of a write for each message. It is bounded: who reads too slowly is told on, once.
 */
export class Outbox {
  /** Most turns bring one thing: that goes as it is, and costs no array. */
  private first?: Buffer;
  private rest?: Buffer[];
  private batchBytes = 0;
  private closed = false;

  /**
   * @param sink where it goes: a socket or a response
   * @param limit bytes that may wait before `overflow` is called
   */
  constructor(
    private readonly sink: Writable,
    private readonly limit: number,
    private readonly overflow: () => void,
  ) {}

  push(bytes: Buffer): void {
    if (this.closed) return;
    if (!this.first) {
      this.first = bytes;
      enqueue(this);
    } else {
      (this.rest ??= []).push(bytes);
    }
    this.batchBytes += bytes.length;
    if (this.batchBytes > MUCH) this.flush();
    if (this.unsentBytes > this.limit) {
      this.close();
      this.overflow();
    }
  }

  /** Bytes given to `push` that have not left this process. */
  get unsentBytes(): number {
    return this.batchBytes + this.sink.writableLength;
  }

  /** Whether much waits: who can, should wait for `drained` before pushing more. */
  get congested(): boolean {
    return this.unsentBytes > MUCH && !this.closed;
  }

  /** Resolves when it is not congested, or nothing will be sent any more. */
  async drained(): Promise<void> {
    while (this.congested && !this.sink.destroyed) {
      this.flush();
      if (!this.sink.writableNeedDrain) return;
      const done = new AbortController();
      const { signal } = done;
      const changes = ['drain', 'close'].map((name) => once(this.sink, name, { signal }));
      await Promise.race(changes).catch(() => undefined);
      done.abort();
      await Promise.allSettled(changes);
    }
  }

  /** Sends what waits and takes no more. */
  close(): void {
    this.flush();
    this.closed = true;
  }

  flush(previous?: Batch): Batch | undefined {
    const { first, rest } = this;
    if (!first) return previous;
    this.first = undefined;
    this.rest = undefined;
    this.batchBytes = 0;
    if (this.sink.destroyed || this.sink.writableEnded) return previous;
    if (!rest) {
      this.sink.write(first);
      return previous;
    }
    // Many clients are often sent the same: then the bytes are put together once for all of them.
    const same = previous && previous.first === first && sameBuffers(previous.rest, rest);
    const batch = same ? previous : { first, rest, bytes: Buffer.concat([first, ...rest]) };
    this.sink.write(batch.bytes);
    return batch;
  }
}

interface Batch {
  first: Buffer;
  rest: Buffer[];
  bytes: Buffer;
}

function enqueue(outbox: Outbox): void {
  if (waiting.push(outbox) === 1) setImmediate(flushAll);
}

function flushAll(): void {
  const outboxes = waiting;
  waiting = [];
  let previous: Batch | undefined;
  for (const outbox of outboxes) previous = outbox.flush(previous);
}

function sameBuffers(a: Buffer[], b: Buffer[]): boolean {
  return a.length === b.length && a.every((buffer, i) => buffer === b[i]);
}
