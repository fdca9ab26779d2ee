import { Readable, pipeline } from 'node:stream';
import type { Controller, TsoaRoute } from '@tsoa/runtime';
import type { Express, Request, Response } from 'express';
import { Invalid, type FieldError } from '../errors.js';
import { readJsonBody } from './json-body.js';
import { parameterReader, type ReadParameter } from './parameter.js';
import { readQuery, type Query } from './query.js';
import { Shapes } from './shape.js';

/** One call of the API, as tsoa reads it out of a controller (see routes.hbs). */
export interface Operation {
  // Only ever looked up in the container.
  controller: abstract new (...args: never[]) => Controller;
  method: string;
  verb: 'get' | 'post' | 'put' | 'patch' | 'delete';
  path: string;
  /** In the order of the method's arguments. */
  parameters: Record<string, TsoaRoute.ParameterSchema>;
  successStatus?: number;
}

/** Makes the controller that answers one request: it holds that answer's status and headers. */
export type Container = (controller: Operation['controller']) => () => Controller;

export interface RoutesOptions {
  operations: readonly Operation[];
  models: TsoaRoute.Models;
  container: Container;
  /** The most bytes that a call's body may have. */
  maxBodyBytes(operation: Operation): number;
}

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * Puts every call on the app. Stands in for tsoa's own Express template, whose checks let wrong input through
 * ("null" for null, unknown query parameters) and fail on some with a 500; see docs/decisions.
 */
export function addRoutes(
  app: Express,
  { operations, models, container, maxBodyBytes }: RoutesOptions,
): void {
  const shapes = new Shapes(models);
  for (const operation of operations) {
    const handler = createHandler(
      operation,
      shapes,
      container(operation.controller),
      maxBodyBytes(operation),
    );
    app[operation.verb](operation.path, handler);
  }
}

/** A call's path as the documentation writes it: `/api/v1/caches/{cache}`. */
export function templateOf({ path }: Operation): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

function createHandler(operation: Operation, shapes: Shapes, create: () => Controller, maxBodyBytes: number) {
  const { method, successStatus } = operation;
  const route = templateOf(operation);
  const parameters = Object.values(operation.parameters);
  const readers = parameters.map((parameter) => parameterReader(parameter, shapes));
  const queryNames = new Set(parameters.filter((p) => p.in === 'query').map((p) => p.name));
  const takesBody = parameters.some((p) => p.in === 'body');
  return async (request: Request, response: Response): Promise<void> => {
    response.locals['route'] = route;
    const query = readQuery(request.url);
    const body = takesBody ? await readJsonBody(request, maxBodyBytes) : undefined;
    const args = readArguments(readers, queryNames, request, query, body);
    const controller = create();
    const result = await (controller as unknown as Record<string, Method>)[method]?.(...args);
    answer(response, controller, result, successStatus);
  };
}

/** @throws Invalid naming everything that is wrong with the request */
function readArguments(
  readers: readonly ReadParameter[],
  queryNames: ReadonlySet<string>,
  request: Request,
  query: Query,
  body: unknown,
): unknown[] {
  const faults: FieldError[] = [];
  for (const name of query.keys()) {
    if (!queryNames.has(name)) faults.push(unknownParameter(name));
  }
  const args = readers.map((read) => read(request, query, body, faults));
  if (faults.length > 0) throw new Invalid(faults);
  return args;
}

function unknownParameter(name: string): FieldError {
  const parameter = name.length <= 64 ? name : `${name.slice(0, 64)}…`;
  return { parameter, detail: 'This call knows no such query parameter.' };
}

/** Express's own res.json would also make a weak ETag, compare it, and look up settings on every answer. */
function answer(response: Response, controller: Controller, result: unknown, successStatus = 200): void {
  const headers = controller.getHeaders();
  response.setHeader('Cache-Control', 'no-store');
  for (const name in headers) response.setHeader(name, headers[name] as string | string[]);
  response.statusCode = controller.getStatus() ?? (result === undefined ? 204 : successStatus);
  if (result === undefined) {
    response.end();
    return;
  }
  if (result instanceof Readable) {
    stream(response, result);
    return;
  }
  const text = typeof result === 'string';
  const bytes = Buffer.from(text ? result : JSON.stringify(result));
  if (!text) response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', bytes.length);
  response.end(bytes);
}

/** An answer that goes on for as long as both sides want it to. */
function stream(response: Response, source: Readable): void {
  if (response.req.method === 'HEAD') {
    source.destroy();
    response.end();
    return;
  }
  response.flushHeaders();
  // Whichever ends first, by whatever cause, ends the other; there is nobody left to tell.
  pipeline(source, response, () => undefined);
}
