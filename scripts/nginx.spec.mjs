import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDockerfile } from './images.mjs';
import { nginxArguments, renderNginx } from './nginx.mjs';
import { sparePort } from './ports.mjs';
import { Processes } from './processes.mjs';
import { findPrograms } from './programs.mjs';
import { httpAnswers, until } from './readiness.mjs';

// The image's configuration, in the nginx of this machine: with the values of the image's Dockerfile, of which only
// the addresses are replaced.

/** @typedef {import('node:http').IncomingMessage} Incoming */

/** @type {string} */
let directory;
/** @type {string} */
let base;
/** @type {Processes} */
let processes;
/** The path of nginx. @type {string} */
let program;
/** @type {import('node:http').Server} */
let backend;
/** What stands in for the backend; set anew by each spec. @type {import('node:http').RequestListener} */
let answer;

const listening = (/** @type {import('node:http').Server} */ server) =>
  /** @type {import('node:net').AddressInfo} */ (server.address()).port;

/**
 * @param {string} path
 * @param {import('node:http').RequestOptions & { body?: Buffer }} [options]
 * @returns {Promise<Incoming & { text: string }>}
 */
async function call(path, { body, ...options } = {}) {
  const outgoing = request(base + path, { agent: false, ...options }).end(body);
  const [response] = /** @type {[Incoming]} */ (await once(outgoing, 'response'));
  let text = '';
  for await (const chunk of response) text += chunk;
  return Object.assign(response, { text });
}

/** @param {Record<string, string>} addresses */
function imageConfiguration(addresses) {
  return renderNginx({
    ...readDockerfile('nginx/Dockerfile').env,
    NGINX_LOCAL_RESOLVERS: '127.0.0.1',
    ...addresses,
  });
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lapse-nginx-'));
  const root = join(directory, 'html');
  mkdirSync(join(root, 'media'), { recursive: true });
  writeFileSync(join(root, 'index.html'), `<!doctype html><title>Lapse</title>${' '.repeat(2_000)}`);
  writeFileSync(join(root, 'main-AB12CD34.js'), `const long = '${'x'.repeat(5_000)}';`);
  writeFileSync(join(root, 'media/roboto-ZZ99AA11.woff2'), 'font');
  writeFileSync(join(root, 'favicon.svg'), '<svg/>');
  backend = createServer((incoming, response) => answer(incoming, response));
  await once(backend.listen(0, '127.0.0.1'), 'listening');

  const port = await sparePort();
  base = `http://127.0.0.1:${port}`;
  const address = `127.0.0.1:${listening(backend)}`;
  const prefix = join(directory, 'prefix');
  mkdirSync(prefix);
  writeFileSync(
    join(prefix, 'nginx.conf'),
    imageConfiguration({
      LAPSE_WEB_LISTEN: `127.0.0.1:${port}`,
      LAPSE_WEB_ROOT: root,
      LAPSE_API: address,
      LAPSE_WS: address,
    }),
  );
  processes = new Processes();
  program = (await findPrograms(['nginx'], processes, () => undefined)).nginx;
  processes.start('nginx', program, nginxArguments(prefix));
  await until(() => httpAnswers(`${base}/`), { withinMs: 5_000, cancelled: () => false, what: 'nginx' });
});

afterAll(async () => {
  await processes.stop();
  backend.closeAllConnections();
  backend.close();
  rmSync(directory, { recursive: true });
});

beforeEach(() => {
  answer = (_, response) => response.end('unset');
});

describe('nginx, with the configuration of its image', () => {
  it('is taken by nginx with the very values of the image, where it is as new as the image', () => {
    const prefix = join(directory, 'image');
    mkdirSync(prefix);
    const text = imageConfiguration({});
    // Older than the image's, it knows no `resolve` and wants to find the name at once.
    const isOld = !knowsResolve();
    writeFileSync(
      join(prefix, 'nginx.conf'),
      isOld ? text.replace(/backend:(\d+) resolve/g, '127.0.0.1:$1') : text,
    );
    expect(() => {
      execFileSync(program, [...nginxArguments(prefix), '-t'], { stdio: 'pipe' });
    }).not.toThrow();
  });

  describe('serves the UI', () => {
    it('at any path that is not a file', async () => {
      for (const path of ['/', '/caches/sessions', '/caches/app.v1.js', '/caches/a%2Fb?x=1']) {
        const response = await call(path);
        expect(response.statusCode).withContext(path).toBe(200);
        expect(response.text).withContext(path).toContain('<title>Lapse</title>');
        expect(response.headers['cache-control']).withContext(path).toBe('no-cache');
      }
    });

    it('with hashed files that never need to be asked for again', async () => {
      for (const path of ['/main-AB12CD34.js', '/media/roboto-ZZ99AA11.woff2']) {
        const { headers } = await call(path);
        expect(headers['cache-control']).withContext(path).toBe('public, max-age=31536000, immutable');
      }
      expect((await call('/favicon.svg')).headers['cache-control']).toBe('no-cache');
    });

    it('and says 404 for the file of an older build, not to be kept', async () => {
      const response = await call('/main-OLDOLD00.js');
      expect(response.statusCode).toBe(404);
      expect(response.headers['cache-control']).toBeUndefined();
      expect(response.headers['content-security-policy']).toBeDefined();
    });

    it('compressed', async () => {
      const response = await call('/main-AB12CD34.js', { headers: { 'Accept-Encoding': 'gzip' } });
      expect(response.headers['content-encoding']).toBe('gzip');
      expect(response.headers['content-type']).toBe('text/javascript; charset=utf-8');
    });

    it('under a policy that lets no foreign script in', async () => {
      const { headers } = await call('/caches/sessions');
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("style-src 'self' 'unsafe-inline';");
      expect(policy).toContain("connect-src 'self' ws: wss:;");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['referrer-policy']).toBe('same-origin');
      expect(headers.server).toBe('nginx');
    });
  });

  describe('passes /api on', () => {
    it('with the path as it was written', async () => {
      answer = (incoming, response) => response.end(incoming.url);
      const path = '/api/v1/caches/a/entries/x%2Fy%20%25%C3%A9?peek=true&after=a%2Fb';
      expect((await call(path)).text).toBe(path);
    });

    it('with who asked, and for which host', async () => {
      answer = (incoming, response) => response.end(JSON.stringify(incoming.headers));
      const { text } = await call('/api/v1/caches', { headers: { Host: 'lapse.test:81' } });
      expect(JSON.parse(text)).toEqual(
        jasmine.objectContaining({
          host: 'lapse.test:81',
          'x-forwarded-for': '127.0.0.1',
          'x-forwarded-host': 'lapse.test:81',
          'x-forwarded-proto': 'http',
        }),
      );
    });

    it('and adds nothing to the answer, nor weakens its ETag', async () => {
      answer = (_, response) => {
        response.setHeader('ETag', '"e1-7"').setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify({ long: 'x'.repeat(5_000) }));
      };
      const { headers } = await call('/api/v1/caches/a/entries/k', {
        headers: { 'Accept-Encoding': 'gzip' },
      });
      expect(headers.etag).toBe('"e1-7"');
      expect(headers['content-encoding']).toBeUndefined();
      expect(headers['content-security-policy']).toBeUndefined();
      expect(headers['cache-control']).toBeUndefined();
    });

    it('with every method and a body of 16 MiB', async () => {
      answer = (incoming, response) => {
        let bytes = 0;
        incoming
          .on('data', (chunk) => (bytes += chunk.length))
          .on('end', () => response.end(`${incoming.method} ${bytes}`));
      };
      for (const method of ['PUT', 'PATCH', 'DELETE']) {
        expect((await call('/api/v1/caches/a', { method })).text).toBe(`${method} 0`);
      }
      const body = Buffer.alloc(16 * 1024 * 1024, 'x');
      const { text } = await call('/api/v1/caches/a/entries/batch', { method: 'POST', body });
      expect(text).toBe(`POST ${body.length}`);
    });

    it('and keeps the problems that the backend itself tells', async () => {
      answer = (_, response) => {
        response
          .writeHead(503, { 'Content-Type': 'application/problem+json', 'Retry-After': '7' })
          .end('{"status":503}');
      };
      const { statusCode, headers, text } = await call('/api/v1/caches');
      expect([statusCode, headers['retry-after'], text]).toEqual([503, '7', '{"status":503}']);
    });

    it('and streams events as they come', async () => {
      const { promise: finished, resolve: finish } = /** @type {any} */ (Promise).withResolvers();
      answer = (_, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('id: 1\n\n');
        void finished.then(() => response.end('id: 2\n\n'));
      };
      const [response] = await once(
        get(`${base}/api/v1/caches/a/events/stream`, { agent: false }),
        'response',
      );
      const [first] = await once(response.setEncoding('utf8'), 'data');
      expect(first).toBe('id: 1\n\n');
      finish();
      const [second] = await once(response, 'data');
      expect(second).toBe('id: 2\n\n');
    });
  });

  it('tells its own errors under /api as problems', async () => {
    const body = Buffer.alloc(21 * 1024 * 1024);
    const tooLarge = await call('/api/v1/caches/a/entries/batch', {
      method: 'POST',
      body,
      headers: { Expect: '100-continue' },
    });
    expect(tooLarge.statusCode).toBe(413);
    expect(tooLarge.headers['content-type']).toContain('application/problem+json');
    expect(JSON.parse(tooLarge.text)).toEqual(
      jasmine.objectContaining({ type: '/api/v1/problems/body-too-large', status: 413 }),
    );

    answer = (incoming) => incoming.socket.destroy();
    const away = await call('/api/v1/caches');
    expect(away.statusCode).toBe(502);
    expect(away.headers['retry-after']).toBe('1');
    expect(away.headers['content-type']).toContain('application/problem+json');
    expect(JSON.parse(away.text).status).toBe(502);
  });

  it('lets a WebSocket through at /ws', async () => {
    backend.once('upgrade', (incoming, socket) => {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
          `Sec-WebSocket-Protocol: ${incoming.headers['sec-websocket-protocol']}\r\nX-Path: ${incoming.url}\r\n\r\n`,
      );
      socket.on('data', (/** @type {Buffer} */ chunk) => socket.end(chunk));
    });
    const handshake = get(`${base}/ws?cache=a&prefix=x%2Fy`, {
      agent: false,
      headers: { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Protocol': 'lapse.v1' },
    });
    const [response, socket] = await once(handshake, 'upgrade');
    expect(response.headers['sec-websocket-protocol']).toBe('lapse.v1');
    expect(response.headers['x-path']).toBe('/ws?cache=a&prefix=x%2Fy');
    socket.write('echo');
    expect(String((await once(socket, 'data'))[0])).toBe('echo');
    socket.destroy();
  });

  it('answers for the health of the backend', async () => {
    answer = (incoming, response) => response.writeHead(incoming.url === '/readyz' ? 503 : 200).end();
    expect((await call('/livez')).statusCode).toBe(200);
    expect((await call('/readyz')).statusCode).toBe(503);
  });
});

/** Whether this nginx follows names that change their address: open source since 1.27.3. */
function knowsResolve() {
  const version = execFileSync('/bin/sh', ['-c', '"$0" -v 2>&1', program], { encoding: 'utf8' });
  const [major = 0, minor = 0, patch = 0] = (/nginx\/([\d.]+)/.exec(version)?.[1] ?? '')
    .split('.')
    .map(Number);
  return major * 1e6 + minor * 1e3 + patch >= 1_027_003;
}
