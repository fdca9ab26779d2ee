import type { EventType, LapseEvent } from '@lapse/protocol';
import { iso } from '../iso.js';

/** Fields of a record, joined by NUL; lua/lib/log.lua writes them. */
const FIELDS = 10;

/**
 * One event as the log holds it. What clients receive is made from it at most once, however many they are.
 */
export class LoggedEvent {
  /** What each transport made of it, so that it is made once for all who receive it. */
  private readonly wire = new Map<unknown, Buffer>();

  constructor(
    readonly cache: string,
    readonly epoch: string,
    readonly seq: number,
    readonly type: EventType,
    /** '' on cleared. */
    readonly key: string,
    private readonly version: string,
    private readonly deadline: string,
    private readonly at: number,
    private readonly reason: string,
    private readonly value: string,
  ) {}

  /** About how much memory it takes, in UTF-16 units. */
  get size(): number {
    return 200 + this.key.length + this.value.length;
  }

  /** Its bytes in one transport's form. `encode` stands for the form, and is called once an event. */
  encoded(encode: (event: LoggedEvent) => Buffer): Buffer {
    let bytes = this.wire.get(encode);
    if (!bytes) this.wire.set(encode, (bytes = encode(this)));
    return bytes;
  }

  /** The event as JSON text (the contract's `Event`). */
  json(values = true): string {
    let json = `{"cursor":"${this.cursor}","type":"${this.type}","cache":"${this.cache}"`;
    if (this.type === 'cleared') {
      return `${json},"at":"${iso(this.at)}","count":${this.reason}}`;
    }
    json += `,"key":${JSON.stringify(this.key)}`;
    if (values && this.value !== '') json += `,"value":${this.value}`;
    json += `,"version":"${this.version}"`;
    json += this.deadline === '' ? ',"expiresAt":null' : `,"expiresAt":"${iso(Number(this.deadline))}"`;
    json += `,"at":"${iso(this.at)}"`;
    if (this.reason !== '') json += `,"reason":"${this.reason}"`;
    if (this.type === 'expired') json += `,"lagMs":${this.lagMs}`;
    return `${json}}`;
  }

  get cursor(): string {
    return `${this.epoch}-${this.seq}`;
  }

  toEvent(): LapseEvent {
    return JSON.parse(this.json()) as LapseEvent;
  }

  /** How long after its deadline an expired entry was logged as such, in ms. */
  get lagMs(): number {
    return this.at - Number(this.deadline);
  }
}

/** Reads an item of the log, or a message to those who listen: one record, or several joined. */
export function decodeRecords(text: string): LoggedEvent[] {
  const fields = text.split('\0');
  const events: LoggedEvent[] = [];
  for (let i = 0; i + FIELDS <= fields.length; i += FIELDS) {
    events.push(
      new LoggedEvent(
        fields[i]!,
        fields[i + 1]!,
        Number(fields[i + 2]),
        fields[i + 3] as EventType,
        fields[i + 4]!,
        fields[i + 5]!,
        fields[i + 6]!,
        Number(fields[i + 7]),
        fields[i + 8]!,
        fields[i + 9]!,
      ),
    );
  }
  return events;
}
