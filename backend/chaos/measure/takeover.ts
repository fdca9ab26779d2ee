import { setTimeout as sleep } from 'node:timers/promises';
import type { LapseEvent } from '@lapse/protocol';
import { Random } from '../random.js';
import type { Recording } from '../evidence.js';
import { Texts } from '../subscribers/texts.js';
import { WsSubscriber } from '../subscribers/ws-subscriber.js';
import { fill, onStage, part } from './stage.js';

const ENTRIES = 10_000;
const CACHE = 'due';
/** Deadlines lie this far to either side of the kill. */
const AROUND_MS = 500;
const LATE_MS = 3_000;

/**
 * The backend that does the expiring is killed in the middle of 10,000 deadlines: all expire, once, none later than 3 s,
 * and who was connected to it sees in the end what the other one's subscriber saw.
 */
export function takeover(): Promise<{ passed: boolean; report: string }> {
  return onStage(2, async (backends) => {
    const [sweeper, other] = backends as [(typeof backends)[0], (typeof backends)[0]];
    const random = new Random(1);
    const texts = new Texts();
    const wish = { cache: CACHE, types: ['expired'], resumes: true };
    const uninterrupted = new WsSubscriber({ name: 'uninterrupted', ...wish }, [other], random, texts);
    const both = [sweeper];
    const resumed = new WsSubscriber({ name: 'resumed', ...wish }, both, random, texts);
    uninterrupted.start();
    resumed.start();
    await sleep(500);
    const kill = Date.now() + 4_000;
    await fill(other, CACHE, ENTRIES, (i) => {
      const due = kill - AROUND_MS + (i / ENTRIES) * 2 * AROUND_MS;
      return { key: `k${i}`, value: i, ttlMs: Math.round(due - Date.now()) };
    });
    await sleep(kill - Date.now());
    await sweeper.end('SIGKILL');
    both[0] = other;
    await sleep(LATE_MS + 3_000);
    for (const subscriber of [uninterrupted, resumed]) subscriber.stop();

    const told = expired(uninterrupted.recording);
    const lags = told.map(({ lagMs }) => lagMs as number);
    const keys = new Set(told.map(({ key }) => key));
    const same = JSON.stringify(told) === JSON.stringify(expired(resumed.recording));
    const back = resumed.recording.notes.filter(({ kind }) => kind === 'subscribed').length;
    const latest = Math.max(...lags);
    return {
      passed: told.length === ENTRIES && keys.size === ENTRIES && latest <= LATE_MS && same && back === 2,
      report:
        `${told.length} expired of ${keys.size} entries; lag p50 ${part(lags, 0.5)} ms, p99 ${part(lags, 0.99)} ms, ` +
        `latest ${latest} ms; the resumed subscriber recorded ${same ? 'the same sequence' : 'something else'}`,
    };
  });
}

function expired({ notes }: Recording): LapseEvent[] {
  return notes.flatMap((note) => (note.kind === 'event' ? [JSON.parse(note.text) as LapseEvent] : []));
}
