import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { CHROMIUM, CHROMIUM_FLAGS } from '../../../e2e/support/chromium.js';
import { sparePort, type ServerProcess } from './processes.js';
import type { Stand } from './stand.js';

const SIZE = { width: 1280, height: 800 };

/** An event of a trace. https://chromium.googlesource.com/catapult/+/HEAD/docs/trace-event-format.md */
export interface TraceEvent {
  name: string;
  cat: string;
  ph: string;
  pid: number;
  tid: number;
  /** µs */
  ts: number;
  /** µs */
  dur?: number;
  id2?: { local: string };
  args: Record<string, unknown>;
}

interface Answer {
  id?: number;
  method?: string;
  params: unknown;
  result: never;
  error?: { message: string };
}

/**
 * A real Chromium with a fresh profile and one tab, spoken to in its own protocol. What the end-to-end tests drive it
 * with has the page report each WebSocket frame, which costs as much as what is measured here.
 * https://chromedevtools.github.io/devtools-protocol/
 */
export class Chromium {
  private calls = 0;
  private session: string | undefined;
  private readonly open = new Map<number, (answer: Answer) => void>();
  private readonly waiting = new Map<string, (params: never) => void>();

  private constructor(
    private readonly stand: Stand,
    private readonly server: ServerProcess,
    private readonly profile: string,
    private readonly socket: WebSocket,
  ) {
    socket.on('message', (data) => {
      const answer = JSON.parse(String(data)) as Answer;
      if (answer.id !== undefined) this.open.get(answer.id)?.(answer);
      else this.waiting.get(answer.method as string)?.(answer.params as never);
    });
  }

  /** @param script what runs in each page before anything of its own */
  static async start(stand: Stand, script: string): Promise<Chromium> {
    const [port, profile] = [await sparePort(), mkdtempSync(join(tmpdir(), 'lapse-chromium-'))];
    const flags = [
      ...['--headless', '--no-first-run', '--disable-dev-shm-usage', '--disable-breakpad'],
      ...[`--user-data-dir=${profile}`, `--remote-debugging-port=${port}`],
      ...[`--window-size=${SIZE.width},${SIZE.height}`, ...CHROMIUM_FLAGS],
    ];
    const server = await stand.server(CHROMIUM, flags, port, { HOME: profile });
    const version = await fetch(`http://127.0.0.1:${port}/json/version`);
    const { webSocketDebuggerUrl } = (await version.json()) as { webSocketDebuggerUrl: string };
    const socket = new WebSocket(webSocketDebuggerUrl, { perMessageDeflate: false, maxPayload: 2 ** 30 });
    await once(socket, 'open');
    const chromium = new Chromium(stand, server, profile, socket);
    await chromium.openTab(script);
    return chromium;
  }

  async stop(): Promise<void> {
    this.socket.terminate();
    await this.stand.stop(this.server);
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  async goto(url: string): Promise<void> {
    await this.send('Page.navigate', { url });
  }

  /** The value of an expression in the page, as JSON has it. */
  async evaluate<Value>(expression: string): Promise<Value> {
    const { result, exceptionDetails } = await this.send<{
      result: { value: Value };
      exceptionDetails?: object;
    }>('Runtime.evaluate', { expression, returnByValue: true });
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  }

  /** Waits until an expression holds in the page. */
  async until(expression: string, patience: number): Promise<void> {
    for (const end = Date.now() + patience; !(await this.evaluate(expression)); await sleep(50)) {
      if (Date.now() > end) throw new Error(`the page never came to this: ${expression}`);
    }
  }

  /** What the browser traces meanwhile. */
  async trace(categories: string[], meanwhile: () => Promise<void>): Promise<TraceEvent[]> {
    const traceConfig = {
      recordMode: 'recordAsMuchAsPossible',
      includedCategories: categories,
      excludedCategories: ['*'],
    };
    await this.send('Tracing.start', { transferMode: 'ReturnAsStream', traceConfig });
    await meanwhile();
    const complete = this.next<{ stream: string; dataLossOccurred: boolean }>('Tracing.tracingComplete');
    await this.send('Tracing.end');
    const { stream, dataLossOccurred } = await complete;
    if (dataLossOccurred) throw new Error('the trace has holes');
    return (JSON.parse(await this.read(stream)) as { traceEvents: TraceEvent[] }).traceEvents;
  }

  private async read(handle: string): Promise<string> {
    const chunks: Buffer[] = [];
    for (;;) {
      const { data, eof, base64Encoded } = await this.send<{
        data: string;
        eof: boolean;
        base64Encoded: boolean;
      }>('IO.read', { handle, size: 2 ** 20 });
      chunks.push(Buffer.from(data, base64Encoded ? 'base64' : 'utf8'));
      if (eof) return Buffer.concat(chunks).toString();
    }
  }

  private async openTab(script: string): Promise<void> {
    const { targetId } = await this.send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
    const attach = { targetId, flatten: true };
    this.session = (await this.send<{ sessionId: string }>('Target.attachToTarget', attach)).sessionId;
    await this.send('Page.enable');
    await this.send('Page.addScriptToEvaluateOnNewDocument', { source: script });
  }

  private next<Params>(event: string): Promise<Params> {
    return new Promise((resolve) => this.waiting.set(event, resolve));
  }

  private send<Result = unknown>(method: string, params: object = {}): Promise<Result> {
    const id = this.calls++;
    // Traces and streams are the browser's, all else is the tab's.
    const whole = /^(Target|Tracing|IO)\./.test(method);
    return new Promise((resolve, reject) => {
      this.open.set(id, ({ result, error }) => {
        this.open.delete(id);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result);
      });
      this.socket.send(JSON.stringify({ id, method, params, ...(!whole && { sessionId: this.session }) }));
    });
  }
}
