import { createClient, createCluster, ErrorReply } from 'redis';
import type { Logger } from '../logger.js';
import { LapseError, RedisFull, RedisUnavailable } from '../errors.js';
import { Keys } from './keys.js';
import { Operations, type Operation, type Reply } from './operations.js';
import { scriptsOf, type Script, type ScriptName } from './scripts.js';
import type { RedisTarget } from './target.js';

export type NodeClient = ReturnType<typeof createNode>;
type ClusterClient = ReturnType<typeof createClusterClient>;

/** A call that Redis has not answered after this long is given up; what it did is then unknown. */
const ANSWER_WITHIN_MS = 5_000;

/** Restarts of Redis that a log remembers: older cursors than these cannot be resumed from. */
const GENERATIONS = 32;

/** Error replies that mean: not now, try again. https://github.com/redis/redis/blob/7.0/src/server.c (shared.*) */
const TRANSIENT = /^(LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|READONLY|NOREPLICAS|MISCONF|TRYAGAIN|UNBLOCKED)\b/;

/**
 * The connection that commands and scripts go over: one Redis or a Redis Cluster. It connects by itself, for as
 * long as it takes; until then, and whenever Redis is away, calls fail at once with RedisUnavailable.
 */
export class RedisClient {
  readonly keys: Keys;
  private readonly scripts: Record<ScriptName, Script>;
  private readonly operations = new Operations((name, keys, args) => this.run(name, keys, args));
  private readonly node?: NodeClient;
  private readonly cluster?: ClusterClient;
  private attending?: Promise<void>;
  private closed = false;

  constructor(
    readonly target: RedisTarget,
    private readonly logger: Logger,
    space = target.database === 0 ? 'lapse' : `lapse@${target.database}`,
  ) {
    this.keys = new Keys(space);
    this.scripts = scriptsOf(space);
    if (target.cluster) {
      this.cluster = createClusterClient(target);
    } else {
      this.node = createNode(target);
    }
  }

  /** Connects, for as long as it takes. The caller need not wait. */
  async connect(): Promise<void> {
    const client = (this.node ?? this.cluster) as NodeClient;
    client.on('error', (error: Error) => this.logger.debug({ err: error }, 'Redis connection failed'));
    while (!this.closed) {
      try {
        await client.connect();
        return;
      } catch (error) {
        // A wrong password, or a cluster none of whose root nodes answers; a node merely away is waited for inside.
        this.logger.warn({ err: error }, 'cannot connect to Redis; trying again');
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    this.operations.sendAll();
    const client = (this.node ?? this.cluster) as NodeClient;
    if (client.isOpen) await client.close().catch(() => client.destroy());
  }

  /** Does one operation on an entry; with others on the same cache, asked for in the same turn, it shares one run. */
  operate(cache: string, operation: Operation): Promise<Reply> {
    return this.operations.ask(this.keys.cache(cache), this.keys.shard(cache), operation);
  }

  /** Does operations on entries of one cache, in order, in a run of their own. */
  operateAll(cache: string, operations: readonly Operation[]): Promise<Reply[]> {
    return this.operations.batch(this.keys.cache(cache), this.keys.shard(cache), operations);
  }

  /** Runs a script on the node that holds its first key: of a cache, after the operations asked for before. */
  async run(name: ScriptName, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    this.operations.send(keys[0] as string);
    // Not before what is to be sent again.
    if (this.attending) await this.attending;
    const { sha, source } = this.scripts[name];
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await this.send(keys[0] as string, ['EVALSHA', sha, ...rest]);
    } catch (error) {
      if (!isErrorReply(error, 'NOSCRIPT')) throw asLapseError(error);
    }
    // A server knows no script only when it has just started: before it is given them, its data is looked at.
    await (this.attending ??= this.attend().finally(() => (this.attending = undefined)));
    return this.command(keys[0] as string, ['EVAL', source, ...rest]);
  }

  /**
   * Has every log begin a new generation where the server was started anew, then gives it the scripts. Redis forgets
   * them when it ends, and no backend gives it one before having done this: nothing is written in between. It is given
   * all at once, so that what is sent again because its script was unknown does not come after what was sent later.
   */
  private async attend(): Promise<void> {
    const { source } = this.scripts.attend;
    const attended = this.keys.shards.map((shard) =>
      this.command(shard, ['EVAL', source, '1', shard, String(GENERATIONS)]),
    );
    const logs = (await Promise.all(attended)).reduce((sum: number, begun) => sum + (begun as number), 0);
    if (logs > 0) this.logger.info({ logs }, 'Redis was started anew: its logs begin a new generation');
    const one = this.keys.shards.slice(0, 1);
    const given = (this.node ? one : this.keys.shards).flatMap((shard) =>
      Object.values(this.scripts).map((script) => this.command(shard, ['SCRIPT', 'LOAD', script.source])),
    );
    await Promise.all(given);
  }

  /** Sends one command to the node that holds `key`. */
  async command(key: string, args: string[]): Promise<unknown> {
    try {
      return await this.send(key, args);
    } catch (error) {
      throw asLapseError(error);
    }
  }

  private send(key: string, args: string[]): Promise<unknown> {
    const reply = this.node
      ? this.node.sendCommand(args)
      : (this.cluster as ClusterClient).sendCommand(key, false, args);
    return within(ANSWER_WITHIN_MS, reply);
  }

  /** The names of all caches, in no order. */
  async caches(): Promise<string[]> {
    const names = await Promise.all(
      this.keys.shards.map((shard) => this.command(shard, ['SMEMBERS', this.keys.caches(shard)])),
    );
    return names.flatMap((set) => [...(set as Iterable<string>)]);
  }

  /** Resolves when Redis answers (a cluster: when every shard's node does). */
  async ping(): Promise<void> {
    if (this.node) {
      await this.command('', ['PING']);
      return;
    }
    await Promise.all(this.keys.shards.map((shard) => this.command(shard, ['EXISTS', shard])));
  }

  /** Redis's clock, in ms, to the microsecond. In a cluster: that of the first shard's node. */
  async time(): Promise<number> {
    const [first] = (await this.primaries()).values();
    if (!first) throw new RedisUnavailable();
    const [seconds, micros] = (await within(ANSWER_WITHIN_MS, first.sendCommand(['TIME']))) as unknown as [
      string,
      string,
    ];
    return Number(seconds) * 1000 + Number(micros) / 1000;
  }

  /** A second connection to the same Redis, for subscriptions. In a cluster: the cluster's own. */
  subscriber(): NodeClient {
    return this.node ? createNode(this.target) : (this.cluster as unknown as NodeClient);
  }

  /** Every primary, by address: notifications come from each of them alone. */
  async primaries(): Promise<Map<string, NodeClient>> {
    if (this.node) return new Map([['', this.node]]);
    const cluster = this.cluster as ClusterClient;
    const found = new Map<string, NodeClient>();
    for (const master of cluster.masters) {
      found.set(master.address, (await cluster.nodeClient(master)) as unknown as NodeClient);
    }
    return found;
  }
}

/** The driver's own time limit is off: it makes an AbortSignal for every command, and `within` does the same for less. */
const COMMAND_OPTIONS = { timeout: undefined };

function createNode(target: RedisTarget) {
  return createClient({
    ...target.options,
    commandOptions: COMMAND_OPTIONS,
    disableOfflineQueue: true,
    socket: { ...target.options.socket, reconnectStrategy },
  });
}

function createClusterClient(target: RedisTarget) {
  const { socket, ...credentials } = target.options;
  return createCluster({
    rootNodes: target.cluster!.map((url) => ({ url })),
    defaults: {
      ...credentials,
      commandOptions: COMMAND_OPTIONS,
      disableOfflineQueue: true,
      socket: { ...socket, reconnectStrategy },
    },
  } as Parameters<typeof createCluster>[0]);
}

/** Quick at first, at most half a second apart: a restarted Redis is found at once. */
export function reconnectStrategy(retries: number): number {
  return Math.min(20 * 2 ** Math.min(retries, 5), 500) + Math.random() * 50;
}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new RedisUnavailable(`Redis did not answer within ${ms} ms.`)), ms);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error as Error);
      },
    );
  });
}

function isErrorReply(error: unknown, code: string): boolean {
  return error instanceof Error && error.message.startsWith(code);
}

/** What went wrong, in Lapse's words. An error reply that no one foresaw stays as it is: a bug, to be seen. */
function asLapseError(error: unknown): unknown {
  if (error instanceof LapseError || !(error instanceof Error)) return error;
  if (isErrorReply(error, 'OOM')) return new RedisFull();
  if (error instanceof ErrorReply) {
    return TRANSIENT.test(error.message) ? new RedisUnavailable(`Redis answers: ${error.message}`) : error;
  }
  return new RedisUnavailable();
}
