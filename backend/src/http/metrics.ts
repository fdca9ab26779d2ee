import {
  Counter,
  Gauge,
  Histogram,
  Registry,
  collectDefaultMetrics,
  type OpenMetricsContentType,
} from 'prom-client';

/** What is looked up when someone asks for the metrics, because it has a present value. */
export interface LiveFigures {
  /** WebSocket connections and SSE streams open now. */
  connections(): number;
  subscriptions(): number;
  redisUp(): Promise<boolean>;
}

/**
 * The backend's figures, as OpenMetrics. Labels are only ever routes, methods and statuses, never what a client
 * can make up: the number of series is bounded.
 */
export class Metrics {
  readonly #registry = openMetrics();

  readonly #requests = new Histogram({
    name: 'lapse_http_request_duration_seconds',
    help: 'Time from the request to the end of its answer.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.#registry],
  });

  readonly #expiryLag = new Histogram({
    name: 'lapse_expiry_lag_seconds',
    help: "Time from an entry's deadline to its expired event, both by Redis's clock.",
    buckets: [0.001, 0.002, 0.003, 0.004, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 10, 60],
    registers: [this.#registry],
  });

  readonly #delivered = new Counter({
    name: 'lapse_events_delivered_total',
    help: 'Events sent to subscribers: one event to two connections counts twice.',
    registers: [this.#registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** A request was answered (or given up by the client). `route` is a path's template, never a path. */
  requestAnswered(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status }, seconds);
  }

  entryExpired(lagMs: number): void {
    this.#expiryLag.observe(lagMs / 1000);
  }

  eventsDelivered(count: number): void {
    this.#delivered.inc(count);
  }

  /** Says where the present values come from. To be called once. */
  watch(figures: LiveFigures): void {
    this.#gauge('lapse_connections', 'WebSocket connections and SSE streams open now.', figures.connections);
    this.#gauge('lapse_subscriptions', 'Subscriptions of all connections.', figures.subscriptions);
    this.#gauge('lapse_redis_up', '1 when Redis answers.', async () => ((await figures.redisUp()) ? 1 : 0));
  }

  async text(): Promise<{ contentType: string; text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      async collect() {
        this.set(await read());
      },
    });
  }
}

/** OpenMetrics from the first: a counter's name depends on it. */
function openMetrics(): Registry<OpenMetricsContentType> {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return registry;
}
