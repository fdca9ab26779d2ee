import type { WritableSignal } from '@angular/core';
import type { FieldTree, ValidationError } from '@angular/forms/signals';
import { type ApiProblem, toProblem } from '../api/problem.js';

/** What the server found wrong, each at the field it was typed into. */
export type Faults = ValidationError.WithFieldTree[];

export interface Attempt {
  /** Shows what went wrong as a whole. */
  alert: WritableSignal<string | null>;
  /** JSON pointer into the body → the field it was typed into. */
  fields?: Readonly<Record<string, FieldTree<unknown>>>;
  /** What this form knows better about some problems: where they belong, or what to say instead. */
  explain?: (problem: ApiProblem) => Faults | string | undefined | Promise<Faults | string | undefined>;
}

/**
 * Carries out what a form is for. When the server refuses, says so where it belongs: at the fields that are wrong,
 * or else above the form. The form keeps everything that was typed either way.
 */
export async function attempt(
  write: () => Promise<unknown>,
  { alert, fields = {}, explain }: Attempt,
): Promise<Faults> {
  alert.set(null);
  try {
    await write();
    return [];
  } catch (error) {
    const problem = toProblem(error);
    const explained = await explain?.(problem);
    if (Array.isArray(explained)) return explained;
    const faults = explained === undefined ? faultsAt(problem, fields) : [];
    if (faults.length === 0) alert.set(explained ?? problem.detail);
    return faults;
  }
}

function faultsAt(problem: ApiProblem, fields: Readonly<Record<string, FieldTree<unknown>>>): Faults {
  return Object.entries(fields).flatMap(([pointer, fieldTree]) => {
    const message = problem.about(pointer);
    return message === undefined ? [] : [{ kind: 'server', message, fieldTree }];
  });
}
