import { startBackend, stopBackends } from './support/backend.js';
import { becomes } from './support/eventually.js';
import { freshSpace } from './support/helper.js';
import { RedisCluster } from './support/redis-cluster.js';
import { closeStores, openStore } from './support/store.js';
import { WsClient, closeClients } from './support/ws-client.js';

describe('On a Redis Cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => (cluster = await RedisCluster.start()), 30_000);
  afterAll(() => cluster.stop());
  afterEach(async () => {
    closeClients();
    await stopBackends();
    await closeStores();
  });

  const names = Array.from({ length: 24 }, (_, i) => `cache-${i}`);

  it('caches lie on all nodes, and each life still ends in one event, punctually', async () => {
    const space = freshSpace();
    const [one, two] = [
      await startBackend({ server: cluster, space }),
      await startBackend({ server: cluster, space }),
    ];
    const store = await openStore(cluster, space);
    const client = await WsClient.subscribe(one.ws, '*', { types: ['expired'] });
    const other = await WsClient.subscribe(two.ws, 'cache-3');
    await Promise.all(names.map((name) => store.entries.put(name, 'k', { value: name, ttlMs: 300 })));
    expect((await store.caches.list()).map(({ name }) => name)).toEqual([...names].sort());
    await becomes(() => client.events.map(({ value }) => value).sort(), [...names].sort(), 12_000);
    for (const { lagMs } of client.events) expect(lagMs).toBeLessThan(500);
    await becomes(() => other.told, ['created k', 'expired k']);
  });

  it('goes on by itself when a primary was killed and is back', async () => {
    const space = freshSpace();
    const backend = await startBackend({ server: cluster, space });
    const store = await openStore(cluster, space);
    const client = await WsClient.subscribe(backend.ws, '*', { types: ['expired'] });
    await Promise.all(names.map((name) => store.entries.put(name, 'k', { value: name, ttlMs: 5_000 })));
    await cluster.killNode(1);
    cluster.startNode(1);
    await cluster.ok();
    await becomes(() => client.events.map(({ value }) => value).sort(), [...names].sort(), 15_000);
  }, 40_000);
});
