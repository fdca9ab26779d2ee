import { Ajv, type ValidateFunction } from 'ajv';
import type { ApiOperation, OpenApiDocument } from '../../src/http/openapi.js';

/** An answer, as far as the documentation says anything about it. */
export interface Answer {
  method: string;
  path: string;
  status: number;
  headers: Record<string, unknown>;
  text: string;
}

/** Holds answers against the OpenAPI document. */
export class Documented {
  readonly #ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #templates: { pattern: RegExp; operations: Record<string, ApiOperation> }[];

  constructor(readonly document: OpenApiDocument) {
    this.#ajv.addSchema({ $id: 'api', components: document.components });
    this.#templates = Object.entries(document.paths)
      .map(([path, operations]) => ({ path, operations, pattern: toPattern(path) }))
      // A path of fixed parts goes before one with a parameter in their place.
      .sort((a, b) => a.path.split('{').length - b.path.split('{').length);
  }

  /** What in this answer the document does not tell; empty when it tells all. */
  faults({ method, path, status, headers, text }: Answer): string[] {
    const what = `${method} ${path} ${status}`;
    const type = String(headers['content-type'] ?? '').split(';')[0] as string;
    if (status >= 500 && ![503, 507].includes(status)) return [`${what}: a fault of the server`];
    if (status >= 400 && type !== 'application/problem+json') return [`${what}: not a problem but ${type}`];
    const operation = this.#find(method, path);
    if (!operation)
      return status >= 400 ? this.#shape(what, { $ref: 'api#/components/schemas/Problem' }, text) : [];
    const response = operation.responses[status];
    if (!response) return [`${what}: not documented for ${operation.operationId}`];
    const missing = Object.entries(response.headers ?? {})
      .filter(([name, header]) => header['required'] === true && headers[name.toLowerCase()] === undefined)
      .map(([name]) => `${what}: without the header ${name}`);
    const media = response.content?.[type];
    if (!media)
      return text === '' && !response.content ? missing : [...missing, `${what}: ${type} is not documented`];
    if (method === 'HEAD' || !type.endsWith('json')) return missing;
    return [
      ...missing,
      ...this.#shape(what, inApi(media.schema), text),
      ...undocumentedProblem(what, operation, text),
    ];
  }

  #find(method: string, path: string): ApiOperation | undefined {
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
    // No URL of a request has a fragment; what a router makes of one is not for the document to say.
    if (path.includes('#')) return undefined;
    const bare = path.split('?', 1)[0] as string;
    return this.#templates.find(({ pattern, operations }) => pattern.test(bare) && operations[verb])
      ?.operations[verb];
  }

  #shape(what: string, schema: object, text: string): string[] {
    const key = JSON.stringify(schema);
    let validate = this.#validators.get(key);
    if (!validate) this.#validators.set(key, (validate = this.#ajv.compile(schema)));
    if (validate(JSON.parse(text))) return [];
    return [`${what}: ${this.#ajv.errorsText(validate.errors)} in ${text.slice(0, 300)}`];
  }
}

/** References within the document, as Ajv knows it. */
function inApi(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"api#/components')) as object;
}

function undocumentedProblem(what: string, operation: ApiOperation, text: string): string[] {
  const { type } = JSON.parse(text) as { type?: unknown };
  if (typeof type !== 'string' || !type.startsWith('/api/v1/problems/')) return [];
  const code = type.slice('/api/v1/problems/'.length);
  return operation['x-problems']?.includes(code) ? [] : [`${what}: the problem ${code} is not documented`];
}

function toPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
