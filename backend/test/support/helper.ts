import { RedisServer } from './redis-server.js';

let server: RedisServer | undefined;
let spaces = 0;

/** The Redis that all specs share; each takes a key space of its own in it. */
export function sharedRedis(): RedisServer {
  if (!server) throw new Error('the shared Redis runs only while specs do');
  return server;
}

/** A key space that no other spec uses. */
export function freshSpace(): string {
  return `spec${++spaces}`;
}

jasmine.DEFAULT_TIMEOUT_INTERVAL = 20_000;

beforeAll(async () => {
  server = await RedisServer.start();
});

afterAll(async () => {
  await server?.stop();
});
