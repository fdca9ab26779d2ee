import { PROBLEM_TYPE_BASE } from '@lapse/protocol';
import { Router, type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import swaggerUi from 'swagger-ui-express';
import type { KnownPath } from './no-route.js';
import type { OpenApiDocument } from './openapi.js';
import { PROBLEM_TYPES, type ProblemType } from './problem-types.js';
import { Refused } from './problem.js';

const DOCUMENT = '/api/v1/openapi.json';
const SWAGGER = '/api/v1/swagger';
const PROBLEM = `${PROBLEM_TYPE_BASE}:code`;

/** The paths added here, for the answers to wrong methods. */
export const DOCUMENTATION_PATHS: KnownPath[] = [DOCUMENT, SWAGGER, `${SWAGGER}/`, PROBLEM].map((path) => ({
  path,
  verb: 'get',
}));

/** What Swagger UI's page loads; the package has more, such as a page that shows another API from the net. */
const SWAGGER_FILES = new Set([
  '/swagger-ui.css',
  '/swagger-ui-bundle.js',
  '/swagger-ui-standalone-preset.js',
  '/swagger-ui-init.js',
  '/favicon-16x16.png',
  '/favicon-32x32.png',
]);

/**
 * Lapse itself speaks plain HTTP: a browser told to upgrade every request to HTTPS would find nothing there, unless
 * the page came from localhost. Whoever puts TLS in front decides about HSTS.
 */
const pageHeaders = helmet({
  contentSecurityPolicy: {
    directives: {
      'font-src': ["'self'", 'data:'],
      'style-src': ["'self'", "'unsafe-inline'"],
      'upgrade-insecure-requests': null,
    },
  },
  strictTransportSecurity: false,
});

/** Adds the OpenAPI document, Swagger UI, and a page for each problem type. */
export function addDocumentation(app: Express, document: OpenApiDocument): void {
  const text = JSON.stringify(document);
  app.get(DOCUMENT, (_request, response) => {
    response.type('json').send(text);
  });

  // The page's links are relative: they need the slash.
  app.get(SWAGGER, (_request, response) => response.redirect(308, `${SWAGGER}/`));
  app.get(`${SWAGGER}/`, pageHeaders, swaggerUi.setup(undefined, swaggerOptions()));
  app.use(SWAGGER, swaggerFiles());

  app.get(PROBLEM, pageHeaders, (request, response) => {
    const code = String(request.params['code']);
    if (!Object.hasOwn(PROBLEM_TYPES, code))
      throw new Refused('unknown-path', 'There is no such problem type.');
    response.type('html').send(problemPage(PROBLEM_TYPES[code as keyof typeof PROBLEM_TYPES]));
  });
}

function swaggerOptions() {
  return {
    customSiteTitle: 'Lapse API',
    swaggerOptions: {
      url: DOCUMENT,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      displayOperationId: true,
    },
  };
}

function swaggerFiles(): Router {
  const files = Router({ caseSensitive: true });
  const onlyItsOwn: RequestHandler = ({ method, path }, _response, next) => {
    next((method === 'GET' || method === 'HEAD') && SWAGGER_FILES.has(path) ? undefined : 'router');
  };
  files.use(onlyItsOwn, pageHeaders, ...swaggerUi.serve);
  return files;
}

function problemPage({ type, status, title, about }: ProblemType): string {
  const html = (text: string) =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${html(title)} - Lapse</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; color-scheme: light dark }</style>
<h1>${html(title)}</h1>
<p><code>${html(type)}</code>, status ${status}</p>
<p>${html(about).replaceAll(/`([^`]*)`/g, '<code>$1</code>')}</p>
<p><a href="${SWAGGER}/">All calls</a></p>
</html>
`;
}
