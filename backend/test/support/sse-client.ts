import { until } from './eventually.js';

/** One event of a stream, as the HTML standard would dispatch it. */
export interface SseEvent {
  id: string;
  type: string;
  data: unknown;
}

const open: SseClient[] = [];

/** Listens to a stream of server-sent events and keeps all of it. */
export class SseClient {
  readonly events: SseEvent[] = [];
  readonly comments: string[] = [];
  /** The last id, as EventSource would send it back. */
  lastId = '';
  retryMs?: number;
  ended = false;
  private readonly abort = new AbortController();

  private constructor(readonly response: Response) {}

  static async connect(url: string, headers: Record<string, string> = {}): Promise<SseClient> {
    const abort = new AbortController();
    const client = new SseClient(await fetch(url, { headers, signal: abort.signal }));
    client.abort.signal.addEventListener('abort', () => abort.abort());
    open.push(client);
    void client
      .read()
      .catch(() => undefined)
      .finally(() => (client.ended = true));
    return client;
  }

  close(): void {
    this.abort.abort();
  }

  /** Events as `type key`, for short. */
  get told(): string[] {
    return this.events.map(({ type, data }) => `${type} ${(data as { key?: string }).key ?? ''}`.trim());
  }

  /** Resolves once the stream has said where it stands. */
  async placed(): Promise<this> {
    await until(() => this.lastId !== '');
    return this;
  }

  private async read(): Promise<void> {
    let rest = '';
    for await (const chunk of this.response.body!.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() as string;
      for (const block of blocks) this.dispatch(block);
    }
  }

  private dispatch(block: string): void {
    let type = 'message';
    let data: string | undefined;
    for (const line of block.split('\n')) {
      const [, field = '', value = ''] = /^([^:]*):? ?([^]*)$/.exec(line) as unknown as [
        string,
        string,
        string,
      ];
      if (field === '') this.comments.push(value);
      else if (field === 'id') this.lastId = value;
      else if (field === 'event') type = value;
      else if (field === 'data') data = value;
      else if (field === 'retry') this.retryMs = Number(value);
    }
    if (data !== undefined) this.events.push({ id: this.lastId, type, data: JSON.parse(data) });
  }
}

/** For `afterEach`. */
export function closeSseClients(): void {
  for (const client of open.splice(0)) client.close();
}
