import { PROBLEM_TYPE_BASE, type Problem, type ProblemCode } from '@lapse/protocol';
import { PROBLEM_TYPES } from './problem-types.js';

/** As much of OpenAPI 3.0 as is touched here. https://spec.openapis.org/oas/v3.0.3 */
export interface OpenApiDocument {
  openapi: string;
  info: Record<string, unknown>;
  paths: Record<string, Record<string, ApiOperation>>;
  components: { schemas: Record<string, Schema> };
  [key: string]: unknown;
}

export interface ApiOperation {
  operationId: string;
  parameters: ApiParameter[];
  requestBody?: { content: Record<string, { schema: Schema }>; [key: string]: unknown };
  responses: Record<string, ApiResponse>;
  security?: unknown;
  'x-problems'?: string[];
  'x-max-body-bytes'?: number;
  [key: string]: unknown;
}

export interface ApiParameter {
  name: string;
  in: string;
  schema: Schema;
  required?: boolean;
  example?: unknown;
  examples?: Record<string, { summary: string; value: unknown }>;
  [key: string]: unknown;
}

export interface ApiResponse {
  description: string;
  headers?: Record<string, { schema: Schema; example?: unknown; [key: string]: unknown }>;
  content?: Record<
    string,
    { schema: Schema; examples?: Record<string, { value: unknown; summary?: string }> }
  >;
}

export type Schema = Record<string, unknown>;

/** Examples of response headers, which tsoa has no place for. */
const HEADER_EXAMPLES: Record<string, string> = {
  ETag: '"m2k8x0q4z1-1040"',
  Location: '/api/v1/caches/sessions/entries/user%3A42',
  'Preference-Applied': 'return=representation',
  'X-Request-Id': 'kT3nQ0aZ-1f',
  'Retry-After': '1',
};

const STREAM_EXAMPLE = `id: m2k8x0q4z1-1042
event: expired
data: {"cursor":"m2k8x0q4z1-1042","type":"expired","cache":"sessions","key":"user:42","value":{"name":"Ada"},\
"version":"m2k8x0q4z1-1040","expiresAt":"2026-11-20T12:00:30.000Z","at":"2026-11-20T12:00:30.001Z","lagMs":1}

`;

/**
 * The document that tsoa reads out of the controllers, made complete: every call gets the problems it can answer
 * with, and what tsoa cannot say well (nullable references, the width of integers) is put right.
 */
export function completeDocument(generated: unknown): OpenApiDocument {
  const document = structuredClone(generated) as OpenApiDocument;
  const { schemas } = document.components;
  document.components = { schemas };
  delete document.info['contact'];
  // Said once: no call asks who calls.
  document['security'] = [];
  visit(document, (schema) => tidySchema(schema, schemas));
  allowMoreInAnswers(document);
  for (const operation of operationsOf(document)) {
    delete operation.security;
    operation.parameters.forEach(completeParameter);
    for (const response of Object.values(operation.responses)) {
      completeHeaders(response);
      completeStream(response);
    }
    addProblems(operation);
  }
  return document;
}

function operationsOf(document: OpenApiDocument): ApiOperation[] {
  return Object.values(document.paths).flatMap((path) => Object.values(path));
}

/** Calls `tidy` on every object within, innermost first. */
function visit(node: unknown, tidy: (node: Schema) => void): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, child] of Object.entries(node)) {
    if (key !== 'example' && key !== 'examples') visit(child, tidy);
  }
  if (!Array.isArray(node)) tidy(node as Schema);
}

function tidySchema(schema: Schema, schemas: Record<string, Schema>): void {
  // tsoa calls every integer int32: milliseconds of 100 years are not.
  if (schema['type'] === 'integer') schema['format'] = 'int64';
  if (schema['nullable'] === false) delete schema['nullable'];
  const { $ref, ...rest } = schema;
  if (typeof $ref === 'string' && Object.keys(rest).length > 0) {
    // In OpenAPI 3.0 whatever stands beside a $ref is ignored.
    delete schema['$ref'];
    schema['allOf'] = [{ $ref }];
  }
  const members = schema['anyOf'];
  if (Array.isArray(members)) discriminate(schema, members as Schema[], schemas);
}

/** Says which field tells the members of a union apart, where one does. */
function discriminate(schema: Schema, members: Schema[], schemas: Record<string, Schema>): void {
  const mapping: Record<string, string> = {};
  for (const { $ref } of members) {
    const target = schemas[String($ref).replace('#/components/schemas/', '')];
    const tag = (target?.['properties'] as Record<string, Schema> | undefined)?.['op']?.['enum'];
    if (!Array.isArray(tag)) return;
    mapping[String(tag[0])] = String($ref);
  }
  delete schema['anyOf'];
  schema['oneOf'] = members;
  schema['discriminator'] = { propertyName: 'op', mapping };
}

/** Unknown fields are refused in bodies; answers may gain fields, and a client must not fail on them. */
function allowMoreInAnswers({ components: { schemas }, paths }: OpenApiDocument): void {
  const sent = new Set<string>();
  const collect = (node: unknown): void =>
    visit(node, ({ $ref }) => {
      const name = typeof $ref === 'string' ? $ref.replace('#/components/schemas/', '') : undefined;
      if (name === undefined || sent.has(name)) return;
      sent.add(name);
      collect(schemas[name]);
    });
  for (const path of Object.values(paths)) {
    for (const { requestBody } of Object.values(path)) collect(requestBody);
  }
  for (const [name, schema] of Object.entries(schemas)) {
    if (!sent.has(name)) delete schema['additionalProperties'];
  }
}

function completeParameter(parameter: ApiParameter): void {
  const { schema, required, example } = parameter;
  const list = schema['type'] === 'array';
  // Lists are separated by commas.
  if (list) Object.assign(parameter, { style: 'form', explode: false });
  if (required || schema['default'] !== undefined || example === undefined) return;
  // Swagger UI fills in the first example, and sends nothing for an empty one: a call tried as it stands works.
  delete parameter.example;
  parameter.examples = {
    absent: { summary: 'Left out', value: list ? [] : '' },
    given: { summary: 'Given', value: example },
  };
}

/** tsoa takes a stream for bytes in base64; server-sent events are text. */
function completeStream(response: ApiResponse): void {
  const content = response.content?.['text/event-stream'];
  if (!content) return;
  content.schema = { type: 'string' };
  content.examples = { expired: { value: STREAM_EXAMPLE } };
}

function completeHeaders(response: ApiResponse): void {
  for (const [name, header] of Object.entries(response.headers ?? {})) header.example = HEADER_EXAMPLES[name];
}

/** What any call of that form may answer with, besides what its `x-problems` names. */
function problemsOf(operation: ApiOperation): ProblemCode[] {
  const own = (operation['x-problems'] ?? []) as ProblemCode[];
  const body: ProblemCode[] = ['malformed-body', 'body-too-large', 'unsupported-media-type'];
  const conditional = operation.parameters.some(({ name }) => name === 'If-Match');
  return [
    'malformed-url',
    ...(conditional ? (['malformed-header'] as const) : []),
    ...(operation.requestBody ? body : []),
    'invalid',
    ...own,
    'internal',
  ];
}

function addProblems(operation: ApiOperation): void {
  const codes = problemsOf(operation);
  operation['x-problems'] = codes;
  for (const code of codes) {
    const { status, about } = PROBLEM_TYPES[code];
    const line = `\`${code}\`: ${about}`;
    const known = operation.responses[status];
    if (known) known.description += `\n\n${line}`;
    const response = (operation.responses[status] ??= problemResponse(status, line));
    const content = response.content?.['application/problem+json'];
    if (content?.examples) content.examples[code] = { value: exampleOf(code) };
  }
}

function problemResponse(status: number, description: string): ApiResponse {
  const requestId = {
    description: 'Names the request in the log.',
    schema: { type: 'string' },
    example: HEADER_EXAMPLES['X-Request-Id'],
  };
  const retryAfter = {
    description: 'Seconds to wait before another try.',
    schema: { type: 'string' },
    example: HEADER_EXAMPLES['Retry-After'],
  };
  return {
    description,
    headers: { 'X-Request-Id': requestId, ...(status === 503 && { 'Retry-After': retryAfter }) },
    content: {
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, examples: {} },
    },
  };
}

function exampleOf(code: ProblemCode): Problem {
  const { title, status, about } = PROBLEM_TYPES[code];
  const example: Problem = { type: PROBLEM_TYPE_BASE + code, title, status, detail: about };
  if (code !== 'invalid') return example;
  const detail = 'ttlMs must be an integer from 1 to 3153600000000, or null.';
  return { ...example, detail, errors: [{ pointer: '/ttlMs', detail }] };
}
