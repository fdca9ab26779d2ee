// HTTP load from a process of its own.
import autocannon from 'autocannon';
import { serve } from '../rig/serve.js';

/** One kind of request, again and again. `{n}` in the path stands for a number below `keys` that counts up. */
export interface Load {
  url: string;
  method: 'GET' | 'PUT' | 'POST';
  path: string;
  body?: string;
  keys: number;
  connections: number;
  seconds: number;
  /** What each answer has to contain. */
  expect?: string;
}

export interface Loaded {
  answers: number;
  perSecond: number;
  p99: number;
  /** How many requests were answered otherwise, or not at all. */
  wrong: number;
}

serve({
  async load({ url, method, path, body, keys, connections, seconds, expect }: Load): Promise<Loaded> {
    const [before, after] = path.split('{n}') as [string, string?];
    let n = 0;
    const result = await autocannon({
      url,
      connections,
      duration: seconds,
      requests: [
        {
          method,
          headers: body === undefined ? {} : { 'content-type': 'application/json' },
          ...(body !== undefined && { body }),
          setupRequest: (request) => ({
            ...request,
            path: after === undefined ? before : `${before}${n++ % keys}${after}`,
          }),
        },
      ],
      ...(expect !== undefined && { verifyBody: (text: unknown) => String(text).includes(expect) }),
    });
    return {
      answers: result['2xx'],
      perSecond: result['2xx'] / result.duration,
      p99: result.latency.p99,
      wrong: result.non2xx + result.errors + result.mismatches,
    };
  },
});
