import type { ServerFrame } from '@lapse/protocol';

/** A hidden tab draws no frames: there, a batch is handed over this often (ms). */
const HIDDEN_MS = 250;

/**
 * Collects frames and hands them over once per animation frame, all of them and in order: at a thousand events a
 * second the stores change sixty times a second, not a thousand.
 */
export class FrameBatch {
  private frames: ServerFrame[] = [];
  private animation = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly handOver: (frames: readonly ServerFrame[]) => void) {}

  add(frame: ServerFrame): void {
    this.frames.push(frame);
    if (this.frames.length > 1) return;
    this.animation = requestAnimationFrame(() => this.flush());
    this.timer = setTimeout(() => this.flush(), HIDDEN_MS);
  }

  /** Hands over at once what has been collected. */
  flush(): void {
    cancelAnimationFrame(this.animation);
    clearTimeout(this.timer);
    const frames = this.frames;
    this.frames = [];
    if (frames.length > 0) this.handOver(frames);
  }
}
