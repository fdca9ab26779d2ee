import type { RedisClientOptions } from 'redis';

/** Where Redis is: what a REDIS_URL says. */
export interface RedisTarget {
  options: Pick<RedisClientOptions, 'username' | 'password' | 'database' | 'socket'>;
  database: number;
  /** The root nodes' URLs when it is a Redis Cluster. */
  cluster?: string[];
}

/**
 * Reads a REDIS_URL: `redis://[user:password@]host[:port][/database]`, `rediss://…` (TLS), `unix:///path`, or
 * several `redis[s]://` URLs parted by commas, the root nodes of a Redis Cluster.
 * @throws Error whose message says what is wrong, and never holds the password
 */
export function parseRedisUrl(value: string): RedisTarget {
  const urls = value.split(',').map((part) => part.trim());
  const targets = urls.map(parseOne);
  const first = targets[0] as RedisTarget;
  if (urls.length === 1) return first;
  for (const target of targets) {
    if (target.options.socket && 'path' in target.options.socket)
      throw new Error('a cluster cannot be reached by unix://');
    if (target.database !== 0) throw new Error('a Redis Cluster has database 0 only');
  }
  const { host: _host, port: _port, ...socket } = first.options.socket as { host?: string; port?: number };
  return { ...first, options: { ...first.options, socket: socket as never }, cluster: urls };
}

function parseOne(text: string): RedisTarget {
  if (!URL.canParse(text)) throw new Error('it is not a URL');
  const url = new URL(text);
  if (url.protocol === 'unix:') {
    if (!url.pathname || url.pathname === '/') throw new Error('unix:// needs the path of a socket');
    return { options: { socket: { path: decodeURIComponent(url.pathname), tls: false } }, database: 0 };
  }
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') {
    throw new Error('it must begin with redis://, rediss:// or unix://');
  }
  if (!url.hostname) throw new Error('it names no host');
  const path = /^\/?(\d{0,5})$/.exec(url.pathname);
  if (!path) throw new Error('what follows the host must be a database number');
  const database = Number(path[1] || 0);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port || 6379);
  return {
    options: {
      ...(url.username && { username: decodeURIComponent(url.username) }),
      ...(url.password && { password: decodeURIComponent(url.password) }),
      database,
      socket: url.protocol === 'rediss:' ? { host, port, tls: true } : { host, port },
    },
    database,
  };
}
