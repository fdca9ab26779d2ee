import type { TsoaRoute } from '@tsoa/runtime';
import type { FieldError } from '../errors.js';
import { Shapes } from './shape.js';

const nullableInteger: TsoaRoute.PropertySchema = {
  dataType: 'union',
  subSchemas: [{ dataType: 'integer' }, { dataType: 'enum', enums: [null] }],
  validators: { minimum: { value: 1 }, maximum: { value: 9 } },
};

const models: TsoaRoute.Models = {
  Cat: {
    dataType: 'refObject',
    properties: { kind: { dataType: 'enum', enums: ['cat'], required: true }, lives: { ...nullableInteger } },
    additionalProperties: false,
  },
  Dog: {
    dataType: 'refObject',
    properties: {
      kind: { dataType: 'enum', enums: ['dog'], required: true },
      good: { dataType: 'boolean', required: true },
    },
    additionalProperties: false,
  },
  Odd: {
    dataType: 'refObject',
    properties: { ['toString' as string]: { dataType: 'string', required: true } },
    additionalProperties: false,
  },
  Pet: { dataType: 'refAlias', type: { dataType: 'union', subSchemas: [{ ref: 'Cat' }, { ref: 'Dog' }] } },
  Pets: {
    dataType: 'refObject',
    properties: {
      pets: {
        dataType: 'array',
        array: { ref: 'Pet' },
        required: true,
        validators: { maxItems: { value: 3 } },
      },
    },
    additionalProperties: false,
  },
};

describe('Shapes', () => {
  const faults = (schema: TsoaRoute.PropertySchema, value: unknown): string[] => {
    const found: FieldError[] = [];
    new Shapes(models).of(schema).check(value, '', found);
    return found.map(({ pointer, detail }) => `${pointer}: ${detail}`);
  };

  it('find nothing wrong with what is right', () => {
    const pets = [{ kind: 'cat' }, { kind: 'cat', lives: null }, { kind: 'dog', good: true }];
    expect(faults({ ref: 'Pets' }, { pets })).toEqual([]);
    expect(faults(nullableInteger, 9)).toEqual([]);
    expect(faults({ dataType: 'any' }, undefined)).toEqual([]);
  });

  it('say where each fault lies and what would be right', () => {
    const pets = [{ kind: 'cat', lives: 10 }, { kind: 'dog' }, { kind: 'cow', good: 1 }];
    expect(faults({ ref: 'Pets' }, { pets, 'a/b~': 1 })).toEqual([
      '/pets/0/lives: lives must be an integer from 1 to 9, or null.',
      '/pets/1/good: good is required.',
      '/pets/2/kind: kind must be "cat" or "dog".',
      '/a~1b~0: "a/b~" is not a field that this call knows.',
    ]);
  });

  it('take no value for another that only reads the same', () => {
    for (const value of ['null', '1', [1], { valueOf: 1 }, true, NaN, undefined]) {
      expect(faults(nullableInteger, value).length)
        .withContext(String(JSON.stringify(value)))
        .toBe(1);
    }
    expect(faults({ dataType: 'boolean' }, 'true').length).toBe(1);
    expect(faults({ dataType: 'enum', enums: ['a'] }, ['a']).length).toBe(1);
    expect(faults({ ref: 'Cat' }, [])).toEqual([': The body must be an object.']);
  });

  it('find no field in what objects inherit', () => {
    expect(faults({ ref: 'Dog' }, JSON.parse('{"__proto__":{"kind":"dog","good":true}}')).length).toBe(3);
    expect(faults({ ref: 'Odd' }, {})).toEqual(['/toString: toString is required.']);
  });

  it('say that an array is too long once, not for each of its items', () => {
    expect(faults({ ref: 'Pets' }, { pets: [1] })).toEqual(['/pets/0: Item 0 must be an object.']);
    expect(faults({ ref: 'Pets' }, { pets: [1, 2, 3, 4] })).toEqual([
      '/pets: pets must be an array of at most 3.',
    ]);
  });

  it('refuse at start-up a type that they could not check', () => {
    for (const schema of [
      { dataType: 'double' },
      { ref: 'Unknown' },
      { dataType: 'union', subSchemas: [{ dataType: 'string' }, { dataType: 'integer' }] },
      { dataType: 'union', subSchemas: [{ ref: 'Pets' }, { ref: 'Cat' }] },
    ] as TsoaRoute.PropertySchema[]) {
      expect(() => new Shapes(models).of(schema)).toThrowError();
    }
  });
});
