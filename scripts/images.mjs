import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { parse } from 'yaml';
import { ROOT } from './paths.mjs';

/** What the tests of docker-compose.yaml and of the Dockerfiles ask of them, there being no Docker to ask. */

/**
 * docker-compose.yaml as Compose reads it: anchors merged, variables at their defaults.
 * @returns {{ services: Record<string, any>, networks: Record<string, any>, volumes: Record<string, any> }}
 */
export function readCompose() {
  const text = readFileSync(join(ROOT, 'docker-compose.yaml'), 'utf8');
  return parse(
    text.replace(/\$\{\w+:-([^}]*)\}/g, (_, fallback) => fallback),
    { merge: true },
  );
}

/** @param {string} path from the root */
export function readDockerfile(path) {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const dockerfile = DockerfileParser.parse(text);
  const instructions = dockerfile.getInstructions();
  const stages = dockerfile.getFROMs().map((from) => from.getBuildStage());
  /** @param {string} keyword */
  const last = (keyword) =>
    instructions.findLast((one) => one.getKeyword() === keyword)?.getArgumentsContent() ?? '';
  return {
    text,
    /** The images that it builds on, its own stages apart. */
    bases: dockerfile.getFROMs().flatMap((from) => {
      const image = from.getImage() ?? '';
      return stages.includes(image) ? [] : [image];
    }),
    user: last('USER'),
    command: /** @type {string[]} */ (JSON.parse(last('CMD'))),
    ports: instructions
      .filter((one) => one.getKeyword() === 'EXPOSE')
      .flatMap((one) => one.getArguments().map(String)),
    /** What it copies from the repository. */
    sources: dockerfile.getCOPYs().flatMap((copy) => {
      const words = copy.getArguments().map((word) => word.getValue());
      return copy.getFromFlag() ? [] : words.slice(0, -1);
    }),
    env: Object.fromEntries(
      dockerfile
        .getENVs()
        .flatMap((env) => env.getProperties().map((one) => [one.getName(), one.getValue() ?? ''])),
    ),
  };
}
