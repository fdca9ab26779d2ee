import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp } from './app.js';
import { Caches } from './caches/caches.js';
import type { Config } from './config.js';
import { Entries } from './entries/entries.js';
import { EventConsumer } from './events/event-consumer.js';
import { EventLog } from './events/event-log.js';
import { LogReader } from './events/log-reader.js';
import { KeyspaceListener } from './expiry/keyspace-listener.js';
import { Settler } from './expiry/settler.js';
import { Sweeper } from './expiry/sweeper.js';
import { answerClientError } from './http/client-error.js';
import { Metrics } from './http/metrics.js';
import type { Logger } from './logger.js';
import { Hub } from './realtime/hub.js';
import { Replays } from './realtime/replays.js';
import { SseStreams } from './realtime/sse.js';
import { WsServer } from './realtime/ws-server.js';
import { RedisClient } from './redis/client.js';
import { RedisClock } from './redis/clock.js';
import { RedisSubscriber } from './redis/subscriber.js';

/** How long requests under way may take to finish when the backend stops, in ms. */
const FINISH_WITHIN_MS = 5_000;

/** What only tests set otherwise. */
export interface BackendOptions {
  /** What its names in Redis begin with. */
  space?: string;
  /** How often a connection is sent a heartbeat, in ms. */
  heartbeatMs?: number;
  /** How many WebSocket connections it holds at most. */
  mostConnections?: number;
  /** Over how long closing all sockets is spread, so that clients do not all come back at once, in ms. */
  goodbyesMs?: number;
}

/**
 * One backend: everything between Redis and the two listening ports. Nothing in it is needed by another backend;
 * any number run on one Redis.
 */
export class Backend {
  readonly redis: RedisClient;
  readonly ws: WsServer;
  readonly sse: SseStreams;
  private readonly http: Server;
  private readonly subscriber: RedisSubscriber;
  private readonly consumer: EventConsumer;
  private readonly listener: KeyspaceListener;
  private readonly sweeper: Sweeper;
  private readonly goodbyesMs: number;
  private stopping = false;

  constructor(
    private readonly config: Config,
    private readonly logger: Logger,
    { space, heartbeatMs = 10_000, mostConnections, goodbyesMs = 1_000 }: BackendOptions = {},
  ) {
    this.goodbyesMs = goodbyesMs;
    this.redis = new RedisClient(config.redis, logger, space);
    this.subscriber = new RedisSubscriber(this.redis, logger);
    const clock = new RedisClock(this.redis);
    const log = new EventLog(this.redis);
    this.consumer = new EventConsumer(this.redis, this.subscriber, log, logger);

    const settler = new Settler(this.redis, logger);
    this.listener = new KeyspaceListener(this.redis, logger);
    const id = randomBytes(9).toString('base64url');
    this.sweeper = new Sweeper(id, this.redis, clock, settler, this.listener, this.subscriber, logger);

    const hub = new Hub(this.consumer);
    const reader = new LogReader(log);
    this.subscriber.on('up', () => reader.clear());
    const replays = new Replays(log, reader, hub);
    this.sse = new SseStreams(hub, replays);
    this.ws = new WsServer({ hub, replays, clock, heartbeatMs }, logger, mostConnections);
    const redisUp = () =>
      this.redis.ping().then(
        () => true,
        () => false,
      );
    const metrics = new Metrics();
    this.consumer.on('event', (event) => {
      if (event.type === 'expired') metrics.entryExpired(event.lagMs);
    });
    hub.on('delivered', (connections) => metrics.eventsDelivered(connections));
    metrics.watch({
      connections: () => this.ws.size + this.sse.size,
      subscriptions: () => hub.size,
      redisUp,
    });

    const app = createApp({
      caches: new Caches(this.redis),
      entries: new Entries(this.redis),
      events: log,
      streams: this.sse,
      ready: async () => ({
        redis: await redisUp(),
        subscription: this.subscriber.up && this.listener.up,
        stopping: this.stopping,
      }),
      metrics,
      logger,
    });
    this.http = createServer(app).on('clientError', answerClientError);
  }

  /**
   * Listens, and begins to look for Redis: until it is there, calls answer 503 and readyz says so.
   * @throws the error of a port that cannot be listened on
   */
  async start(): Promise<{ httpPort: number; wsPort: number }> {
    const { host, httpPort, wsPort } = this.config;
    await new Promise<void>((resolve, reject) => {
      this.http.once('error', reject);
      this.http.listen(httpPort, host, resolve);
    });
    const ports = {
      httpPort: (this.http.address() as AddressInfo).port,
      wsPort: await this.ws.listen(wsPort, host),
    };
    void this.attach();
    return ports;
  }

  /** Begins to work with Redis as soon as it is there. */
  private async attach(): Promise<void> {
    await this.redis.connect();
    if (this.stopping) return;
    this.consumer.start();
    this.listener.start();
    this.sweeper.start();
    await this.subscriber.connect();
  }

  /**
   * Says goodbye to every client, finishes what is under way, and lets go of Redis. `readyz` fails at once; the port
   * stays open while the goodbyes are said, so that who was already on the way is still answered.
   */
  async stop(): Promise<void> {
    this.stopping = true;
    const { goodbyesMs } = this;
    await Promise.all([this.ws.close(goodbyesMs), this.sse.close(goodbyesMs), sleep(goodbyesMs)]);
    await this.closeHttp();
    this.consumer.stop();
    this.listener.stop();
    await this.sweeper.stop();
    await this.subscriber.close();
    await this.redis.close();
    this.logger.debug('stopped');
  }

  private async closeHttp(): Promise<void> {
    const finished = new Promise<void>((resolve) => this.http.close(() => resolve()));
    const timer = setTimeout(() => this.http.closeAllConnections(), FINISH_WITHIN_MS);
    await finished;
    clearTimeout(timer);
  }
}
