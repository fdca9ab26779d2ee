import { RedisFull } from '../errors.js';
import type { ScriptName } from './scripts.js';

/** What is to be done with one entry: a verb, its key, and further arguments; see lua/lib/operations.lua. */
export type Operation = readonly [verb: Verb, key: string, ...rest: string[]];
export type Verb = 'get' | 'set' | 'renew' | 'delete' | 'take';

/** What became of it: see lua/lib/operations.lua. */
export interface Reply {
  /** Redis's clock, in ms. */
  now: number;
  code: 'ok' | 'missing' | 'mismatch' | 'ttl-too-long' | 'too-large';
  /** The entry's version; where it was refused, what the refusal is about. */
  version: string | number | null;
  /** Moments in ms; a deadline of 0 is none. */
  createdAt: number;
  updatedAt: number;
  deadline: number;
  /** JSON text; after `set` 1 when the entry was created, 0 when replaced. */
  value: string | number;
}

type Fields = [
  Reply['code'],
  Reply['version'],
  Reply['createdAt'],
  Reply['updatedAt'],
  Reply['deadline'],
  Reply['value'],
];

/** Reads what a script answered: the clock, whether there is more to evict, then six fields for each operation. */
export function toReplies(answer: unknown): Reply[] {
  const fields = answer as unknown[];
  const now = fields[0] as number;
  const replies: Reply[] = [];
  for (let i = 2; i < fields.length; i += 6) {
    const [code, version, createdAt, updatedAt, deadline, value] = fields.slice(i, i + 6) as Fields;
    replies.push({ now, code, version, createdAt, updatedAt, deadline, value });
  }
  return replies;
}

type RunScript = (name: ScriptName, keys: readonly string[], args: readonly string[]) => Promise<unknown>;

interface Asked {
  operation: Operation;
  resolve(reply: Reply): void;
  reject(error: unknown): void;
}

/** Operations of several clients that one run may do: bounds the time that it holds Redis. */
const A_RUN = 64;

/** Entries that one run of shrink.lua may evict. */
const EVICTED_A_RUN = '250';

/**
 * Gathers the operations that are asked for in one turn of the event loop, and does those on one cache in one run of a
 * script. To look a cache up, to write its figures and its log, costs as much for one entry as for many.
 */
export class Operations {
  private readonly groups = new Map<string, { shard: string; asked: Asked[] }>();

  constructor(private readonly run: RunScript) {}

  /** Does one operation on an entry of the cache with that key, after those that were asked for before. */
  ask(cache: string, shard: string, operation: Operation): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.groups.size === 0) setImmediate(() => this.sendAll());
      let group = this.groups.get(cache);
      if (!group) this.groups.set(cache, (group = { shard, asked: [] }));
      group.asked.push({ operation, resolve, reject });
      if (group.asked.length === A_RUN) this.send(cache);
    });
  }

  /** Does operations on entries of one cache, in order, in a run of their own. */
  async batch(cache: string, shard: string, operations: readonly Operation[]): Promise<Reply[]> {
    const keys = [cache, shard];
    const script = operations.some(needsRoom) ? 'operate' : 'operate-when-full';
    const answer = await this.run(script, keys, operations.flat());
    if ((answer as number[])[1] === 1) await this.shrink(keys);
    return toReplies(answer);
  }

  /** Evicts what the run had no time for. When that fails the next write goes on with it: this one is done. */
  private async shrink(keys: readonly string[]): Promise<void> {
    try {
      while ((await this.run('shrink', keys, [EVICTED_A_RUN, ''])) === 1);
    } catch {
      return;
    }
  }

  /** Sends what waits for that cache; whatever is sent to Redis afterwards comes after it. */
  send(cache: string): void {
    const group = this.groups.get(cache);
    if (!group) return;
    this.groups.delete(cache);
    void this.answer(cache, group.shard, group.asked);
  }

  sendAll(): void {
    for (const cache of this.groups.keys()) this.send(cache);
  }

  private async answer(cache: string, shard: string, asked: Asked[]): Promise<void> {
    const operations = asked.map(({ operation }) => operation);
    try {
      const replies = await this.batch(cache, shard, operations);
      for (const [at, { resolve }] of asked.entries()) resolve(replies[at] as Reply);
    } catch (error) {
      // A full Redis refuses a run before any of it is done: what needs no room is not to suffer for what does.
      const again = error instanceof RedisFull && operations.some(needsRoom);
      const spared = again ? asked.filter(({ operation }) => !needsRoom(operation)) : [];
      for (const one of asked) if (!spared.includes(one)) one.reject(error);
      if (spared.length > 0) await this.answer(cache, shard, spared);
    }
  }
}

function needsRoom([verb]: Operation): boolean {
  return verb === 'set';
}
