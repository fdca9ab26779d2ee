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
  private readonly mark: TraceEvent;

  /** @param markName of the first mark */
  constructor(trace: TraceEvent[], markName: string) {
    const mark = markOf(trace, markName);
    this.mark = mark;
    this.events = trace.filter(({ pid }) => pid === mark.pid);
  }

  /** When the frame after the mark was presented (ms since the navigation). */
  presentedAfterMark(): number {
    const { startTime } = (this.mark.args as { data: { startTime: number } }).data;
    const frame = this.frames().find(({ committed }) => committed >= this.mark.ts);
    if (!frame) throw new Error('nothing was drawn any more');
    return startTime + (frame.presented - this.mark.ts) / 1_000;
  }

  /** What was drawn until another mark. A page that hangs comes to it late. */
  drawnUntil(markName: string): Drawn {
    const [begin, end] = [this.mark.ts, markOf(this.events, markName).ts];
    const within = (ts: number) => ts > begin && ts < end;
    const frames = [...new Set(this.frames().map(({ presented }) => presented))].filter(within);
    const moments = [begin, ...frames, end];
    const intervals = moments.slice(1).map((time, i) => (time - (moments[i] as number)) / 1_000);
    const took = (end - begin) / 1_000;
    const tasks = this.events
      .filter(({ name, tid, ts }) => tid === this.mark.tid && name.endsWith('::RunTask') && within(ts))
      .map(({ dur = 0 }) => dur / 1_000);
    const { p99, worst } = percentiles(intervals);
    return {
      ...{ perSecond: (frames.length / took) * 1_000, p99, worst },
      missed: Math.max(0, Math.round(took / TICK_MS) - frames.length),
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

function markOf(events: TraceEvent[], markName: string): TraceEvent {
  const mark = events.find(({ name, cat }) => name === markName && cat.includes('user_timing'));
  if (!mark) throw new Error(`the page never came to ${markName}`);
  return mark;
}
