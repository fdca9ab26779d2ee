import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { createApp } from '../../src/app.js';
import { Caches } from '../../src/caches/caches.js';
import { Entries } from '../../src/entries/entries.js';
import { EventConsumer } from '../../src/events/event-consumer.js';
import { EventLog } from '../../src/events/event-log.js';
import { LogReader } from '../../src/events/log-reader.js';
import { answerClientError } from '../../src/http/client-error.js';
import type { Readiness } from '../../src/http/health.js';
import { Metrics } from '../../src/http/metrics.js';
import { completeDocument } from '../../src/http/openapi.js';
import generated from '../../src/generated/openapi.json' with { type: 'json' };
import { Hub } from '../../src/realtime/hub.js';
import { Replays } from '../../src/realtime/replays.js';
import { SseStreams } from '../../src/realtime/sse.js';
import { RedisClient } from '../../src/redis/client.js';
import { RedisSubscriber } from '../../src/redis/subscriber.js';
import { Documented } from './documented.js';
import { freshSpace, sharedRedis } from './helper.js';
import type { RedisServer } from './redis-server.js';

export interface RestOptions {
  /** Another server than the shared one. */
  redis?: RedisServer;
  ready?: () => Promise<Readiness>;
  level?: string;
}

export interface Asked {
  headers?: Record<string, string>;
  /** Sent as it is; anything but a string or bytes is sent as JSON. */
  body?: unknown;
}

export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The body's JSON. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what a spec reads out of it, it expects
  json: any;
}

const open: Rest[] = [];

/** The REST side on a real Redis, in a key space of its own. `closeRests` closes it. */
export async function openRest(options: RestOptions = {}): Promise<Rest> {
  const rest = new Rest(options);
  open.push(rest);
  await rest.start();
  return rest;
}

/** For `afterEach`. */
export async function closeRests(): Promise<void> {
  await Promise.all(open.splice(0).map((rest) => rest.close()));
}

export const documented = new Documented(completeDocument(generated));

export class Rest {
  readonly metrics = new Metrics();
  /** The lines logged so far. */
  readonly logged: Record<string, unknown>[] = [];
  readonly server: Server;
  readonly redis: RedisClient;

  constructor({ redis = sharedRedis(), ready, level = 'info' }: RestOptions) {
    const write = (line: string) => void this.logged.push(JSON.parse(line) as Record<string, unknown>);
    const logger = pino({ level, base: undefined }, { write });
    this.redis = new RedisClient(redis.target, logger, freshSpace());
    const log = new EventLog(this.redis);
    const hub = new Hub(new EventConsumer(this.redis, new RedisSubscriber(this.redis, logger), log, logger));
    const app = createApp({
      caches: new Caches(this.redis),
      entries: new Entries(this.redis),
      events: log,
      streams: new SseStreams(hub, new Replays(log, new LogReader(log), hub)),
      ready: ready ?? (async () => ({ redis: true, subscription: true, stopping: false })),
      metrics: this.metrics,
      logger,
    });
    this.server = createServer(app).on('clientError', answerClientError);
  }

  async start(): Promise<void> {
    await this.redis.connect();
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.redis.close();
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Asks with exactly this path, and expects the answer to be as the OpenAPI document says. */
  async ask(method: string, path: string, asked: Asked = {}): Promise<Answered> {
    const answered = await this.send(method, path, asked);
    expect(documented.faults({ method, path, ...answered })).toEqual([]);
    return answered;
  }

  send(method: string, path: string, { headers = {}, body }: Asked): Promise<Answered> {
    const bytes =
      body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    // Node's client frames the body of a DELETE only when it is told its length.
    const framing =
      'transfer-encoding' in headers ? {} : { 'content-length': Buffer.byteLength(bytes ?? '') };
    const own = bytes === undefined ? {} : { 'content-type': 'application/json', ...framing };
    return new Promise((resolve, reject) => {
      const asking = request(
        { port: this.port, host: '127.0.0.1', method, path, headers: { ...own, ...headers } },
        (answer) => {
          const chunks: Buffer[] = [];
          const endless = answer.headers['content-type']?.startsWith('text/event-stream');
          answer.on('data', (chunk: Buffer) => {
            chunks.push(chunk);
            if (endless) answer.destroy();
          });
          answer.on(endless ? 'close' : 'end', () => {
            const text = Buffer.concat(chunks).toString();
            const json = (answer.headers['content-type'] ?? '').includes('json') && text !== '';
            resolve({
              status: answer.statusCode as number,
              headers: answer.headers,
              text,
              json: json ? JSON.parse(text) : undefined,
            });
          });
          // An endless answer is cut off here, which is an error to Node.
          answer.on('error', (error) => !endless && reject(error));
        },
      );
      asking.on('error', reject);
      asking.end(bytes);
    });
  }
}
