import { z } from 'zod';
import {
  ALL_CACHES,
  CACHE_NAME,
  EVENT_TYPES,
  URL_SUBSCRIPTION_ID,
  type SubscribeFrame,
} from '@lapse/protocol';

const subscribe = z.strictObject({
  type: z.literal('subscribe'),
  id: z.string().min(1).max(64),
  cache: z
    .string()
    .refine((name) => name === ALL_CACHES || CACHE_NAME.test(name), 'must be the name of a cache, or "*"'),
  prefix: z.string().max(512).optional(),
  types: z.array(z.enum(EVENT_TYPES)).min(1).optional(),
  after: z.string().min(1).max(64).optional(),
  values: z.boolean().optional(),
});

const frame = z.discriminatedUnion('type', [
  subscribe,
  z.strictObject({ type: z.literal('unsubscribe'), id: z.string().min(1).max(64) }),
  z.strictObject({ type: z.literal('ping') }),
]);

type Frame = z.infer<typeof frame>;

/** What a client asked for, or what is wrong with it, and the id it names if it names one. */
export type Parsed<T> = { ok: true; frame: T } | { ok: false; message: string; id?: string };

/** Reads one text frame of a client. */
export function parseFrame(text: string): Parsed<Frame> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, message: 'A frame is one JSON object.' };
  }
  return check(frame, json);
}

const URL_PARAMETERS = new Set(['cache', 'prefix', 'types', 'after', 'values']);

/** Reads the subscription that a URL's query asks for; undefined when it asks for none. */
export function parseQuery(query: URLSearchParams): Parsed<SubscribeFrame> | undefined {
  if (query.size === 0) return undefined;
  const id = URL_SUBSCRIPTION_ID;
  for (const name of new Set(query.keys())) {
    if (!URL_PARAMETERS.has(name)) return { ok: false, id, message: `${name}: there is no such parameter` };
    if (query.getAll(name).length > 1) return { ok: false, id, message: `${name}: is given more than once` };
  }
  const { cache, prefix, types, after, values } = Object.fromEntries(query) as Record<
    string,
    string | undefined
  >;
  if (values !== undefined && values !== 'true' && values !== 'false') {
    return { ok: false, id, message: 'values: must be true or false' };
  }
  return check(subscribe, {
    type: 'subscribe',
    id,
    cache,
    ...(prefix !== undefined && { prefix }),
    ...(types !== undefined && { types: types.split(',') }),
    ...(after !== undefined && { after }),
    ...(values !== undefined && { values: values === 'true' }),
  });
}

function check<T>(schema: z.ZodType<T>, json: unknown): Parsed<T> {
  const result = schema.safeParse(json);
  if (result.success) return { ok: true, frame: result.data };
  const id = (json as { id?: unknown } | null)?.id;
  const message = result.error.issues
    .map((issue) => (issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message))
    .join('; ');
  return { ok: false, message, ...(typeof id === 'string' && id.length <= 64 && { id }) };
}
