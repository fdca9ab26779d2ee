import type { TsoaRoute } from '@tsoa/runtime';
import type { Request } from 'express';
import type { FieldError } from '../errors.js';
import type { Query } from './query.js';
import type { Shape, Shapes } from './shape.js';

/** Takes one argument of a call out of a request, or adds what is wrong with it to `faults`. */
export type ReadParameter = (request: Request, query: Query, body: unknown, faults: FieldError[]) => unknown;

/** How to read a parameter, worked out once from what tsoa knows about it. */
export function parameterReader(parameter: TsoaRoute.ParameterSchema, shapes: Shapes): ReadParameter {
  const { name } = parameter;
  switch (parameter.in) {
    case 'path':
      return (request) => request.params[name];
    case 'header': {
      const header = name.toLowerCase();
      return (request) => request.headers[header];
    }
    case 'body':
      return bodyReader(shapes.of(parameter), parameter.required === true);
    case 'query':
      return queryReader(parameter, shapes);
    default:
      throw new Error(`No reader for a parameter in ${parameter.in}.`);
  }
}

function bodyReader(shape: Shape, required: boolean): ReadParameter {
  return (_request, _query, body, faults) => {
    if (body !== undefined) shape.check(body, '', faults);
    else if (required) faults.push({ pointer: '', detail: 'A JSON body is needed.' });
    return body;
  };
}

function queryReader(parameter: TsoaRoute.ParameterSchema, shapes: Shapes): ReadParameter {
  const { name } = parameter;
  const shape = shapes.of(parameter);
  const fromText = converter(parameter);
  return (_request, query, _body, faults) => {
    const texts = query.get(name);
    if (texts === undefined) return parameter.default;
    const value = fromText(texts);
    const wrong: FieldError[] = [];
    shape.check(value, '', wrong);
    if (wrong.length > 0)
      faults.push({ parameter: name, detail: `${name} must be ${nounOf(parameter, shape, shapes)}.` });
    return value;
  };
}

/** A list's items are separated by commas; a query that repeats the name means the same. */
function converter(parameter: TsoaRoute.ParameterSchema): (texts: readonly string[]) => unknown {
  if (parameter.dataType === 'array') return (texts) => texts.flatMap((text) => text.split(','));
  const convert = (text: string): unknown => {
    if (parameter.dataType === 'integer') return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
    if (parameter.dataType === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
    return text;
  };
  // Given more than once, it stays an array, which no single value's shape takes.
  return (texts) => (texts.length === 1 ? convert(texts[0] as string) : texts);
}

function nounOf(parameter: TsoaRoute.ParameterSchema, shape: Shape, shapes: Shapes): string {
  if (parameter.dataType !== 'array' || parameter.array === undefined) return shape.noun;
  return `a comma-separated list, each ${shapes.of(parameter.array).noun}`;
}
