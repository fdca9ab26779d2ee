import { setTimeout as sleep } from 'node:timers/promises';
import type { BackendProcess } from './backend-process.js';
import type { Call, Verb } from './evidence.js';

/** A caller waits this long. Shorter than a stopped backend stays stopped, so that some answers come to nobody. */
const PATIENCE_MS = 1_000;

export type Request = Omit<Call, 'id' | 'backend' | 'sent' | 'answered' | 'status' | 'body'>;

/** Calls the backends over REST and writes down every call: before it is sent, and with what came of it. */
export class Journal {
  readonly calls: Call[] = [];

  async call(backend: BackendProcess, request: Request, id = this.nextId()): Promise<Call> {
    const call: Call = { ...request, id, backend: backend.index, sent: Date.now() };
    this.calls.push(call);
    const { method, path, headers, body } = wire(request);
    try {
      const response = await fetch(`${backend.url}/api/v1/caches/${request.cache}${path}`, {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const text = await response.text();
      call.status = response.status;
      if (text !== '') call.body = JSON.parse(text);
      call.answered = Date.now();
    } catch (error) {
      if (isRefused(error)) {
        call.status = 0;
        call.answered = Date.now();
        await sleep(50);
      }
    }
    return call;
  }

  nextId(): number {
    return ++this.lastId;
  }

  private lastId = 0;
}

function isRefused(error: unknown): boolean {
  return (error as { cause?: { code?: string } }).cause?.code === 'ECONNREFUSED';
}

interface Wire {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
}

function wire({ verb, key = '', value, ttlMs, ifMatch, operations, policy }: Request): Wire {
  const entry = `/entries/${encodeURIComponent(key)}`;
  const ttl = ttlMs !== undefined && { ttlMs };
  const wires: Record<Verb, () => Wire> = {
    set: () => ({ method: 'PUT', path: entry, body: { value, ...ttl } }),
    create: () => ({ method: 'POST', path: '/entries', body: { key, value, ...ttl } }),
    replace: () => ({
      method: 'PUT',
      path: entry,
      headers: { 'if-match': `"${ifMatch}"` },
      body: { value, ...ttl },
    }),
    get: () => ({ method: 'GET', path: entry }),
    peek: () => ({ method: 'GET', path: `${entry}?peek=true` }),
    renew: () => ({ method: 'PATCH', path: entry, body: { ttlMs } }),
    delete: () => ({ method: 'DELETE', path: entry }),
    take: () => ({ method: 'DELETE', path: entry, headers: { prefer: 'return=representation' } }),
    batch: () => ({ method: 'POST', path: '/entries/batch', body: { operations } }),
    list: () => ({ method: 'GET', path: `/entries?limit=1000&sort=${key}` }),
    figures: () => ({ method: 'GET', path: '' }),
    policy: () => ({ method: 'PUT', path: '', body: policy }),
    clear: () => ({ method: 'DELETE', path: '' }),
  };
  return wires[verb]();
}
