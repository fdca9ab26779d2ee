import { pino, type Logger } from 'pino';

export type { Logger };

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** JSON lines on standard output; readable ones on a terminal. */
export function createLogger(level: LogLevel): Logger {
  if (!process.stdout.isTTY) return pino({ level, base: undefined });
  return pino({
    level,
    base: undefined,
    transport: { target: 'pino-pretty', options: { translateTime: 'HH:MM:ss.l', ignore: 'pid,hostname' } },
  });
}
