import { Refused } from './problem.js';

/** What a backend needs to serve. */
export interface Readiness {
  /**
   * Whether Redis answers.
   * @example true
   */
  redis: boolean;
  /**
   * Whether the subscription to Redis's key notifications is up.
   * @example true
   */
  subscription: boolean;
  /**
   * Whether the backend is shutting down: it finishes what is under way and takes no more.
   * @example false
   */
  stopping: boolean;
}

/** What the health calls ask the rest of the backend. */
export interface Health {
  ready(): Promise<Readiness>;
  metrics(): Promise<{ contentType: string; text: string }>;
}

export class NotReady extends Refused {
  constructor({ redis, subscription, stopping }: Readiness) {
    const faults = [
      ...(redis ? [] : ['Redis does not answer.']),
      ...(subscription ? [] : ['The subscription to key notifications is down.']),
      ...(stopping ? ['It is shutting down.'] : []),
    ];
    super('not-ready', faults.join(' '));
  }
}
