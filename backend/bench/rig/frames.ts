import type { TraceEvent } from './chromium.js';
import { percentiles } from './spread.js';

/** What has to be traced for what is read here; `profiled`: and to see where the time goes, which takes time itself. */
export function categories(profiled: boolean): string[] {
  const profile = ['devtools.timeline', 'v8', 'disabled-by-default-v8.cpu_profiler'];
  return ['benchmark', 'blink.user_timing', 'toplevel', ...(profiled ? profile : [])];
}

/** Chromium's display without a display: so often it asks for a frame (ms). */
const TICK_MS = 1_000 / 60;
/** A task that holds the page up for longer than this can be felt (ms). https://www.w3.org/TR/longtasks/ */
const LONG_TASK_MS = 50;

/** What a page drew over a time. */
export interface Drawn {
  /** Frames with what the page had to draw, presented in a second. */
  perSecond: number;
  /** p99 of the time between two of them, in ms. */
  p99: number;
  /** Longest of these times, in ms. */
  worst: number;
  /** Ticks at which none was presented. */
  missed: number;
  /** Tasks of the page's thread that took longer than 50 ms. */
  longTasks: number;
  /** How much of the time the page's thread was busy, in percent. */
  busy: number;
}

/** A trace of one page, which has to have marked a moment in it by `performance.mark`. */
export class PageTrace {
  private readonly events: TraceEvent[];
  private readonly thread: number;

  constructor(
    trace: TraceEvent[],
    private readonly markName: string,
  ) {
    const mark = trace.find(({ name, cat }) => name === markName && cat.includes('user_timing'));
    if (!mark) throw new Error(`the page never came to ${markName}`);
    this.events = trace.filter(({ pid }) => pid === mark.pid);
    this.thread = mark.tid;
  }

  /** When the frame after the mark was presented (ms since the navigation). */
  presentedAfterMark(): number {
    const mark = this.events.find(({ name }) => name === this.markName) as TraceEvent;
    const { startTime } = (mark.args as { data: { startTime: number } }).data;
    const frame = this.frames().find(({ committed }) => committed >= mark.ts);
    if (!frame) throw new Error('nothing was drawn any more');
    return startTime + (frame.presented - mark.ts) / 1_000;
  }

  drawn(): Drawn {
    const at = [...new Set(this.frames().map(({ presented }) => presented / 1_000))];
    const intervals = at.slice(1).map((time, i) => time - (at[i] as number));
    const took = (at.at(-1) as number) - (at[0] as number);
    const tasks = this.events
      .filter(({ name, tid }) => tid === this.thread && name.endsWith('::RunTask'))
      .map(({ dur = 0 }) => dur / 1_000);
    const { p99, worst } = percentiles(intervals);
    return {
      ...{ perSecond: (intervals.length / took) * 1_000, p99, worst },
      missed: Math.max(0, Math.round(took / TICK_MS) - intervals.length),
      longTasks: tasks.filter((task) => task > LONG_TASK_MS).length,
      busy: (tasks.reduce((sum, task) => sum + task, 0) / took) * 100,
    };
  }

  /** Frames that showed what the page itself had drawn (rather than what the compositor moved alone), in order. */
  private frames(): { committed: number; presented: number }[] {
    const begun = new Map<string, TraceEvent>();
    const commits = new Map<string, number>();
    const frames: { committed: number; presented: number }[] = [];
    for (const event of this.events) {
      const id = event.id2?.local;
      if (id === undefined) continue;
      if (event.name === 'Commit' && event.ph === 'b') commits.set(id, event.ts);
      if (event.name !== 'PipelineReporter') continue;
      if (event.ph === 'b') begun.set(id, event);
      else {
        const { frame_reporter: report } = begun.get(id)?.args as { frame_reporter: { state: string } };
        const committed = commits.get(id);
        if (report.state === 'STATE_PRESENTED_ALL' && committed !== undefined)
          frames.push({ committed, presented: event.ts });
        commits.delete(id);
      }
    }
    return frames.sort((a, b) => a.presented - b.presented);
  }
}
