// Keeps a cache busy: entries of a few seconds that come, change and expire, at a steady rate.
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '../rig/serve.js';
import { setBatch, type BatchItem } from '../rig/fill.js';

export interface Stir {
  url: string;
  cache: string;
  /** What its keys begin with. */
  prefix: string;
  eventsPerSecond: number;
}

/** What was written. */
export interface Stirred {
  writes: number;
  /** How many of the entries outlive the stirring. */
  lasting: number;
}

const EVERY_MS = 50;

/** How long entries live: those that expire meanwhile, the shortest and the longest, and those that do not. */
const BRIEF_MS = [1_000, 4_000] as const;
const LASTING_MS = 30 * 60_000;

/** Of 50 events 20 create an entry that expires, for which 20 more stand, 2 one that stays, and 8 update one. */
const SHARES = { brief: 20 / 50, lasting: 2 / 50, updated: 8 / 50 };

let stirring = false;
let done: Promise<Stirred> | undefined;

serve({
  start(stir: Stir): void {
    stirring = true;
    done = run(stir);
  },
  stop(): Promise<Stirred> | undefined {
    stirring = false;
    return done;
  },
});

async function run({ url, cache, prefix, eventsPerSecond }: Stir): Promise<Stirred> {
  const begun = performance.now();
  const written = { brief: 0, lasting: 0, updated: 0 };
  const due = (kind: keyof typeof SHARES) =>
    Math.floor((((performance.now() - begun) * eventsPerSecond) / 1_000) * SHARES[kind]) - written[kind];
  while (stirring) {
    const items: BatchItem[] = [];
    for (let left = due('brief'); left > 0; left--) items.push(brief(`${prefix}${written.brief++}`));
    for (let left = due('lasting'); left > 0; left--)
      items.push({ key: `${prefix}lasting:${written.lasting++}`, ttlMs: LASTING_MS });
    // One that is too young to have expired.
    for (let left = due('updated'); left > 0; left--, written.updated++)
      items.push(brief(`${prefix}${Math.max(0, written.brief - 1 - (written.updated % 100))}`));
    if (items.length > 0) await setBatch(url, cache, items);
    await sleep(EVERY_MS - ((performance.now() - begun) % EVERY_MS));
  }
  return { writes: written.brief + written.lasting + written.updated, lasting: written.lasting };
}

function brief(key: string): BatchItem {
  const [least, most] = BRIEF_MS;
  return { key, ttlMs: Math.round(least + Math.random() * (most - least)) };
}
