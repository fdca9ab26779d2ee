import { setTimeout as sleep } from 'node:timers/promises';
import { type BatchOperation, type Cache, type CachePolicyBody, type Entry } from '@lapse/protocol';
import { familyOf } from '../../scripts/process-table.mjs';
import { type Run, STARTER, Trial } from '../../scripts/trial.mjs';

/** What a call answered. */
export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** All of Lapse, as `npm start` runs it, on ports and data of its own: nginx, the backend and Redis. */
export class Lapse {
  private constructor(
    private readonly trial: Trial,
    private run: Run,
  ) {}

  static async start(): Promise<Lapse> {
    const trial = await Trial.prepare();
    const lapse = new Lapse(trial, trial.start(STARTER));
    await lapse.run.ready();
    return lapse;
  }

  /** As Ctrl-C and another `npm start` do it. */
  async restart(): Promise<void> {
    await this.stop();
    this.run = this.trial.start(STARTER);
    await this.run.ready();
  }

  async stop(): Promise<void> {
    process.kill(this.run.pid, 'SIGTERM');
    await this.run.exit;
  }

  /** Stops it, and deletes its data. */
  end(): Promise<void> {
    return this.trial.end();
  }

  /** The web UI. */
  get web(): string {
    return `http://localhost:${this.trial.env['WEB_PORT']}`;
  }

  /** The backend's own door for REST and SSE. */
  get api(): string {
    return `http://localhost:${this.trial.env['HTTP_PORT']}/api/v1`;
  }

  /** The backend's own door for WebSockets. */
  get ws(): string {
    return `ws://localhost:${this.trial.env['WS_PORT']}/ws`;
  }

  /** The same, through nginx. */
  get webWs(): string {
    return `${this.web.replace('http', 'ws')}/ws`;
  }

  /**
   * Cuts every browser off and lets none in again: nginx drops its connections, and whoever knocks waits. The
   * backend, and its own two ports, stay as they are. Until `mend`.
   */
  cut(): void {
    const { master, workers } = this.nginx();
    // Stopped first: it would replace its workers at once.
    signal(master, 'SIGSTOP');
    for (const worker of workers) signal(worker, 'SIGKILL');
  }

  /** Nothing gets through any more, and nobody is told: what a network does that is gone. Until `mend`. */
  silence(): void {
    const { master, workers } = this.nginx();
    for (const pid of [master, ...workers]) signal(pid, 'SIGSTOP');
  }

  mend(): void {
    const { master, workers } = this.nginx();
    for (const pid of [master, ...workers]) signal(pid, 'SIGCONT');
  }

  private nginx(): { master: number; workers: number[] } {
    const family = familyOf(this.run.pid).filter(({ name }) => name === 'nginx');
    const master = family.find(({ parent }) => parent === this.run.pid);
    if (!master) throw new Error('nginx does not run');
    return { master: master.pid, workers: family.filter((one) => one !== master).map(({ pid }) => pid) };
  }

  // REST, by the backend's own door.

  async call<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(this.api + path, {
      method,
      headers: body === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? undefined : JSON.parse(text)) as T,
    };
  }

  /** Creates or replaces an entry. */
  async put(cache: string, key: string, value: unknown, ttlMs: number | null): Promise<Entry> {
    return (await this.ok<Entry>('PUT', entryPath(cache, key), { value, ttlMs })).body;
  }

  async get(cache: string, key: string): Promise<Entry> {
    return (await this.ok<Entry>('GET', entryPath(cache, key))).body;
  }

  /** Reads an entry without that counting as a use. */
  async peek(cache: string, key: string): Promise<Entry> {
    return (await this.ok<Entry>('GET', `${entryPath(cache, key)}?peek=true`)).body;
  }

  async remove(cache: string, key: string): Promise<void> {
    await this.ok('DELETE', entryPath(cache, key));
  }

  async setPolicy(cache: string, policy: CachePolicyBody): Promise<void> {
    await this.ok('PUT', `/caches/${cache}`, policy);
  }

  async cache(cache: string): Promise<Cache> {
    return (await this.ok<Cache>('GET', `/caches/${cache}`)).body;
  }

  /** Any number of operations, a thousand at a time. */
  async batch(cache: string, operations: readonly BatchOperation[]): Promise<void> {
    for (let from = 0; from < operations.length; from += 1000) {
      const part = operations.slice(from, from + 1000);
      const { body } = await this.ok<{ results: { status: number }[] }>(
        'POST',
        `/caches/${cache}/entries/batch`,
        { operations: part },
      );
      const refused = body.results.find(({ status }) => status >= 400);
      if (refused) throw new Error(`the batch was refused: ${JSON.stringify(refused)}`);
    }
  }

  /** As if nobody had ever used it. */
  async clear(): Promise<void> {
    const { body } = await this.ok<{ items: Cache[] }>('GET', '/caches');
    for (const { name } of body.items) await this.ok('DELETE', `/caches/${name}`);
  }

  private async ok<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const answer = await this.call<T>(method, path, body);
    if (answer.status >= 400)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer;
  }
}

/** A worker of nginx may have gone between being seen and being told. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export function entryPath(cache: string, key: string): string {
  return `/caches/${cache}/entries/${encodeURIComponent(key)}`;
}

/** Waits until a moment has certainly passed by every clock of this machine. */
export async function past(moment: string): Promise<void> {
  await sleep(Math.max(0, Date.parse(moment) - Date.now()) + 20);
}
