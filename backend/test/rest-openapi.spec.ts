import { PROBLEM_CODES } from '@lapse/protocol';
import { Validator } from '@seriousme/openapi-schema-validator';
import supertest from 'supertest';
import type { ApiOperation, OpenApiDocument, Schema } from '../src/http/openapi.js';
import { closeRests, openRest, type Rest } from './support/rest.js';

describe('The OpenAPI document', () => {
  let rest: Rest;
  let document: OpenApiDocument;
  beforeEach(async () => {
    rest = await openRest();
    document = (await supertest(rest.server).get('/api/v1/openapi.json').expect(200)).body as OpenApiDocument;
  });
  afterEach(closeRests);

  const operations = (): ApiOperation[] =>
    Object.values(document.paths).flatMap((path) => Object.values(path));

  it('is valid OpenAPI 3.0', async () => {
    const { valid, errors } = await new Validator().validate(
      structuredClone(document) as unknown as Record<string, unknown>,
    );
    expect(errors ?? []).toEqual([]);
    expect(valid).toBeTrue();
    expect(document.openapi).toMatch(/^3\.0/);
  });

  it('has every call of the contract', () => {
    const calls = Object.entries(document.paths).flatMap(([path, verbs]) =>
      Object.keys(verbs).map((v) => `${v} ${path}`),
    );
    const prefix = '/api/v1/caches';
    expect(calls.sort()).toEqual(
      [
        `get ${prefix}`,
        `put ${prefix}/{cache}`,
        `get ${prefix}/{cache}`,
        `delete ${prefix}/{cache}`,
        `post ${prefix}/{cache}/entries`,
        `get ${prefix}/{cache}/entries`,
        `post ${prefix}/{cache}/entries/batch`,
        `put ${prefix}/{cache}/entries/{key}`,
        `get ${prefix}/{cache}/entries/{key}`,
        `patch ${prefix}/{cache}/entries/{key}`,
        `delete ${prefix}/{cache}/entries/{key}`,
        `get ${prefix}/{cache}/events/stream`,
        `get ${prefix}/{cache}/events`,
        'get /livez',
        'get /readyz',
        'get /metrics',
      ].sort(),
    );
  });

  it('gives every call a name of its own, a summary, a description and a tag that is explained', () => {
    const tags = (document['tags'] as { name: string; description: string }[]).map((tag) => tag.name);
    for (const operation of operations()) {
      expect(operation['summary']).withContext(operation.operationId).toMatch(/\w/);
      expect(operation['description']).withContext(operation.operationId).toMatch(/\w/);
      expect(tags)
        .withContext(operation.operationId)
        .toContain((operation['tags'] as string[])[0]!);
    }
    const names = operations().map((operation) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it('describes every parameter and every field, each with an example', () => {
    const bare: string[] = [];
    for (const { operationId, parameters } of operations()) {
      for (const parameter of parameters) {
        if (!parameter['description'] || (parameter.example ?? parameter.examples?.['given']) === undefined)
          bare.push(`${operationId} ${parameter.name}`);
      }
    }
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      if (!schema['description']) bare.push(name);
      for (const [field, property] of Object.entries(
        (schema['properties'] ?? {}) as Record<string, Schema>,
      )) {
        if (!property['description'] || !hasExample(property)) bare.push(`${name}.${field}`);
      }
    }
    expect(bare).toEqual([]);
  });

  it('documents every answer with a description, and every problem of a call with an example', () => {
    for (const { operationId, responses, 'x-problems': problems = [] } of operations()) {
      const shown = Object.entries(responses).flatMap(([status, response]) => {
        expect(response.description).withContext(`${operationId} ${status}`).toMatch(/\w/);
        for (const header of Object.values(response.headers ?? {})) {
          expect([header['description'], header.example]).withContext(operationId).not.toContain(undefined);
        }
        const examples = response.content?.['application/problem+json']?.examples ?? {};
        if (Number(status) >= 400)
          expect(Object.keys(examples).length).withContext(operationId).toBeGreaterThan(0);
        return Object.keys(examples);
      });
      expect(shown.sort())
        .withContext(operationId)
        .toEqual([...problems].sort());
      expect(PROBLEM_CODES as readonly string[])
        .withContext(operationId)
        .toEqual(jasmine.arrayContaining(problems));
    }
  });

  it('does not call an integer of a hundred years int32, and says what may be null', () => {
    const { ttlMs } = document.components.schemas['EntryBody']!['properties'] as Record<string, Schema>;
    expect(ttlMs).toEqual(
      jasmine.objectContaining({
        type: 'integer',
        format: 'int64',
        nullable: true,
        minimum: 1,
        maximum: 3153600000000,
      }),
    );
  });

  it('refuses unknown fields in bodies, and leaves room for new ones in answers', () => {
    const { schemas } = document.components;
    expect(schemas['SetOperation']!['additionalProperties']).toBeFalse();
    expect(schemas['Entry']!['additionalProperties']).toBeUndefined();
  });

  it('has a page in Swagger UI that loads without anything from elsewhere, also over plain HTTP', async () => {
    const redirected = await supertest(rest.server).get('/api/v1/swagger').expect(308);
    const page = await supertest(rest.server)
      .get(redirected.headers['location'] as string)
      .expect(200);
    expect(page.headers['content-security-policy']).not.toContain('upgrade-insecure-requests');
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link as string);
    expect(links.length).toBeGreaterThan(4);
    for (const link of links) {
      const { pathname } = new URL(link, 'http://127.0.0.1/api/v1/swagger/');
      await supertest(rest.server).get(pathname).expect(200);
    }
    const init = await supertest(rest.server).get('/api/v1/swagger/swagger-ui-init.js').expect(200);
    expect(init.text).toContain('"/api/v1/openapi.json"');
    await supertest(rest.server).get('/api/v1/swagger/index.html').expect(404);
    await supertest(rest.server).post('/api/v1/swagger/').expect(405);
  });

  it('has a page for each problem type', async () => {
    for (const code of PROBLEM_CODES) {
      const page = await supertest(rest.server)
        .get(`/api/v1/problems/${code}`)
        .expect(200)
        .expect('Content-Type', /html/);
      expect(page.text).toContain(`/api/v1/problems/${code}`);
    }
    await supertest(rest.server).get('/api/v1/problems/toString').expect(404);
  });
});

/** A field has its own example, or is made of something that has. */
function hasExample(property: Schema): boolean {
  const items = property['items'] as Schema | undefined;
  return (
    property['example'] !== undefined || property['allOf'] !== undefined || items?.['$ref'] !== undefined
  );
}
