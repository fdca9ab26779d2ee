import { get, type ClientRequest, type IncomingMessage } from 'node:http';
import type { BackendProcess } from '../backend-process.js';
import type { Recording } from '../evidence.js';
import type { Random } from '../random.js';
import { AWAY_MS, newRecording, type Subscriber, type Wish } from './subscriber.js';
import type { Texts } from './texts.js';

/** Longer than the 15 s between two comments. */
const SILENCE_MS = 20_000;

/**
 * A reader of server-sent events that does what a browser's EventSource does: it keeps the last id, and sends it when
 * it comes back. https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class SseSubscriber implements Subscriber {
  readonly recording: Recording;
  private request?: ClientRequest;
  private lastId = '';
  private placed = false;
  private asked?: string;
  private backend?: BackendProcess;
  private stopped = false;

  constructor(
    private readonly wish: Wish,
    private readonly backends: readonly BackendProcess[],
    private readonly random: Random,
    private readonly texts: Texts,
  ) {
    this.recording = newRecording(wish);
  }

  start(): void {
    this.connect();
  }

  cut(): void {
    this.request?.destroy();
  }

  stop(): void {
    this.stopped = true;
    this.cut();
  }

  private connect(): void {
    if (this.stopped) return;
    const { cache, prefix, types, values = true, resumes } = this.wish;
    this.backend = this.random.pick(this.backends);
    const query = new URLSearchParams({
      ...(prefix !== undefined && { prefix }),
      ...(types && { types: types.join(',') }),
      ...(!values && { values: 'false' }),
    });
    this.asked = resumes && this.lastId !== '' ? this.lastId : undefined;
    this.placed = false;
    const headers = { accept: 'text/event-stream', ...(this.asked && { 'last-event-id': this.asked }) };
    const url = `${this.backend.url}/api/v1/caches/${cache}/events/stream?${query.toString()}`;
    const request = get(url, { headers, timeout: SILENCE_MS, agent: false }, (response) =>
      this.read(response),
    );
    this.request = request;
    request.on('timeout', () => request.destroy());
    request.on('error', () => undefined);
    request.on('close', () => {
      this.recording.notes.push({ t: Date.now(), kind: 'cut' });
      setTimeout(() => this.connect(), this.random.int(AWAY_MS.least, this.wish.awayMs ?? AWAY_MS.most));
    });
  }

  private read(response: IncomingMessage): void {
    if (response.statusCode !== 200) {
      response.resume();
      return;
    }
    let rest = '';
    response.setEncoding('utf8');
    response.on('error', () => undefined);
    response.on('data', (chunk: string) => {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() as string;
      for (const block of blocks) this.dispatch(block);
    });
  }

  private dispatch(block: string): void {
    let id: string | undefined;
    let type = 'message';
    let data: string | undefined;
    for (const line of block.split('\n')) {
      const [, field, value = ''] = /^([^:]*):? ?([^]*)$/.exec(line) as RegExpExecArray;
      if (field === 'id') id = value;
      else if (field === 'event') type = value;
      else if (field === 'data') data = value;
    }
    if (id === undefined) return;
    this.lastId = id;
    if (data === undefined) this.reach(id);
    else this.told(id, type, JSON.parse(data) as { cache: string; from: string; to: string });
  }

  /** An id without an event: a place. The first of a stream says where it begins. */
  private reach(cursor: string): void {
    const t = Date.now();
    if (this.placed) {
      this.recording.notes.push({ t, kind: 'place', cursor });
      return;
    }
    this.placed = true;
    const recovered = this.asked === undefined ? undefined : true;
    const { index: backend } = this.backend as BackendProcess;
    this.recording.notes.push({ t, kind: 'subscribed', after: this.asked, cursor, recovered, backend });
  }

  private told(cursor: string, type: string, data: { cache: string; from: string; to: string }): void {
    const t = Date.now();
    const { notes } = this.recording;
    if (type === 'gap' && !this.placed) {
      this.placed = true;
      const { index: backend } = this.backend as BackendProcess;
      notes.push({ t, kind: 'subscribed', after: this.asked, cursor, recovered: false, backend });
    } else if (type === 'gap') {
      notes.push({ t, kind: 'gap', cache: data.cache, from: data.from, to: data.to });
    } else {
      const text = this.texts.keep(JSON.stringify(data));
      notes.push({ t, kind: 'event', cache: data.cache, cursor, text });
    }
  }
}
