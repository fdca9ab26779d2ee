import type { Figure } from './figure.js';
import type { Stand } from './stand.js';

export interface Bench {
  /** One line: what is done and against what. */
  about: string;
  run(stand: Stand, scale: Scale): Promise<Figure[]>;
}

/** How much is done. */
export class Scale {
  constructor(
    readonly quick: boolean,
    readonly rounds: number,
  ) {}

  /** The amount for a whole run, or for a quick one, which only shows that everything works. */
  pick<T>(whole: T, quick: T): T {
    return this.quick ? quick : whole;
  }
}
