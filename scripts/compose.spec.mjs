import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCompose, readDockerfile } from './images.mjs';
import { ROOT } from './paths.mjs';
import { sparePort } from './ports.mjs';
import { Processes } from './processes.mjs';
import { until } from './readiness.mjs';

const { services, networks, volumes } = readCompose();
const named = Object.entries(services);

/** Every key that a service here may have: a misspelt one would silently do nothing. */
const KNOWN_KEYS = [
  ...['build', 'cap_drop', 'command', 'depends_on', 'environment', 'healthcheck', 'image', 'init', 'logging'],
  ...[
    'networks',
    'ports',
    'read_only',
    'restart',
    'security_opt',
    'stop_grace_period',
    'tmpfs',
    'user',
    'volumes',
  ],
];

describe('docker-compose.yaml', () => {
  it('has nginx, the backend and Redis', () => {
    expect(Object.keys(services).sort()).toEqual(['backend', 'nginx', 'redis']);
  });

  it('publishes the ports of the contract on 127.0.0.1, and nothing of Redis', () => {
    expect(services.nginx.ports).toEqual(['127.0.0.1:80:8080']);
    expect(services.backend.ports).toEqual(['127.0.0.1:8080:8080', '127.0.0.1:8081:8081']);
    expect(services.redis.ports).toBeUndefined();
  });

  it('publishes ports that the images listen on', () => {
    for (const name of ['nginx', 'backend']) {
      const inner = services[name].ports.map((/** @type {string} */ port) => port.split(':').at(-1));
      expect(readDockerfile(services[name].build.dockerfile).ports).toEqual(inner);
    }
  });

  it('starts each once what it needs is healthy', () => {
    expect(services.nginx.depends_on).toEqual({ backend: { condition: 'service_healthy' } });
    expect(services.backend.depends_on).toEqual({ redis: { condition: 'service_healthy' } });
  });

  it('keeps Redis in a network that only the backend shares and that leads nowhere', () => {
    expect(services.redis.networks).toEqual(['store']);
    expect(networks.store).toEqual({ internal: true });
    expect(services.nginx.networks).not.toContain('store');
    expect(services.backend.networks).toContain('store');
  });

  it('keeps the data of Redis in a volume', () => {
    expect(services.redis.volumes).toContain('redis-data:/data');
    expect(Object.keys(volumes)).toEqual(['redis-data']);
  });

  for (const [name, service] of named) {
    describe(`the service ${name}`, () => {
      it('has no key that Compose would not know', () => {
        expect(Object.keys(service).filter((key) => !KNOWN_KEYS.includes(key))).toEqual([]);
      });

      it('runs as a plain user on a read-only file system, without capabilities', () => {
        expect(service.user).toMatch(/^[a-z]+$/);
        expect(service.user).not.toBe('root');
        expect(service.read_only).toBeTrue();
        expect(service.cap_drop).toEqual(['ALL']);
        expect(service.security_opt).toEqual(['no-new-privileges:true']);
      });

      it('comes back after a crash, says how it is, and is given time to stop', () => {
        expect(service.restart).toBe('unless-stopped');
        expect(service.healthcheck.test.length).toBeGreaterThan(1);
        expect(
          service.healthcheck.test.every((/** @type {unknown} */ word) => typeof word === 'string'),
        ).toBeTrue();
        expect(service.stop_grace_period).toMatch(/^\d+s$/);
      });

      it('is of a pinned image, or built by a Dockerfile that runs as the same user', () => {
        if (service.image) {
          expect(service.image).toMatch(/^[a-z/]+:\d+\.\d+\.\d+/);
        } else {
          expect(readDockerfile(service.build.dockerfile).user).toBe(service.user);
        }
      });

      it('mounts only what exists', () => {
        const sources = (service.volumes ?? []).map((/** @type {string} */ mount) => mount.split(':')[0]);
        const missing = sources.filter(
          (/** @type {string} */ path) => !volumes[path] && !existsSync(join(ROOT, path)),
        );
        expect(missing).toEqual([]);
        expect(service.networks.filter((/** @type {string} */ one) => !(one in networks))).toEqual([]);
      });
    });
  }

  it('runs Redis by a command that Redis takes, with the settings that Lapse relies on', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lapse-compose-'));
    const port = String(await sparePort());
    const [program, config, ...args] = services.redis.command.map((/** @type {string} */ word) =>
      word
        .replace('/etc/redis/redis.conf', join(ROOT, 'redis/redis.conf'))
        .replace('/data', directory)
        .replace('0.0.0.0', '127.0.0.1'),
    );
    const processes = new Processes();
    processes.start('redis-server', program, [config, ...args, '--port', port]);
    const ask = (/** @type {string[]} */ ...words) =>
      spawnSync('redis-cli', ['-p', port, ...words], { encoding: 'utf8' }).stdout.trim();
    try {
      const options = { withinMs: 5_000, cancelled: () => false, what: 'Redis' };
      await until(async () => (ask('ping') === 'PONG' ? undefined : 'no answer'), options);
      expect(ask('config', 'get', 'notify-keyspace-events')).toContain('xE');
      expect(ask('config', 'get', 'maxmemory-policy')).toContain('noeviction');
      expect(ask('config', 'get', 'appendonly')).toContain('yes');
      expect(ask('config', 'get', 'dir')).toContain(directory);
      expect(ask('config', 'get', 'protected-mode')).toContain('no');
    } finally {
      await processes.stop();
      rmSync(directory, { recursive: true });
    }
  });

  it('calls the backend healthy when it is ready, and only then', async () => {
    let status = 200;
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/readyz' ? status : 404).end();
    });
    await new Promise((settle) => server.listen(0, '127.0.0.1', () => settle(undefined)));
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const [, , ...args] = services.backend.healthcheck.test.map((/** @type {string} */ word) =>
      word.replace(':8080/', `:${port}/`),
    );
    const check = () =>
      new Promise((settle) => {
        execFile(process.execPath, args).once('exit', settle);
      });
    expect(await check()).toBe(0);
    status = 503;
    expect(await check()).toBe(1);
    await new Promise((settle) => server.close(settle));
    expect(await check()).toBe(1);
  });

  const compose = composeProgram();
  if (compose) {
    it(`is taken by ${compose.join(' ')}`, () => {
      const [program = '', ...args] = compose;
      const { status, stderr } = spawnSync(
        program,
        [...args, '-f', 'docker-compose.yaml', 'config', '--quiet'],
        {
          cwd: ROOT,
          encoding: 'utf8',
        },
      );
      expect(stderr).toBe('');
      expect(status).toBe(0);
    });
  }
});

/** Compose itself, where this machine has it: it reads the file without an engine. */
function composeProgram() {
  return [['docker', 'compose'], ['docker-compose']].find(([program = '', ...args]) => {
    try {
      execFileSync(program, [...args, 'version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}
