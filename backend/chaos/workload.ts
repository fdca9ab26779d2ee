import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchOperation, CachePolicyBody, Entry } from '@lapse/protocol';
import type { BackendProcess } from './backend-process.js';
import type { Call, Verb } from './evidence.js';
import type { Journal, Request } from './journal.js';
import { Random } from './random.js';

/** More than a run writes: its whole log can be read at the end. */
const ALL = 1_000_000;

/** A cache of the rig: how many keys it has, so that lives of one key follow each other, and its policies. */
export interface Plan {
  keys: number;
  policies: CachePolicyBody[];
  /** Whether it is removed now and then, and made again by the next write. */
  fleeting?: boolean;
}

/** Each of them strains something else. */
export const PLANS: Record<string, Plan> = {
  plain: { keys: 12, policies: [{ history: ALL }] },
  bounded: {
    keys: 14,
    policies: [
      { history: ALL, maxEntries: 6 },
      { history: ALL, maxEntries: 3 },
      { history: ALL, maxEntries: 10 },
      { history: ALL, maxBytes: 400 },
    ],
  },
  sliding: {
    keys: 10,
    policies: [
      { history: ALL, sliding: true },
      { history: ALL, sliding: true, maxTtlMs: 1_500 },
      { history: ALL, sliding: false },
    ],
  },
  fleeting: {
    keys: 8,
    policies: [
      { history: ALL, defaultTtlMs: 400 },
      { history: ALL, defaultTtlMs: 200, maxTtlMs: 2_000 },
    ],
    fleeting: true,
  },
  // So short a log that who was away for a second cannot resume, and has to be told.
  brief: { keys: 10, policies: [{ history: 30 }, { history: 25, maxEntries: 8 }] },
};

/** How many calls go to each, of a hundred. */
const SHARE = { plain: 15, bounded: 20, sliding: 15, fleeting: 15, brief: 35 };

const VERBS: Partial<Record<Verb, number>> = {
  set: 30,
  create: 7,
  replace: 6,
  get: 18,
  peek: 6,
  renew: 10,
  delete: 5,
  take: 6,
  batch: 5,
  list: 3,
  figures: 2,
  policy: 1,
  clear: 1,
};

/** How long a writer goes elsewhere when a backend gave it no answer. */
const AVOID_MS = 3_000;

/** One of several that call at the same time. What it does next is decided by the seed and what it has seen. */
export class Writer {
  private readonly random: Random;
  /** The last version seen of a key: to replace by. */
  private readonly versions = new Map<string, string>();
  private avoided?: BackendProcess;
  private avoidUntil = 0;
  private running = true;
  private pausing?: Promise<void>;
  private done = Promise.resolve();

  constructor(
    seed: string,
    private readonly backends: readonly BackendProcess[],
    private readonly journal: Journal,
    private readonly pauseMs: number,
  ) {
    this.random = new Random(seed);
  }

  start(): void {
    this.done = this.run();
  }

  /** Resolves when its last call was answered, or given up. */
  stop(): Promise<void> {
    this.running = false;
    return this.done;
  }

  /** It makes no call while the promise is unsettled. */
  pauseUntil(settled: Promise<void>): void {
    this.pausing = settled;
  }

  private async run(): Promise<void> {
    while (this.running) {
      await this.pausing;
      const id = this.journal.nextId();
      const call = await this.journal.call(this.backend(), this.next(id), id);
      this.learn(call);
      await sleep(this.random.int(1, 2 * this.pauseMs));
    }
  }

  /** Any of them, but for one that let it wait in vain a moment ago. */
  private backend(): BackendProcess {
    const backend = this.random.pick(this.backends);
    return backend === this.avoided && Date.now() < this.avoidUntil ? this.backend() : backend;
  }

  private next(id: number): Request {
    const cache = this.random.weighted(SHARE);
    const plan = PLANS[cache] as Plan;
    const key = this.key(plan);
    let verb = this.random.weighted(VERBS as Record<Verb, number>);
    const ifMatch = this.versions.get(`${cache} ${key}`);
    if (verb === 'clear' && !plan.fleeting) verb = 'get';
    if (verb === 'replace' && !ifMatch) verb = 'set';
    const write = { verb, cache, key, value: this.value(`${id}`), ttlMs: this.ttl() };
    switch (verb) {
      case 'set':
      case 'create':
        return write;
      case 'replace':
        return { ...write, ifMatch: ifMatch as string };
      case 'renew':
        return { verb, cache, key, ttlMs: this.ttl() ?? null };
      case 'batch':
        return { verb, cache, operations: this.operations(id, plan) };
      case 'list':
        return { verb, cache, key: this.random.pick(['key', 'expiry', 'recency']) };
      case 'policy':
        return { verb, cache, policy: this.random.pick(plan.policies) };
      case 'figures':
      case 'clear':
        return { verb, cache };
      default:
        return { verb, cache, key };
    }
  }

  private learn({ cache, body, backend, answered }: Call): void {
    if (answered === undefined && this.backends.length > 1) {
      this.avoided = this.backends[backend];
      this.avoidUntil = Date.now() + AVOID_MS;
    }
    const { key, version } = (body ?? {}) as Partial<Entry>;
    if (key !== undefined && version !== undefined) this.versions.set(`${cache} ${key}`, version);
  }

  private operations(id: number, plan: Plan): BatchOperation[] {
    return Array.from({ length: this.random.int(2, 12) }, (_, i): BatchOperation => {
      const key = this.key(plan);
      const op = this.random.weighted({ set: 6, renew: 2, delete: 2 });
      if (op === 'delete') return { op, key };
      const ttlMs = this.ttl();
      if (op === 'renew') return { op, key, ttlMs: ttlMs ?? null };
      return { op, key, value: this.value(`${id}.${i}`), ...(ttlMs !== undefined && { ttlMs }) };
    });
  }

  /** Half of them begin with `a`, half with `b`, so that a prefix tells them apart; one is awkward in a URL. */
  private key({ keys }: Plan): string {
    const n = this.random.int(0, keys - 1);
    return n === 0 ? 'a/ü %2F?' : `${n % 2 === 0 ? 'a' : 'b'}${n}`;
  }

  /** No two values are alike: each names the call that wrote it. */
  private value(by: string): unknown {
    return { by, pad: 'x'.repeat(this.random.int(0, 60)) };
  }

  private ttl(): number | null | undefined {
    const kind = this.random.weighted({ short: 30, middle: 50, none: 8, left: 12 });
    if (kind === 'short') return this.random.int(1, 120);
    if (kind === 'middle') return this.random.int(120, 2_500);
    return kind === 'none' ? null : undefined;
  }
}
