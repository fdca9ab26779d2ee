import type { ServerFrame } from '@lapse/protocol';

/** A hidden tab draws no frames: there, a batch is handed over this often (ms). */
const HIDDEN_MS = 250;

/** More frames a second than this, for longer than so many of them take, are a flood. */
const FLOOD_PER_SECOND = 40;
const BURST = 20;
/** How often a batch is handed over in a flood (ms): as often as the tenths of a countdown change. */
const FLOOD_MS = 100;

/**
 * Collects frames and hands them over once per animation frame, all of them and in order. In a flood it does so ten
 * times a second: nobody can read faster, and drawing everything anew sixty times a second would hold up what the eye
 * does notice, such as scrolling.
 */
export class FrameBatch {
  private frames: ServerFrame[] = [];
  private animation = 0;
  private pace: ReturnType<typeof setTimeout> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private handedOverAt = 0;
  /** Frames handed over lately, less those that would not have been a flood. */
  private excess = 0;

  constructor(private readonly handOver: (frames: readonly ServerFrame[]) => void) {}

  add(frame: ServerFrame): void {
    this.frames.push(frame);
    if (this.frames.length > 1) return;
    this.timer = setTimeout(() => this.flush(), HIDDEN_MS);
    const now = performance.now();
    const wait = this.excessAt(now) > BURST ? this.handedOverAt + FLOOD_MS - now : 0;
    if (wait > 0) this.pace = setTimeout(() => this.flushWithNextFrame(), wait);
    else this.flushWithNextFrame();
  }

  /** Hands over at once what has been collected. */
  flush(): void {
    cancelAnimationFrame(this.animation);
    clearTimeout(this.pace);
    clearTimeout(this.timer);
    const frames = this.frames;
    this.frames = [];
    if (frames.length === 0) return;
    const now = performance.now();
    // No flood is so great that it would not be over within a moment.
    this.excess = Math.min(this.excessAt(now) + frames.length, 2 * BURST);
    this.handedOverAt = now;
    this.handOver(frames);
  }

  private flushWithNextFrame(): void {
    this.animation = requestAnimationFrame(() => this.flush());
  }

  private excessAt(now: number): number {
    return Math.max(0, this.excess - ((now - this.handedOverAt) * FLOOD_PER_SECOND) / 1_000);
  }
}
