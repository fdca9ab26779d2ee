// `node scripts/diagrams.mjs` draws images/system.svg and images/entry-path.svg. A test sees to it that they are what
// this draws.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from './paths.mjs';
import { Sheet } from './svg.mjs';

/** @typedef {import('./svg.mjs').Point} Point */

/**
 * The points of a line: `from` an x and a y, then each number another x or y in turn, beginning with `turns`.
 * @param {Point} from
 * @param {'x' | 'y'} turns
 * @param {number[]} to
 * @returns {Point[]}
 */
function line(from, turns, ...to) {
  const points = [from];
  let [x, y] = from;
  to.forEach((next, at) => {
    if ((turns === 'x') === (at % 2 === 0)) x = next;
    else y = next;
    points.push([x, y]);
  });
  return points;
}

/** What runs, and who talks to whom. */
function system() {
  const sheet = new Sheet(1020, 372, {
    title: 'The parts of Lapse',
    description:
      'A browser reaches nginx, which serves the web UI and passes /api and /ws on to the backends. Other programs ' +
      'reach a backend directly: HTTP on port 8080, WebSocket on port 8081. Any number of backends, all alike, run on ' +
      'one Redis or Redis Cluster. They run scripts there, and hear of logged records and of expired fuses.',
  });
  sheet.box({ x: 24, y: 62, w: 112, h: 84, kind: 'plain', title: 'Browser', lines: ['web UI'] });
  sheet.box({ x: 196, y: 62, w: 112, h: 84, kind: 'ours', title: 'nginx', lines: ['port 80'] });
  const programs = ['curl, EventSource, WebSocket,', 'anything that speaks HTTP'];
  sheet.box({ x: 24, y: 232, w: 284, h: 84, kind: 'plain', title: 'Your programs', lines: programs });

  sheet.lane({ x: 396, y: 20, w: 364, h: 332, name: 'Backends: any number, all alike' });
  sheet.box({ x: 414, y: 58, w: 132, h: 112, kind: 'ours', title: 'REST, SSE', lines: ['port 8080'] });
  sheet.box({ x: 414, y: 202, w: 132, h: 132, kind: 'ours', title: 'WebSocket', lines: ['port 8081'] });
  sheet.box({ x: 610, y: 58, w: 132, h: 68, kind: 'ours', title: 'Entries', lines: ['and caches'] });
  sheet.box({ x: 610, y: 152, w: 132, h: 68, kind: 'ours', title: 'Consumer', lines: ['hub, replays'] });
  sheet.box({ x: 610, y: 246, w: 132, h: 88, kind: 'ours', title: 'Sweeper', lines: ['settler'] });
  const contents = ['or a Redis Cluster', '', 'entries', 'their indexes', 'event logs', 'fuses'];
  sheet.box({ x: 866, y: 58, w: 130, h: 276, kind: 'redis', title: 'Redis', lines: contents });

  sheet.arrow(line([136, 104], 'x', 196));
  sheet.arrow(line([308, 104], 'x', 396), { label: '/api, /ws', at: [351, 97] });
  sheet.arrow(line([308, 274], 'x', 396), { label: 'http, ws', at: [351, 267] });
  sheet.arrow(line([546, 92], 'x', 610));
  sheet.arrow(line([610, 176], 'x', 578, 142, 546));
  sheet.arrow(line([610, 196], 'x', 578, 230, 546));
  sheet.arrow(line([742, 92], 'x', 866), { label: 'scripts', at: [813, 85] });
  sheet.arrow(line([866, 186], 'x', 742), { label: 'records', at: [813, 179] });
  sheet.arrow(line([742, 276], 'x', 866), { label: 'touch, settle', at: [813, 269] });
  sheet.arrow(line([866, 308], 'x', 742), { label: 'fuse expired', at: [813, 301] });
  return sheet;
}

/** The columns of the second drawing, by their left edge, and its rows, by the top and height of their boxes. */
const WRITE = 40;
const SWEEP = 292;
const SETTLE = 540;
const DELIVER = 788;
/** @satisfies {Record<string, { y: number, h: number, kind: import('./svg.mjs').Kind }>} */
const ROWS = {
  clients: { y: 94, h: 62, kind: 'plain' },
  backends: { y: 226, h: 78, kind: 'ours' },
  redis: { y: 372, h: 108, kind: 'redis' },
};
const WIDTH = 196;

/** What happens to one entry from PUT to `expired`. The numbers are those of ARCHITECTURE.md. */
function entryPath() {
  const sheet = new Sheet(1020, 548, {
    title: 'The path of one entry',
    description:
      'Write: a PUT becomes one script that stores the entry, its indexes and a record in the log, and lights the ' +
      'fuse of the shard. At the deadline: the sweeper touches the fuse, Redis announces that it expired, and the ' +
      'settler runs the script that ends all that is due. Delivery: each record is published, passed on in order by ' +
      'every backend, and sent to WebSocket and SSE clients.',
  });
  /** @param {number} x @param {keyof typeof ROWS} row @param {string} title @param {string[]} lines @param {number} [step] */
  const box = (x, row, title, lines, step) => sheet.box({ x, w: WIDTH, ...ROWS[row], title, lines, step });

  sheet.words(WRITE, 38, 'Write', { of: 'phase' });
  sheet.words(SWEEP, 38, 'At the deadline', { of: 'phase' });
  sheet.words(DELIVER, 38, 'Delivery', { of: 'phase' });
  sheet.lane({ x: 20, y: 54, w: 980, h: 120, name: 'Clients' });
  sheet.lane({ x: 20, y: 186, w: 980, h: 134, name: 'Backends' });
  sheet.lane({ x: 20, y: 332, w: 980, h: 196, name: 'Redis' });

  box(WRITE, 'clients', 'PUT …/entries/k', ['value, ttlMs: 5000'], 1);
  box(WRITE, 'backends', 'Entries', ['checks, then', 'one round trip']);
  const stored = ['the body and three indexes:', 'key, deadline, last use', 'a record in the log'];
  box(WRITE, 'redis', 'operate.lua, atomic', stored, 2);
  box(SWEEP, 'redis', 'Fuse', ['one key a shard: its ttl', "ends at the shard's", 'earliest deadline'], 3);
  box(SWEEP, 'backends', 'Sweeper', ['sleeps until the deadline,', 'touches the fuse'], 4);
  box(SETTLE, 'backends', 'Settler', ['on the notification, or', '20 ms later without it'], 5);
  const settled = ['ends what is due, once,', 'logs its last value,', 'lights the fuse anew'];
  box(SETTLE, 'redis', 'settle.lua', settled, 6);
  box(DELIVER, 'redis', 'Event log', ['a stream for each cache,', 'numbered without holes'], 7);
  box(DELIVER, 'backends', 'Consumer, hub', ['in order, each once,', 'one write a turn'], 8);
  box(DELIVER, 'clients', 'WebSocket, SSE', ['expired, with the last value']);

  sheet.arrow(line([138, 156], 'y', 226));
  sheet.arrow(line([138, 304], 'y', 372));
  sheet.arrow(line([236, 426], 'x', SWEEP));
  sheet.arrow(line([390, 304], 'y', 372));
  sheet.arrow(line([488, 426], 'x', 514, 265, SETTLE));
  sheet.arrow(line([638, 304], 'y', 372));
  sheet.arrow(line([736, 426], 'x', DELIVER));
  sheet.arrow(line([138, 480], 'y', 508, 886, 480), { label: 'created', at: [512, 501], lane: true });
  sheet.arrow(line([846, 372], 'y', 304), { label: 'live', at: [838, 355], anchor: 'end', lane: true });
  const missed = { label: 'missed', at: /** @type {Point} */ ([934, 355]), anchor: 'start', lane: true };
  sheet.arrow(line([926, 372], 'y', 304), { ...missed, dashed: true });
  sheet.arrow(line([886, 226], 'y', 156));
  return sheet;
}

const DRAWINGS = { system, 'entry-path': entryPath };

/** Every drawing as SVG text, by the path of its file. */
export function drawings() {
  return Object.entries(DRAWINGS).map(([name, draw]) => ({
    path: join(ROOT, 'images', `${name}.svg`),
    svg: String(draw()),
  }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { path, svg } of drawings()) writeFileSync(path, svg);
}
