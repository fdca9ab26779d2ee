import type { EventType, SubscribeFrame } from '@lapse/protocol';
import { generationOf, notAfter, type Position } from '../events/cursor.js';
import type { LoggedEvent } from '../events/logged-event.js';

/** A client at the other end of some transport, as far as its subscriptions are concerned. */
export interface Peer {
  event(event: LoggedEvent, values: boolean): void;
  /** Events of the cache after `from`, up to and with `to`, cannot be delivered. */
  gap(subscription: Subscription, cache: string, from: Position, to: Position): void;
  /** Whether much waits to be sent to it. */
  readonly congested: boolean;
  /** Resolves when it is not congested, or is gone. */
  drained(): Promise<void>;
  /** All that it wants, whatever state it is in. */
  readonly wishes: Iterable<Subscription>;
}

/**
 * One wish of one peer: which events it wants to see, and whether with their values.
 *
 * - `joining`: its cache is being followed, or its replay runs. The hub does not know it yet.
 * - `live`: the hub hands it every matching event after `from`.
 * - `ended`: unsubscribed, or the peer is gone.
 */
export class Subscription {
  readonly id: string;
  readonly cache: string;
  readonly values: boolean;
  ended = false;
  /** What came up to here was delivered, or happened before; set when it goes live. Never for `*`. */
  from?: Position;
  /** Where its replay began, and how far it has come; set while it has one. */
  replay?: { start: Position; at: Position };
  private readonly prefix: string;
  private readonly types?: ReadonlySet<EventType>;

  constructor(
    readonly peer: Peer,
    { id, cache, prefix = '', types, values = true }: Omit<SubscribeFrame, 'type' | 'after'>,
  ) {
    this.id = id;
    this.cache = cache;
    this.values = values;
    this.prefix = prefix;
    if (types) this.types = new Set(types);
  }

  /** Whether the filters let it pass. `cleared` concerns every key, so every prefix. */
  matches(event: LoggedEvent): boolean {
    if (this.types && !this.types.has(event.type)) return false;
    return this.prefix === '' || event.type === 'cleared' || event.key.startsWith(this.prefix);
  }

  /** Whether an event was dealt with before this went live. One of a later generation cannot have been. */
  precedes(event: LoggedEvent): boolean {
    return this.from !== undefined && isBehind(event, this.from);
  }

  /** Whether the peer was told of an event by this, or will be as soon as it is live. */
  tells(event: LoggedEvent): boolean {
    const { replay, from } = this;
    const start = replay?.start ?? from;
    if (!start || isBehind(event, start) || !this.matches(event)) return false;
    return from !== undefined || (replay !== undefined && notAfter(event, replay.at));
  }
}

function isBehind(event: LoggedEvent, place: Position): boolean {
  return notAfter(event, place) && generationOf(event) <= generationOf(place);
}
