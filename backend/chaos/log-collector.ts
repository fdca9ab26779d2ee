import { setTimeout as sleep } from 'node:timers/promises';
import type { EventPage, LapseEvent } from '@lapse/protocol';
import type { BackendProcess } from './backend-process.js';
import type { TruthLog } from './evidence.js';

/** How often the log is read on, in ms: often enough that the shortest of them is not trimmed in between. */
const EVERY_MS = 60;
const PATIENCE_MS = 250;

/** Reads one cache's log over REST while the run goes on: the truth that everything else is compared with. */
export class LogCollector {
  readonly log: TruthLog;
  private next?: string;
  private running = true;
  private done = Promise.resolve();

  constructor(
    readonly cache: string,
    history: number,
    private readonly backends: readonly BackendProcess[],
  ) {
    this.log = { events: [], breaks: new Map(), lost: [], history };
  }

  start(): void {
    this.done = this.run();
  }

  /** Resolves when the log is read to its end. */
  async stop(): Promise<void> {
    this.running = false;
    await this.done;
    for (let turn = 0; !(await this.readOn(turn)); turn++) await sleep(EVERY_MS);
  }

  private async run(): Promise<void> {
    for (let turn = 0; this.running; turn++) {
      await this.readOn(turn);
      await sleep(EVERY_MS);
    }
  }

  /** Resolves to whether the end of the log was reached. */
  private async readOn(turn: number): Promise<boolean> {
    const backend = this.backends[turn % this.backends.length] as BackendProcess;
    for (;;) {
      const page = await readPage(backend, this.cache, this.next).catch(() => undefined);
      if (page === 'gone') return this.rejoin(backend);
      if (!page) return false;
      for (const event of page.items) this.log.events.push(event);
      this.next = page.next;
      if (page.items.length < 1000) return true;
    }
  }

  /** The log does not go on where it was left: sees what is held now, and how that belongs to what was read. */
  private async rejoin(backend: BackendProcess): Promise<boolean> {
    const held = await readLog(backend, this.cache).catch(() => undefined);
    if (!held) return false;
    const { events, breaks, lost } = this.log;
    const known = new Map(events.map(({ cursor }, index) => [cursor, index]));
    const meets = held.items.findLastIndex(({ cursor }) => known.has(cursor));
    if (meets === -1) {
      breaks.set(events.length, sameLog(events.at(-1), held.items[0]) ? 'hole' : 'wiped');
    } else {
      lost.push(...events.splice((known.get(held.items[meets]!.cursor) as number) + 1));
      breaks.set(events.length, 'lost');
    }
    events.push(...held.items.slice(meets + 1));
    this.next = held.next;
    return true;
  }
}

/** Whether a trimmed log may be the later part of the one read before: what its cursors begin with stays. */
function sameLog(a: LapseEvent | undefined, b: LapseEvent | undefined): boolean {
  const made = (event?: LapseEvent) => event && /^[0-9a-z]+/.exec(event.cursor)?.[0];
  return made(a) === made(b);
}

async function readPage(
  backend: BackendProcess,
  cache: string,
  after = 'earliest',
  patienceMs = PATIENCE_MS,
): Promise<EventPage | 'gone' | undefined> {
  const url = `${backend.url}/api/v1/caches/${cache}/events?limit=1000&after=${after}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(patienceMs) });
  const body = (await response.json()) as EventPage;
  if (response.status === 410) return 'gone';
  return response.ok ? body : undefined;
}

/** All of a log that is held. @throws when it cannot be read to its end */
export async function readLog(
  backend: BackendProcess,
  cache: string,
  patienceMs?: number,
): Promise<EventPage> {
  const items: LapseEvent[] = [];
  for (let after: string | undefined; ;) {
    const page = await readPage(backend, cache, after, patienceMs);
    if (page === undefined || page === 'gone') throw new Error(`the log of ${cache} cannot be read`);
    items.push(...page.items);
    after = page.next;
    if (page.items.length < 1000) return { items, next: page.next };
  }
}
