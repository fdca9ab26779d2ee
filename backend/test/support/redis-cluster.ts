import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRedisUrl } from '../../src/redis/target.js';
import { endsWithUs } from './child.js';
import { until } from './eventually.js';

/** A Redis Cluster of three primaries on spare ports of the loopback interface. */
export class RedisCluster {
  private readonly directory = mkdtempSync(join(tmpdir(), 'lapse-cluster-'));
  private readonly nodes: ChildProcess[] = [];

  private constructor(private readonly ports: number[]) {}

  static async start(): Promise<RedisCluster> {
    const cluster = new RedisCluster(await sparePorts(3));
    cluster.ports.forEach((_, i) => cluster.startNode(i));
    const addresses = cluster.ports.map((port) => `127.0.0.1:${port}`);
    const created = await until(() => {
      const args = ['--cluster', 'create', ...addresses, '--cluster-replicas', '0', '--cluster-yes'];
      return spawnSync('redis-cli', args).status === 0;
    });
    if (!created) throw new Error('the cluster could not be created');
    await cluster.ok();
    return cluster;
  }

  get target() {
    return parseRedisUrl(this.ports.map((port) => `redis://127.0.0.1:${port}`).join(','));
  }

  async killNode(i: number): Promise<void> {
    const node = this.nodes[i] as ChildProcess;
    if ((node.exitCode ?? node.signalCode) !== null) return;
    const exited = once(node, 'exit');
    node.kill('SIGKILL');
    await exited;
  }

  startNode(i: number): void {
    const port = this.ports[i] as number;
    const cluster = ['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${port}.conf`];
    const own = ['--port', String(port), '--dir', this.directory, '--appendfilename', `${port}.aof`];
    const log = ['--appendonly', 'yes', '--appenddirname', `aof-${port}`, '--save', ''];
    const args = [...own, ...cluster, ...log, '--bind', '127.0.0.1'];
    this.nodes[i] = endsWithUs(spawn('redis-server', args, { stdio: 'ignore' }));
  }

  /** Resolves when every node sees all slots served. */
  async ok(): Promise<void> {
    const serves = (port: number) =>
      String(spawnSync('redis-cli', ['-p', String(port), 'cluster', 'info']).stdout).includes(
        'cluster_state:ok',
      );
    if (!(await until(() => this.ports.every(serves), 15_000))) throw new Error('the cluster is not ok');
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((_, i) => this.killNode(i)));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Free ports below 55536: a node's bus listens 10,000 above its own. */
async function sparePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  while (found.length < count) {
    const server = createServer();
    server.listen(20_000 + Math.floor(Math.random() * 30_000), '127.0.0.1');
    try {
      await once(server, 'listening');
      found.push((server.address() as AddressInfo).port);
    } catch {
      // Taken; try another.
    }
    server.close();
  }
  return found;
}
