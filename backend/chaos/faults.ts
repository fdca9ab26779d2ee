import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisServer } from '../test/support/redis-server.js';
import type { BackendProcess } from './backend-process.js';
import type { Fault, Span, StalledRead } from './evidence.js';
import type { Random } from './random.js';
import { StalledReader } from './stalled-reader.js';
import type { Subscriber } from './subscribers/subscriber.js';

/** How many 16 KiB values make a reader that has stopped overflow, what the kernel buffers for it included. */
const FAT_BATCHES = 10;
const FAT_VALUES = 80;

/** The cache that a stalled reader subscribes to. */
export const WIDE = 'wide';

/** After Redis answers again, how long its backends may take to be back. */
const BACK_WITHIN_MS = 1_500;

export const FAULT_KINDS = [
  'backend killed',
  'backend stopped for a while',
  'backend stopped and cut off',
  'backend restarted',
  'redis killed',
  'redis stopped for a while',
  'pub/sub connections killed',
  'all other connections killed',
  'notifications switched off',
  'sockets cut',
  'reader stalled',
  'redis wiped',
  'redis killed after a snapshot',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What the faults act on. */
export interface Target {
  redis: RedisServer;
  backends: readonly BackendProcess[];
  subscribers: readonly Subscriber[];
  /** Resolves once writers rest and what they wrote has come to all recorders; until `resume` is called. */
  rest(): Promise<{ resume: () => void }>;
}

/** Does one fault after another, and writes down when. Each is over, and what it broke is mended, before the next. */
export class Faults {
  readonly done: Fault[] = [];
  readonly outages: Span[] = [];
  readonly stalled: StalledRead[] = [];
  private drawn: FaultKind[] = [];
  private kills = 0;
  private running = true;
  private finished = Promise.resolve();

  constructor(
    private readonly target: Target,
    private readonly deck: Partial<Record<FaultKind, number>>,
    private readonly random: Random,
  ) {}

  start(): void {
    this.finished = this.run();
    // Whoever stops it is told.
    this.finished.catch(() => undefined);
  }

  /** Resolves when the last fault is mended. */
  stop(): Promise<void> {
    this.running = false;
    return this.finished;
  }

  private async run(): Promise<void> {
    while (this.running) {
      await sleep(this.random.int(100, 1_800));
      const kind = this.next();
      const fault: Fault = { kind, detail: '', from: Date.now(), to: Infinity };
      this.done.push(fault);
      fault.detail = await this.does[kind]();
      fault.to = Date.now();
    }
  }

  /** As from a deck of cards: before the first comes again, each has come as often as it is in the deck. */
  private next(): FaultKind {
    if (this.drawn.length === 0) {
      const cards = Object.entries(this.deck) as [FaultKind, number][];
      this.drawn = this.random.shuffled(cards.flatMap(([kind, times]) => Array<FaultKind>(times).fill(kind)));
    }
    return this.drawn.pop() as FaultKind;
  }

  /** Each backend in turn: among as many kills as there are backends is that of the one that expires entries. */
  private victim(): BackendProcess {
    const { backends } = this.target;
    return backends[this.kills++ % backends.length] as BackendProcess;
  }

  private readonly does: Record<FaultKind, () => Promise<string>> = {
    'backend killed': async () => {
      const backend = this.victim();
      await backend.end('SIGKILL');
      await sleep(this.random.int(0, 2_500));
      await backend.start();
      return `backend ${backend.index}`;
    },
    'backend stopped for a while': async () => {
      const backend = this.random.pick(this.target.backends);
      backend.signal('SIGSTOP');
      await sleep(this.random.int(200, 4_000));
      backend.signal('SIGCONT');
      await backend.ready();
      return `backend ${backend.index}`;
    },
    'backend stopped and cut off': async () => {
      const backend = this.random.pick(this.target.backends);
      backend.signal('SIGSTOP');
      const cut = await this.killConnections(() => true);
      await sleep(this.random.int(500, 4_000));
      backend.signal('SIGCONT');
      await backend.ready();
      return `backend ${backend.index}, ${cut}`;
    },
    'backend restarted': async () => {
      const backend = this.random.pick(this.target.backends);
      const code = await backend.end('SIGTERM');
      if (code !== 0) throw new Error(`backend ${backend.index} ended with ${code} at SIGTERM`);
      await backend.start();
      return `backend ${backend.index}`;
    },
    'redis killed': () => this.killRedis(),
    'redis stopped for a while': async () => {
      const from = Date.now();
      this.target.redis.signal('SIGSTOP');
      await sleep(this.random.int(100, 1_500));
      this.target.redis.signal('SIGCONT');
      this.outages.push({ from, to: Date.now() + BACK_WITHIN_MS });
      return '';
    },
    'pub/sub connections killed': () => this.deafen(),
    'all other connections killed': () => this.killConnections((only) => !only),
    'notifications switched off': () => this.command(['CONFIG', 'SET', 'notify-keyspace-events', '']),
    'sockets cut': () => Promise.resolve(this.cutSockets()),
    'reader stalled': () => this.stall(),
    'redis wiped': async () => {
      const { resume } = await this.target.rest();
      await this.command(['FLUSHALL']);
      resume();
      return '';
    },
    'redis killed after a snapshot': async () => {
      const { resume } = await this.target.rest();
      await this.command(['SAVE']);
      resume();
      await sleep(this.random.int(50, 3_000));
      return this.killRedis();
    },
  };

  private cutSockets(): string {
    const cut = this.target.subscribers.filter(() => this.random.chance(0.5));
    for (const subscriber of cut) subscriber.cut();
    return cut.map(({ recording }) => recording.name).join(', ');
  }

  /** Backends hear nothing for a moment, and it is then that subscribers come back: the log is ahead of what they hear. */
  private async deafen(): Promise<string> {
    const names = this.cutSockets();
    for (let times = 0; times < 4; times++) {
      await this.killConnections((only) => only);
      await sleep(this.random.int(10, 40));
    }
    return `while these came back: ${names}`;
  }

  private async killRedis(): Promise<string> {
    const { redis, backends } = this.target;
    const from = Date.now();
    await redis.kill('SIGKILL');
    const away = this.random.int(0, 1_500);
    await sleep(away);
    await redis.start();
    this.outages.push({ from, to: Date.now() + BACK_WITHIN_MS });
    await Promise.all(backends.map((backend) => backend.ready()));
    return `for ${away} ms`;
  }

  /**
   * Kills the backends' connections that do nothing but listen, or the ones that carry commands. (Those listen too, for
   * expiry, so that Redis's own types of clients do not tell one from the other.)
   */
  private async killConnections(wanted: (onlyListens: boolean) => boolean): Promise<string> {
    const client = await this.target.redis.connect();
    const list = String(await client.sendCommand(['CLIENT', 'LIST']));
    const ids = list.split('\n').flatMap((line) => {
      const { id, sub, cmd } = Object.fromEntries(line.split(' ').map((field) => field.split('=')));
      return sub !== undefined && cmd !== 'client|list' && wanted(cmd === 'subscribe') ? [id as string] : [];
    });
    for (const id of ids) await client.sendCommand(['CLIENT', 'KILL', 'ID', id]).catch(() => undefined);
    client.destroy();
    return `${ids.length} of them`;
  }

  private async command(command: string[]): Promise<string> {
    const client = await this.target.redis.connect();
    const reply = await client.sendCommand(command);
    client.destroy();
    return `${command.join(' ')}: ${String(reply)}`;
  }

  /** One reader stops reading while so much is written that it has to be let go. */
  private async stall(): Promise<string> {
    const { backends } = this.target;
    const backend = this.random.pick(backends);
    const reader = await StalledReader.connect(backend, WIDE);
    for (let batch = 0; batch < FAT_BATCHES; batch++) {
      const operations = Array.from({ length: FAT_VALUES }, (_, i) => {
        return { op: 'set', key: `wide${i}`, value: 'w'.repeat(16_000), ttlMs: 3_000 };
      });
      await fetch(`${this.random.pick(backends).url}/api/v1/caches/${WIDE}/entries/batch`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ operations }),
      })
        .then((response) => response.arrayBuffer())
        // A connection kept from before a restart: what is written need not be whole, only much.
        .catch(() => undefined);
      await sleep(20);
    }
    await sleep(200);
    const end = await reader.end(4_000);
    this.stalled.push({ t: Date.now(), end });
    return `backend ${backend.index}: ${end}`;
  }
}
