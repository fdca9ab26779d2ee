import type { FieldTree, ValidationError } from '@angular/forms/signals';
import type { ApiProblem } from '../api/problem.js';

/** What the server found wrong, each at the field it was typed into. */
export type Faults = ValidationError.WithFieldTree[];

/**
 * Finds what a problem says about the parts of the body.
 *
 * @param fields JSON pointer into the body → the field it was typed into.
 */
export function serverFaults(problem: ApiProblem, fields: Readonly<Record<string, FieldTree<unknown>>>): Faults {
  return Object.entries(fields).flatMap(([pointer, fieldTree]) => {
    const message = problem.about(pointer);
    return message === undefined ? [] : [{ kind: 'server', message, fieldTree }];
  });
}
