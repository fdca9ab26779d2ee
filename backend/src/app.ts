import type { RequestListener } from 'node:http';
import express, { type Request, type Response } from 'express';
import helmet from 'helmet';
import type { Caches } from './caches/caches.js';
import type { Entries } from './entries/entries.js';
import type { EventLog } from './events/event-log.js';
import type { EventStreams } from './events/event-streams.js';
import generated from './generated/openapi.json' with { type: 'json' };
import { models, operations } from './generated/routes.js';
import { createContainer } from './http/container.js';
import { DOCUMENTATION_PATHS, addDocumentation } from './http/documentation.js';
import type { Readiness } from './http/health.js';
import type { Metrics } from './http/metrics.js';
import { noRoute } from './http/no-route.js';
import { completeDocument, type OpenApiDocument } from './http/openapi.js';
import { Refused, problemHandler, sendProblem, toProblem } from './http/problem.js';
import { logRequests, measureRequests, requestId } from './http/request-log.js';
import { addRoutes, templateOf, type Operation } from './http/router.js';
import { Turns } from './http/turns.js';
import type { Logger } from './logger.js';

export interface AppDependencies {
  caches: Caches;
  entries: Entries;
  events: EventLog;
  streams: EventStreams;
  /** Whether Redis answers now, and the subscription to its key notifications is up. */
  ready(): Promise<Readiness>;
  metrics: Metrics;
  logger: Logger;
}

/** The most bytes of a body, for a call whose documentation (`x-max-body-bytes`) does not say otherwise. */
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * For answers that no browser shows as a page: nothing in them may be run, framed, or guessed to be anything else.
 * The pages of the documentation have headers of their own.
 */
const answerHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
  },
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  referrerPolicy: false,
  strictTransportSecurity: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xFrameOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
});

/** The REST side of a backend, as an Express app that listens nowhere yet. */
export function createApp({ metrics, logger, ready, ...domain }: AppDependencies): RequestListener {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.enable('strict routing');
  app.enable('case sensitive routing');

  app.use(requestId(), measureRequests(metrics), ...logRequests(logger), answerHeaders);
  const document = completeDocument(generated);
  const container = createContainer({ ...domain, health: { ready, metrics: () => metrics.text() } });
  addRoutes(app, {
    operations,
    models,
    container,
    maxBodyBytes: (operation) => maxBodyBytes(document, operation),
  });
  addDocumentation(app, document);
  app.use(noRoute([...operations, ...DOCUMENTATION_PATHS]));
  app.use(problemHandler(logger));

  // Express finds no path, and so no handler, in a target such as `http://[`: nothing above has seen the request.
  const unreadable = toProblem(new Refused('malformed-url', 'The request has no path that can be read.'));
  const turns = new Turns();
  return (request, response) =>
    turns.take(() =>
      app(request as Request, response as Response, () => sendProblem(response as Response, unreadable)),
    );
}

function maxBodyBytes({ paths }: OpenApiDocument, operation: Operation): number {
  return paths[templateOf(operation)]?.[operation.verb]?.['x-max-body-bytes'] ?? MAX_BODY_BYTES;
}
