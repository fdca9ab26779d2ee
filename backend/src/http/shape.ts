import type { TsoaRoute } from '@tsoa/runtime';
import type { FieldError } from '../errors.js';

/** No more faults than this are listed: a batch of a thousand wrong operations has a short answer. */
const MAX_FAULTS = 100;

/** An unknown field with a longer name is reported at its parent, so that no answer repeats a whole body. */
const MAX_POINTER_PART = 64;

/**
 * What a value must look like. Made once from the types that tsoa reads out of the controllers, then run on
 * every request. It never converts and never copies: a value is right as it is, or wrong.
 */
export interface Shape {
  /** Ends the sentence "… must be". */
  readonly noun: string;
  /** Adds what is wrong with `value`, which lies at `pointer`, to `faults`. */
  check(value: unknown, pointer: string, faults: FieldError[]): void;
}

type Schema = TsoaRoute.PropertySchema;

/**
 * The shapes of one set of tsoa models. Throws for types it does not know, at start-up, so that none is ever
 * let through unchecked.
 */
export class Shapes {
  readonly #models: TsoaRoute.Models;
  readonly #named = new Map<string, Shape>();

  constructor(models: TsoaRoute.Models) {
    this.#models = models;
  }

  of(schema: Schema): Shape {
    switch (schema.dataType) {
      case 'any':
        return anything;
      case 'string':
        return leaf('a string', (value) => typeof value === 'string');
      case 'boolean':
        return leaf('true or false', (value) => typeof value === 'boolean');
      case 'integer':
        return integer(schema);
      case 'enum':
        return oneOf(schema.enums ?? []);
      case 'array':
        return arrayOf(this.of(schema.array ?? {}), bound(schema.validators?.maxItems));
      case 'union':
        return this.#union(schema);
      default:
        if (schema.ref !== undefined) return this.#ref(schema.ref);
        throw new Error(`No shape for the type ${schema.dataType} (numbers need @isInt).`);
    }
  }

  #ref(name: string): Shape {
    const known = this.#named.get(name);
    if (known) return known;
    const model = this.#models[name];
    if (model === undefined) throw new Error(`No model named ${name}.`);
    const shape =
      model.dataType === 'refObject'
        ? this.#object(model)
        : model.dataType === 'refAlias'
          ? this.of(model.type)
          : oneOf(model.enums);
    this.#named.set(name, shape);
    return shape;
  }

  #object(model: TsoaRoute.RefObjectModelSchema): Shape {
    const fields = Object.entries(model.properties).map(([name, schema]) => ({
      name,
      required: schema.required === true,
      shape: this.of(schema),
    }));
    return new ObjectShape(fields);
  }

  /** `T | null`, a choice of constants, or objects told apart by one constant field. */
  #union(schema: Schema): Shape {
    const members = (schema.subSchemas ?? []).filter((member) => member.dataType !== 'undefined');
    const choices = members
      .filter((member) => member.dataType === 'enum')
      .flatMap((member) => member.enums ?? []);
    const others = members.filter((member) => member.dataType !== 'enum');
    if (others.length === 0) return oneOf(choices);
    if (others.length === 1 && choices.length === 1 && choices[0] === null) {
      const validators = { ...schema.validators, ...others[0]?.validators };
      return orNull(this.of({ ...others[0], validators }));
    }
    if (choices.length === 0) return this.#tagged(others.map((member) => member.ref ?? ''));
    throw new Error(`No shape for this union: ${JSON.stringify(schema)}`);
  }

  #tagged(names: string[]): Shape {
    const models = names.map((name) => this.#models[name]);
    const first = models[0];
    if (first?.dataType !== 'refObject') throw new Error(`Not a union of objects: ${names.join(', ')}`);
    const tagOf = (model: TsoaRoute.ModelSchema | undefined, field: string) => {
      const schema = model?.dataType === 'refObject' ? model.properties[field] : undefined;
      return schema?.required && schema.enums?.length === 1 ? schema.enums[0] : undefined;
    };
    const tag = Object.keys(first.properties).find((field) =>
      models.every((m) => tagOf(m, field) !== undefined),
    );
    if (tag === undefined) throw new Error(`No constant field tells these apart: ${names.join(', ')}`);
    const byTag = new Map<unknown, Shape>(names.map((name, at) => [tagOf(models[at], tag), this.#ref(name)]));
    return new TaggedShape(tag, byTag);
  }
}

const anything: Shape = { noun: 'any JSON', check: () => {} };

function leaf(noun: string, fits: (value: unknown) => boolean): Shape {
  return {
    noun,
    check(value, pointer, faults) {
      if (!fits(value)) mustBe(noun, pointer, faults);
    },
  };
}

function integer({ validators }: Schema): Shape {
  const min = bound(validators?.minimum) ?? Number.MIN_SAFE_INTEGER;
  const max = bound(validators?.maximum) ?? Number.MAX_SAFE_INTEGER;
  return leaf(
    `an integer from ${min} to ${max}`,
    (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
  );
}

function bound(validator: { value?: unknown } | undefined): number | undefined {
  return validator === undefined ? undefined : Number(validator.value);
}

function oneOf(choices: readonly unknown[]): Shape {
  const noun = choices.map((choice) => JSON.stringify(choice)).join(' or ');
  return leaf(noun, (value) => choices.includes(value));
}

function orNull(shape: Shape): Shape {
  const noun = `${shape.noun}, or null`;
  return {
    noun,
    check(value, pointer, faults) {
      if (value === null) return;
      const before = faults.length;
      shape.check(value, pointer, faults);
      // The inner shape would leave out that null is right too.
      if (faults[before]?.pointer === pointer) faults[before].detail = sentence(noun, pointer);
    },
  };
}

function arrayOf(item: Shape, maxItems = Number.POSITIVE_INFINITY): Shape {
  const noun = Number.isFinite(maxItems) ? `an array of at most ${maxItems}` : 'an array';
  return {
    noun,
    check(value, pointer, faults) {
      if (!Array.isArray(value) || value.length > maxItems) return mustBe(noun, pointer, faults);
      for (let at = 0; at < value.length; at++) item.check(value[at], `${pointer}/${at}`, faults);
    },
  };
}

class ObjectShape implements Shape {
  readonly noun = 'an object';
  readonly #fields: { name: string; required: boolean; shape: Shape }[];
  readonly #names: Set<string>;

  constructor(fields: { name: string; required: boolean; shape: Shape }[]) {
    this.#fields = fields;
    this.#names = new Set(fields.map((field) => field.name));
  }

  check(value: unknown, pointer: string, faults: FieldError[]): void {
    if (!isObject(value)) return mustBe(this.noun, pointer, faults);
    for (const { name, required, shape } of this.#fields) {
      if (Object.hasOwn(value, name)) shape.check(value[name], `${pointer}/${name}`, faults);
      else if (required) add({ pointer: `${pointer}/${name}`, detail: `${name} is required.` }, faults);
    }
    for (const name in value) {
      if (!this.#names.has(name)) this.#unknown(name, pointer, faults);
    }
  }

  #unknown(name: string, pointer: string, faults: FieldError[]): void {
    if (name.length > MAX_POINTER_PART) {
      add({ pointer, detail: `${subject(pointer)} has a field that this call does not know.` }, faults);
      return;
    }
    const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    add({ pointer: at, detail: `"${name}" is not a field that this call knows.` }, faults);
  }
}

class TaggedShape implements Shape {
  readonly noun = 'an object';
  readonly #tag: string;
  readonly #tagShape: Shape;
  readonly #byTag: Map<unknown, Shape>;

  constructor(tag: string, byTag: Map<unknown, Shape>) {
    this.#tag = tag;
    this.#byTag = byTag;
    this.#tagShape = oneOf([...byTag.keys()]);
  }

  check(value: unknown, pointer: string, faults: FieldError[]): void {
    if (!isObject(value)) return mustBe(this.noun, pointer, faults);
    const tag = Object.hasOwn(value, this.#tag) ? value[this.#tag] : undefined;
    const shape = this.#byTag.get(tag);
    if (shape) shape.check(value, pointer, faults);
    else this.#tagShape.check(tag, `${pointer}/${this.#tag}`, faults);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mustBe(noun: string, pointer: string, faults: FieldError[]): void {
  add({ pointer, detail: sentence(noun, pointer) }, faults);
}

function sentence(noun: string, pointer: string): string {
  return `${subject(pointer)} must be ${noun}.`;
}

/** What a pointer points at, by its last part: for a person to read, beside the pointer itself. */
function subject(pointer: string): string {
  const name = pointer.slice(pointer.lastIndexOf('/') + 1);
  if (name === '') return 'The body';
  return /^\d+$/.test(name) ? `Item ${name}` : name;
}

function add(fault: FieldError, faults: FieldError[]): void {
  if (faults.length < MAX_FAULTS) faults.push(fault);
}
