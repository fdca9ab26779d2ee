import { setTimeout as sleep } from 'node:timers/promises';
import type { EventPage, LapseEvent } from '@lapse/protocol';
import type { BackendProcess } from './backend-process.js';
import { partsOf } from './check/history.js';
import type { Break, TruthLog } from './evidence.js';

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
    const { kept, kind, fresh } = joint(events, held);
    lost.push(...events.splice(kept + 1));
    for (const at of breaks.keys()) if (at > events.length) breaks.delete(at);
    breaks.set(events.length, kind);
    events.push(...fresh);
    this.next = held.next;
    return true;
  }
}

/** How what is held now goes on from what was read: the last place of that which still holds, and what is new. */
function joint(events: LapseEvent[], held: EventPage): { kept: number; kind: Break; fresh: LapseEvent[] } {
  const known = new Map(events.map(({ cursor }, index) => [cursor, index]));
  const meets = held.items.findLastIndex(({ cursor }) => known.has(cursor));
  if (meets !== -1) {
    const kept = known.get(held.items[meets]!.cursor) as number;
    return { kept, kind: 'lost', fresh: held.items.slice(meets + 1) };
  }
  const first = held.items[0];
  const { made } = partsOf(held.next);
  const begins = first ? partsOf(first.cursor).place : partsOf(held.next).place + 1;
  const last = events.at(-1);
  if (last && partsOf(last.cursor).made !== made) {
    return { kept: events.length - 1, kind: 'wiped', fresh: held.items };
  }
  // The same log: what has a number that was given out again is lost; what lies before it was trimmed, or is lost too.
  const kept = events.findLastIndex(({ cursor }) => {
    const parts = partsOf(cursor);
    return parts.made !== made || parts.place < begins;
  });
  const end = partsOf(events[kept]?.cursor ?? held.next);
  const goesOn = kept === -1 || end.made !== made ? begins === 1 : end.place === begins - 1;
  return { kept, kind: goesOn ? 'lost' : 'hole', fresh: held.items };
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
