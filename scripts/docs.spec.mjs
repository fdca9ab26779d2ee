import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './paths.mjs';

/** @param {string} path from the root */
const read = (path) => readFileSync(join(ROOT, path), 'utf8');

/** @param {string} folder from the root @param {RegExp} names @returns {string[]} */
const filesIn = (folder, names) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => names.test(name))
    .map((name) => join(folder, name));

/** Every match's first group. @param {string} text @param {RegExp} pattern with the flag g */
const all = (text, pattern) => [...text.matchAll(pattern)].map(([, found]) => /** @type {string} */ (found));

/** @param {string[]} names */
const sorted = (names) => [...new Set(names)].sort();

const PAGES = [...filesIn('.', /\.md$/), ...filesIn('docs', /\.md$/), ...filesIn('docs/decisions', /\.md$/)];

/** A heading's anchor, as GitHub makes it. @param {string} heading */
const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

/** @param {string} page @param {string} heading the part of the page under it, up to the next */
function section(page, heading) {
  const [, part] = read(page).split(new RegExp(`^#+ ${heading}$`, 'm'));
  if (part === undefined) throw new Error(`${page} has no heading "${heading}"`);
  return /** @type {string} */ (part.split(/^#+ /m)[0]);
}

/** The names in the first column of a part's tables. @param {string} part */
const firstColumn = (part) => all(part, /^\| `(\w+)`/gm);

describe('The documentation', () => {
  for (const page of PAGES) {
    it(`leads nowhere that does not exist: ${page}`, () => {
      const text = read(page).replaceAll(/^```[^]*?^```/gm, '');
      const links = [...all(text, /\]\(([^)\s]+)\)/g), ...all(text, /(?:src|srcset)="([^"]+)"/g)];
      const broken = links.filter((link) => {
        if (/^https?:/.test(link)) return false;
        const [path, anchor] = link.split('#');
        const target = path ? join(dirname(page), path) : page;
        if (!existsSync(join(ROOT, target))) return true;
        return anchor && !all(read(target), /^#+ (.+)$/gm).some((heading) => anchorOf(heading) === anchor);
      });
      expect(broken).toEqual([]);
    });
  }

  it('has examples in JSON that can be read', () => {
    const examples = PAGES.flatMap((page) => all(read(page), /^```json\n([^]*?)^```/gm));
    expect(examples.length).toBeGreaterThan(10);
    for (const example of examples) expect(() => JSON.parse(example)).not.toThrow();
  });

  it('lists the settings that there are', () => {
    const settings = sorted(all(read('scripts/settings.mjs'), /env\.([A-Z_]+)/g));
    expect(settings.length).toBeGreaterThan(5);
    for (const page of ['README.md', 'docs/operations.md']) {
      expect(sorted(firstColumn(section(page, 'Settings')))).toEqual(settings);
    }
  });

  it('lists the metrics that there are', () => {
    const metrics = sorted(all(read('backend/src/http/metrics.ts'), /'(lapse_\w+)'/g));
    expect(sorted(firstColumn(section('docs/operations.md', 'Metrics')))).toEqual(metrics);
  });

  it('names every script of package.json that a contributor needs, and no other', () => {
    const named = sorted(all(read('CONTRIBUTING.md'), /`npm (?:run )?(\w+)(?: [^`]*)?`/g));
    expect(named.filter((name) => !(name in JSON.parse(read('package.json')).scripts))).toEqual([]);
  });

  describe('of the protocol', () => {
    const PROTOCOL = 'docs/protocol.md';
    const examples = all(read(PROTOCOL), /^```json\n([^]*?)^```/gm).map((text) => JSON.parse(text));

    it('has an example of every frame', () => {
      const frames = sorted(all(read('protocol/src/frames.ts'), /^ {2}type: '(\w+)'/gm));
      expect(frames.length).toBe(12);
      const shown = examples.filter(
        ({ type, cursor }) => type && !(cursor && type !== 'subscribed' && type !== 'live'),
      );
      expect(sorted(shown.map(({ type }) => type))).toEqual(frames);
    });

    it('explains every type of event and every reason', () => {
      const source = read('protocol/src/event.ts');
      const events = section(PROTOCOL, 'Events');
      const types = all(source.split('] as const')[0] ?? '', /^ {2}'(\w+)',$/gm);
      expect(firstColumn(events)).toEqual(types);
      const reasons = all(/EventReason =([^;]+);/.exec(source)?.[1] ?? '', /'(\w+)'/g);
      expect(reasons.filter((reason) => !events.includes(`\`${reason}\``))).toEqual([]);
    });

    it('explains every error that a connection may be told', () => {
      const [, list] = read('protocol/src/frames.ts').split('ERROR_CODES = [');
      const backend = filesIn('backend/src/realtime', /(?<!spec)\.ts$/)
        .map(read)
        .join('\n');
      const sent = all(list?.split(']')[0] ?? '', /'(\w+)'/g).filter((code) => backend.includes(`'${code}'`));
      expect(sorted(firstColumn(section(PROTOCOL, 'What a server sends')))).toEqual(sorted(sent));
    });

    it('says what to do after every close code', () => {
      const codes = all(read('protocol/src/close-codes.ts'), /: (\d{4}),/g);
      expect(codes.length).toBeGreaterThan(5);
      const explained = all(section(PROTOCOL, 'Close codes'), /^\| ([\d, ]+)\|/gm).flatMap((cell) =>
        cell.trim().split(', '),
      );
      expect(codes.filter((code) => !explained.includes(code))).toEqual([]);
    });
  });
});
