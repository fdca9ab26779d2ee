import type { EventType, LapseEvent } from '@lapse/protocol';

/** Fields of a record, joined by NUL; lua/lib/log.lua writes them. */
const FIELDS = 10;

/**
 * One event as the log holds it. What clients receive is made from it at most once, however many they are.
 */
export class LoggedEvent {
  private withValue?: string;
  private withoutValue?: string;

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

  /** The event as JSON text (the contract's `Event`). */
  json(values = true): string {
    if (values) return (this.withValue ??= this.write(true));
    return (this.withoutValue ??= this.write(false));
  }

  toEvent(): LapseEvent {
    return JSON.parse(this.json()) as LapseEvent;
  }

  private write(values: boolean): string {
    let json = `{"cursor":"${this.epoch}-${this.seq}","type":"${this.type}","cache":"${this.cache}"`;
    if (this.type === 'cleared') {
      return `${json},"at":"${iso(this.at)}","count":${this.reason}}`;
    }
    json += `,"key":${JSON.stringify(this.key)}`;
    if (values && this.value !== '') json += `,"value":${this.value}`;
    json += `,"version":"${this.epoch}-${this.version}"`;
    json += this.deadline === '' ? ',"expiresAt":null' : `,"expiresAt":"${iso(Number(this.deadline))}"`;
    json += `,"at":"${iso(this.at)}"`;
    if (this.reason !== '') json += `,"reason":"${this.reason}"`;
    if (this.type === 'expired') json += `,"lagMs":${this.lagMs}`;
    return `${json}}`;
  }

  /** How long after its deadline an expired entry was logged as such, in ms. */
  get lagMs(): number {
    return this.at - Number(this.deadline);
  }
}

/** Reads one record, or several that were joined into one message. */
export function decodeRecords(text: string): LoggedEvent[] {
  const fields = text.split('\0');
  const events: LoggedEvent[] = [];
  for (let i = 0; i + FIELDS <= fields.length; i += FIELDS) {
    const [cache, epoch, seq, type, key, version, deadline, at, reason, value] = fields.slice(
      i,
      i + FIELDS,
    ) as string[];
    events.push(
      new LoggedEvent(
        cache!,
        epoch!,
        Number(seq),
        type as EventType,
        key!,
        version!,
        deadline!,
        Number(at),
        reason!,
        value!,
      ),
    );
  }
  return events;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
