import type { EventType, SubscribeFrame } from '@lapse/protocol';
import type { LoggedEvent } from '../events/logged-event.js';
import type { Connection } from './connection.js';

/** One wish of one connection: which events it wants to see, and whether with their values. */
export class Subscription {
  readonly id: string;
  readonly cache: string;
  readonly values: boolean;
  private readonly prefix: string;
  private readonly types?: ReadonlySet<EventType>;

  constructor(
    readonly connection: Connection,
    { id, cache, prefix = '', types, values = true }: SubscribeFrame,
  ) {
    this.id = id;
    this.cache = cache;
    this.values = values;
    this.prefix = prefix;
    if (types) this.types = new Set(types);
  }

  /** `cleared` concerns every key, so every prefix. */
  matches(event: LoggedEvent): boolean {
    if (this.types && !this.types.has(event.type)) return false;
    return this.prefix === '' || event.type === 'cleared' || event.key.startsWith(this.prefix);
  }
}
