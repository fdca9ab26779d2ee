import { closeRests, openRest } from './support/rest.js';

describe('The health calls', () => {
  afterEach(closeRests);

  it('say that it lives, whatever Redis does', async () => {
    const rest = await openRest({ ready: () => new Promise(() => undefined) });
    const { status, json } = await rest.ask('GET', '/livez');
    expect([status, json]).toEqual([200, { status: 'alive' }]);
  });

  it('answer 503 while the backend shuts down', async () => {
    const rest = await openRest({ ready: async () => ({ redis: true, subscription: true, stopping: true }) });
    const { status, json } = await rest.ask('GET', '/readyz');
    expect([status, json.detail]).toEqual([503, 'It is shutting down.']);
  });

  for (const [redis, subscription] of [
    [false, false],
    [true, false],
    [false, true],
  ] as const) {
    it(`answer 503 with redis ${redis} and subscription ${subscription}`, async () => {
      const rest = await openRest({ ready: async () => ({ redis, subscription, stopping: false }) });
      const { status, json, headers } = await rest.ask('GET', '/readyz');
      expect([status, json.type, headers['retry-after']]).toEqual([503, '/api/v1/problems/not-ready', '1']);
      expect(json.detail.includes('Redis does not answer')).toBe(!redis);
      expect(json.detail.includes('subscription')).toBe(!subscription);
    });
  }

  it('answer 200 when both are up', async () => {
    const rest = await openRest();
    expect((await rest.ask('GET', '/readyz')).json).toEqual({
      redis: true,
      subscription: true,
      stopping: false,
    });
  });

  describe('for metrics', () => {
    it('give OpenMetrics: counters end in _total, the text in # EOF', async () => {
      const rest = await openRest();
      rest.metrics.eventsDelivered(3);
      rest.metrics.entryExpired(2);
      rest.metrics.watch({ connections: () => 4, subscriptions: () => 5, redisUp: async () => true });
      const { text, headers } = await rest.ask('GET', '/metrics');
      expect(headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
      expect(text).toMatch(/\n# EOF\n$/);
      for (const line of [
        'lapse_events_delivered_total 3',
        'lapse_connections 4',
        'lapse_subscriptions 5',
        'lapse_redis_up 1',
        'lapse_expiry_lag_seconds_bucket{le="0.001"} 0',
        'lapse_expiry_lag_seconds_bucket{le="0.002"} 1',
      ]) {
        expect(text).toContain(`\n${line}\n`);
      }
      expect(text).not.toContain('_total_total');
    });

    it('count requests by route and status, never by what a client makes up', async () => {
      const rest = await openRest();
      for (let n = 0; n < 20; n++) {
        await rest.ask('GET', `/api/v1/caches/c${n}/entries/k${n}`);
        await rest.ask('GET', `/made/up/${n}`);
        await rest.send('PROPFIND', `/made/up/${n}`, {});
      }
      const { text } = await rest.ask('GET', '/metrics');
      const counts = text
        .split('\n')
        .filter((line) => line.startsWith('lapse_http_request_duration_seconds_count'));
      expect(counts.sort()).toEqual(
        [
          'lapse_http_request_duration_seconds_count{method="GET",route="/api/v1/caches/{cache}/entries/{key}",status="404"} 20',
          'lapse_http_request_duration_seconds_count{method="GET",route="none",status="404"} 20',
          'lapse_http_request_duration_seconds_count{method="PROPFIND",route="none",status="404"} 20',
        ].sort(),
      );
    });
  });

  describe('and the request log', () => {
    it('has a line for each request at debug, without the headers, and none for health', async () => {
      const rest = await openRest({ level: 'debug' });
      const headers = { authorization: 'Bearer hunter2', 'x-request-id': 'trace-9' };
      await rest.ask('GET', '/api/v1/caches', { headers });
      await rest.ask('GET', '/livez', { headers });
      const lines = rest.logged.filter((line) => line['req']);
      expect(lines).toEqual([
        jasmine.objectContaining({
          req: jasmine.objectContaining({ id: 'trace-9', method: 'GET', url: '/api/v1/caches' }),
          res: { statusCode: 200 },
        }),
      ]);
      expect(JSON.stringify(rest.logged)).not.toContain('hunter2');
    });

    it('has none at info', async () => {
      const rest = await openRest();
      await rest.ask('GET', '/api/v1/caches');
      await rest.ask('GET', '/api/v1/caches/absent');
      expect(rest.logged).toEqual([]);
    });

    it('names requests by an id of its own unless a harmless one is given', async () => {
      const rest = await openRest();
      const idOf = async (given: string) =>
        (await rest.ask('GET', '/livez', { headers: { 'x-request-id': given } })).headers['x-request-id'];
      expect(await idOf('from-proxy:1')).toBe('from-proxy:1');
      expect(await idOf('no spaces')).not.toBe('no spaces');
      expect(await idOf('x'.repeat(65))).toMatch(/^[\w-]{8}-\w+$/);
      expect(await idOf('')).not.toBe(await idOf(''));
    });
  });
});
