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

/** Reads what a script answered: the clock, then six fields for each operation. */
export function toReplies(answer: unknown): Reply[] {
  const fields = answer as unknown[];
  const now = fields[0] as number;
  const replies: Reply[] = [];
  for (let i = 1; i < fields.length; i += 6) {
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

/** Operations that one run may do: bounds the time that it holds Redis. */
const A_RUN = 64;

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

  /** Sends what waits for that cache; whatever is sent to Redis afterwards comes after it. */
  send(cache: string): void {
    const group = this.groups.get(cache);
    if (!group) return;
    this.groups.delete(cache);
    void this.operate([cache, group.shard], group.asked);
  }

  private sendAll(): void {
    for (const cache of this.groups.keys()) this.send(cache);
  }

  private async operate(keys: readonly string[], asked: Asked[]): Promise<void> {
    const full = !asked.some(needsRoom);
    try {
      const args = asked.flatMap(({ operation }) => operation);
      const replies = toReplies(await this.run(full ? 'operate-when-full' : 'operate', keys, args));
      for (const [at, { resolve }] of asked.entries()) resolve(replies[at] as Reply);
    } catch (error) {
      // Refused as a whole, before any of it was done: what needs no room is not to suffer for what does.
      const again = error instanceof RedisFull ? asked.filter((one) => !needsRoom(one)) : [];
      for (const one of asked) if (!again.includes(one)) one.reject(error);
      if (again.length > 0 && !full) await this.operate(keys, again);
    }
  }
}

function needsRoom({ operation }: Asked): boolean {
  return operation[0] === 'set';
}
