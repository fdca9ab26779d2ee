import { Backend } from './backend.js';
import { BadSetting, readConfig, type Config } from './config.js';
import { createLogger } from './logger.js';

/** Ends the start with one line. Exit code 2: a setting has to be changed. */
function refuse(message: string): never {
  process.stderr.write(`lapse: ${message}\n`);
  process.exit(2);
}

function config(): Config {
  try {
    return readConfig();
  } catch (error) {
    if (error instanceof BadSetting) refuse(error.message);
    throw error;
  }
}

/** Which setting a failed listen is about. */
function blame({ host, httpPort, wsPort }: Config, error: NodeJS.ErrnoException & { port?: number }): string {
  const setting = error.port === wsPort ? `WS_PORT ${wsPort}` : `HTTP_PORT ${httpPort}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return `${setting} is in use already`;
    case 'EACCES':
      return `${setting} may not be bound by this user`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST ${host} is not an address of this machine`;
    default:
      return `${setting} cannot be listened on: ${error.message}`;
  }
}

const settings = config();
const logger = createLogger(settings.logLevel);
const backend = new Backend(settings, logger);

try {
  const ports = await backend.start();
  logger.info(ports, 'listening');
} catch (error) {
  refuse(blame(settings, error as NodeJS.ErrnoException));
}

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    void backend.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  });
}
