/** What one run of one contender brought, by name of the figure. */
export type Measured = Record<string, number>;

/** The check that rides on a run failed: its figures mean nothing. */
export class CheckFailed extends Error {}

/** All runs of one contender, and what their checks found wrong. */
export interface Runs {
  measured: Measured[];
  faults: string[];
}

/**
 * Runs contenders by turns, A B A B, so that whatever else the machine does hits all of them alike. What the nth runs
 * of two contenders brought can be compared as a pair.
 */
export async function alternate<Name extends string>(
  rounds: number,
  contenders: Record<Name, () => Promise<Measured>>,
  what = '',
): Promise<Record<Name, Runs>> {
  const names = Object.keys(contenders) as Name[];
  const results = Object.fromEntries(
    names.map((name): [Name, Runs] => [name, { measured: [], faults: [] }]),
  ) as Record<Name, Runs>;
  for (let round = 1; round <= rounds; round++) {
    for (const name of names) {
      process.stderr.write(`\r\x1b[K  ${what} ${name} ${round}/${rounds}`);
      try {
        results[name].measured.push(await contenders[name]());
      } catch (error) {
        if (!(error instanceof CheckFailed)) throw error;
        results[name].faults.push(error.message);
      }
    }
  }
  process.stderr.write('\r\x1b[K');
  return results;
}

/** @throws CheckFailed unless it holds */
export function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new CheckFailed(otherwise);
}
