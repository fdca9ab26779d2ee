import { z } from 'zod';
import { LOG_LEVELS, type LogLevel } from './logger.js';
import { parseRedisUrl, type RedisTarget } from './redis/target.js';

/** The start-up settings, as the contract names them. Read once, here alone. */
export interface Config {
  host: string;
  httpPort: number;
  wsPort: number;
  redis: RedisTarget;
  logLevel: LogLevel;
}

/** A setting that cannot be used. The message is one line and begins with the setting's name. */
export class BadSetting extends Error {}

const port = (fallback: number) =>
  z
    .string()
    .default(String(fallback))
    .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, 'must be a port, 0 to 65535')
    .transform(Number);

const settings = z.object({
  HOST: z
    .string()
    .default('127.0.0.1')
    .refine((text) => /^[\w.:-]+$/.test(text), 'must be an address or a host name'),
  HTTP_PORT: port(8080),
  WS_PORT: port(8081),
  REDIS_URL: z
    .string({ error: 'is not set: it says where Redis is, as in redis://127.0.0.1:6379' })
    .transform((text, context) => {
      try {
        return parseRedisUrl(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: `cannot be used: ${(error as Error).message}` });
        return z.NEVER;
      }
    }),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
});

/**
 * Reads the settings; an empty one counts as absent.
 * @throws BadSetting naming the first that is wrong
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = settings.safeParse(given);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new BadSetting(`${String(issue?.path[0])} ${issue?.message}`);
  }
  const { HOST, HTTP_PORT, WS_PORT, REDIS_URL, LOG_LEVEL } = result.data;
  if (HTTP_PORT !== 0 && HTTP_PORT === WS_PORT)
    throw new BadSetting('WS_PORT must not be the same as HTTP_PORT');
  return { host: HOST, httpPort: HTTP_PORT, wsPort: WS_PORT, redis: REDIS_URL, logLevel: LOG_LEVEL };
}
