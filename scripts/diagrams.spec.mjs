import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { drawings } from './diagrams.mjs';
import { ROOT } from './paths.mjs';

describe('The diagrams', () => {
  for (const { path, svg } of drawings()) {
    it(`are what scripts/diagrams.mjs draws: ${relative(ROOT, path)}`, () => {
      expect(readFileSync(path, 'utf8') === svg)
        .withContext('run: node scripts/diagrams.mjs')
        .toBeTrue();
    });

    it(`can be read without being seen: ${relative(ROOT, path)}`, () => {
      expect(svg).toMatch(/<title>[^<]+<\/title>\n<desc>[^<]{80,}<\/desc>/);
    });
  }
});
