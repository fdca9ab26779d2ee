import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { endsWithUs } from '../../test/support/child.js';

/** A process that something is measured of. */
export class Measurable {
  constructor(readonly pid: number) {}

  /** CPU time that all its threads have used, in ms. https://docs.kernel.org/scheduler/sched-stats.html */
  get cpuMs(): number {
    const tasks = readdirSync(`/proc/${this.pid}/task`);
    return tasks.reduce((sum, task) => {
      const text = readFileSync(`/proc/${this.pid}/task/${task}/schedstat`, 'utf8');
      return sum + Number(text.split(' ', 1)[0]) / 1e6;
    }, 0);
  }

  get residentBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  }
}

/** A server under test or a baseline: a process that listens on a port. */
export class ServerProcess extends Measurable {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    private readonly words: { tail: string },
  ) {
    super(child.pid as number);
  }

  /** Starts it; resolves once the port accepts connections. */
  static async start(
    program: string,
    args: string[],
    port: number,
    env: Record<string, string> = {},
  ): Promise<ServerProcess> {
    const child = spawn(program, args, {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    endsWithUs(child);
    const words = { tail: '' };
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => (words.tail = (words.tail + String(chunk)).slice(-2_000)));
    }
    const server = new ServerProcess(child, port, words);
    await server.accepts();
    return server;
  }

  async stop(): Promise<void> {
    await end(this.child, 'SIGTERM');
  }

  private async accepts(): Promise<void> {
    for (let tries = 0; tries < 1_000; tries++) {
      if (!runs(this.child)) throw new Error(`it ended by itself:\n${this.words.tail}`);
      if (await canConnect(this.port)) return;
      await sleep(20);
    }
    throw new Error(`nothing listens on its port:\n${this.words.tail}`);
  }
}

/** A client in a process of its own, which carries out what it is asked to (see serve). */
export class ClientProcess extends Measurable {
  private calls = 0;
  private readonly open = new Map<
    number,
    { resolve: (result: never) => void; reject: (error: Error) => void }
  >();

  private constructor(private readonly child: ChildProcess) {
    super(child.pid as number);
    child.on('message', ({ id, result, fault }: { id: number; result: never; fault?: string }) => {
      if (fault === undefined) this.open.get(id)?.resolve(result);
      else this.open.get(id)?.reject(new Error(fault));
      this.open.delete(id);
    });
    child.on('exit', () => {
      for (const { reject } of this.open.values()) reject(new Error('the client process ended'));
    });
  }

  static async start(file: URL): Promise<ClientProcess> {
    const child = endsWithUs(fork(file, { execArgv: ['--import', 'tsx'] }));
    await once(child, 'message');
    return new ClientProcess(child);
  }

  call<Result>(name: string, argument: unknown = {}): Promise<Result> {
    const id = this.calls++;
    return new Promise((resolve, reject) => {
      this.open.set(id, { resolve, reject });
      this.child.send({ id, name, argument });
    });
  }

  async stop(): Promise<void> {
    await end(this.child, 'SIGKILL');
  }
}

/** A port that was free a moment ago. */
export async function sparePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function runs(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!runs(child)) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
