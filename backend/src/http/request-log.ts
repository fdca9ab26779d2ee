import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { pinoHttp } from 'pino-http';
import type { Logger } from '../logger.js';
import type { Metrics } from './metrics.js';

/** The label of requests that no route took: what clients make up must not become series of their own. */
const NO_ROUTE = 'none';

/** Asked every few seconds by whatever watches a backend: never worth a line. */
const HEALTH_PATHS = new Set(['/livez', '/readyz', '/metrics']);

/** An id that a proxy or a client gave, as long as it is harmless to log and to send back. */
const REQUEST_ID = /^[\w.:-]{1,64}$/;

/** Gives each request an id, in X-Request-Id: that of the client or of a proxy before us, or else a new one. */
export function requestId(): RequestHandler {
  const prefix = randomBytes(6).toString('base64url');
  let count = 0;
  return (request, response, next) => {
    const given = request.headers['x-request-id'];
    request.id =
      typeof given === 'string' && REQUEST_ID.test(given) ? given : `${prefix}-${(count++).toString(36)}`;
    response.setHeader('X-Request-Id', request.id);
    next();
  };
}

/** Measures how long each answer took. */
export function measureRequests(metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const start = performance.now();
    // `close` comes after every answer, and also when the client hangs up before it.
    response.once('close', () => {
      const route = (response.locals['route'] as string | undefined) ?? NO_ROUTE;
      const seconds = (performance.now() - start) / 1000;
      metrics.requestAnswered(request.method, route, response.statusCode, seconds);
    });
    next();
  };
}

/**
 * Logs every request, at debug: a cache that answers thousands a second says so in its metrics, not in lines. What
 * fails by Lapse's own fault is logged as an error by the problem handler, at any level.
 */
export function logRequests(logger: Logger): RequestHandler[] {
  if (!logger.isLevelEnabled('debug')) return [];
  return [
    pinoHttp({
      logger,
      useLevel: 'debug',
      autoLogging: { ignore: (request) => HEALTH_PATHS.has(request.url ?? '') },
      // The standard ones would log every header, credentials too.
      serializers: {
        req: ({
          id,
          method,
          url,
          remoteAddress,
        }: IncomingMessage & { id: string; remoteAddress: string }) => ({
          id,
          method,
          url,
          remoteAddress,
        }),
        res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
      },
    }),
  ];
}
