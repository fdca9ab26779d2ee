/**
 * A sheet of boxes, arrows and words, laid out by hand in pixels, as SVG text. It follows the reader's colour scheme
 * and has a ground of its own, so that it can be read on any page; its fonts are the reader's.
 */

/** @typedef {[x: number, y: number]} Point */
/** @typedef {'plain' | 'ours' | 'redis'} Kind whose it is: of the outside, of Lapse, or of Redis */

/** The colours of the UI: frontend/src/theme/_palette.scss. */
const LIGHT = {
  ground: '#ffffff',
  edge: '#d5dae1',
  lane: '#f5f6f8',
  text: '#171b21',
  text2: '#4d5663',
  line: '#7b8593',
  accent: '#0b6e75',
  plain: ['#ffffff', '#c9d0d9'],
  ours: ['#e3f2f2', '#0b6e75'],
  redis: ['#fdf0ef', '#c2483d'],
};
const DARK = {
  ground: '#0c0f12',
  edge: '#2b323a',
  lane: '#13171b',
  text: '#e7eaee',
  text2: '#aab3bf',
  line: '#7f8a98',
  accent: '#56d0c8',
  plain: ['#1a1f24', '#3a424c'],
  ours: ['#12302f', '#56d0c8'],
  redis: ['#2b1816', '#e07a6e'],
};

/** @param {typeof LIGHT} colours */
const rules = ({ ground, edge, lane, text, text2, line, accent, ...kinds }) => `
  .ground { fill: ${ground}; stroke: ${edge} }
  .lane { fill: ${lane} }
  text { fill: ${text} }
  .small, .label, .lane-name { fill: ${text2} }
  .halo { stroke: ${ground} }
  .on-lane { stroke: ${lane} }
  .arrow { stroke: ${line} }
  .head { fill: ${line} }
  .step { fill: ${accent} }
  .number { fill: ${ground} }
${Object.entries(kinds)
  .map(([kind, [fill, stroke]]) => `  .${kind} { fill: ${fill}; stroke: ${stroke} }`)
  .join('\n')}`;

const STYLE = `
  text { font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', Helvetica, Arial, sans-serif }
  .title { font-weight: 600; font-size: 14px }
  .small, .label { font-size: 12px }
  .lane-name { font-weight: 600; font-size: 12px; letter-spacing: .06em }
  .phase { font-weight: 600; font-size: 15px }
  .halo, .on-lane { paint-order: stroke; stroke-width: 5px; stroke-linejoin: round }
  .arrow { fill: none; stroke-width: 1.5 }
  .dashed { stroke-dasharray: 4 4 }
  .number { font-weight: 700; font-size: 11px }${rules(LIGHT)}
  @media (prefers-color-scheme: dark) {${rules(DARK).replaceAll('\n', '\n  ')}
  }`;

/** How much a corner of an arrow is rounded, and how long its head is. */
const CORNER = 8;
const HEAD = 8;

export class Sheet {
  #width;
  #height;
  #about;
  /** @type {string[]} */
  #parts = [];

  /**
   * @param {number} width
   * @param {number} height
   * @param {{ title: string, description: string }} about for those who cannot see it
   */
  constructor(width, height, about) {
    this.#width = width;
    this.#height = height;
    this.#about = about;
  }

  /**
   * A band that says where its boxes live.
   * @param {{ x: number, y: number, w: number, h: number, name: string }} lane
   */
  lane({ x, y, w, h, name }) {
    this.#add(`<rect class="lane" x="${x}" y="${y}" width="${w}" height="${h}" rx="10"/>`);
    this.#text(x + 14, y + 22, name.toUpperCase(), 'lane-name');
  }

  /**
   * A box with a title and lines under it. `step` is a number on its corner.
   * @param {{ x: number, y: number, w: number, h: number, kind: Kind, title: string, lines?: string[], step?: number }} box
   */
  box({ x, y, w, h, kind, title, lines = [], step }) {
    this.#add(
      `<rect class="${kind}" x="${x}" y="${y}" width="${w}" height="${h}" rx="8" stroke-width="1.5"/>`,
    );
    const top = y + h / 2 - lines.length * 9 + 5;
    this.#text(x + w / 2, top, title, 'title', 'middle');
    lines.forEach((line, at) => this.#text(x + w / 2, top + 20 + at * 17, line, 'small', 'middle'));
    if (step === undefined) return;
    this.#add(`<circle class="step" cx="${x}" cy="${y}" r="10"/>`);
    this.#text(x, y + 4, String(step), 'number', 'middle');
  }

  /**
   * A line with a head at its last point, its corners rounded. A label stands at `at`, or over its last part.
   * @param {Point[]} points
   * @param {{ label?: string, at?: Point, anchor?: string, dashed?: boolean, lane?: boolean }} [options] `lane`: the
   *   label lies on a lane
   */
  arrow(points, { label, at, anchor = 'middle', dashed = false, lane = false } = {}) {
    const [from, to] = /** @type {[Point, Point]} */ (points.slice(-2));
    this.#head(from, to);
    const shaft = [...points.slice(0, -1), towards(to, from, HEAD - 2)];
    this.#add(`<path class="arrow${dashed ? ' dashed' : ''}" d="${rounded(shaft)}"/>`);
    if (!label) return;
    const [x, y] = at ?? above(from, to);
    this.#text(x, y, label, `label ${lane ? 'on-lane' : 'halo'}`, anchor);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {string} text
   * @param {{ of?: 'phase' | 'small', anchor?: string }} [options]
   */
  words(x, y, text, { of = 'small', anchor = 'start' } = {}) {
    this.#text(x, y, text, of, anchor);
  }

  toString() {
    const { title, description } = this.#about;
    const [w, h] = [this.#width, this.#height];
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img">
<!-- Drawn by scripts/diagrams.mjs: change that, not this. -->
<title>${escaped(title)}</title>
<desc>${escaped(description)}</desc>
<style>${STYLE}
</style>
<rect class="ground" x="0.5" y="0.5" width="${w - 1}" height="${h - 1}" rx="12"/>
${this.#parts.join('\n')}
</svg>
`;
  }

  /** @param {Point} from @param {Point} to */
  #head(from, to) {
    const [x, y] = to;
    const turn = (Math.atan2(y - from[1], x - from[0]) * 180) / Math.PI;
    this.#add(
      `<path class="head" d="M0 0L-${HEAD} -4V4Z" transform="translate(${x} ${y}) rotate(${Math.round(turn)})"/>`,
    );
  }

  /** @param {number} x @param {number} y @param {string} text @param {string} of @param {string} [anchor] */
  #text(x, y, text, of, anchor = 'start') {
    this.#add(`<text class="${of}" x="${x}" y="${y}" text-anchor="${anchor}">${escaped(text)}</text>`);
  }

  /** @param {string} part */
  #add(part) {
    this.#parts.push(part);
  }
}

/** @param {Point} from @param {Point} to @param {number} by @returns {Point} */
function towards([x, y], [toX, toY], by) {
  const length = Math.hypot(toX - x, toY - y);
  return [x + ((toX - x) * by) / length, y + ((toY - y) * by) / length];
}

/** @param {Point} a @param {Point} b @returns {Point} */
function above([ax, ay], [bx, by]) {
  return [(ax + bx) / 2, (ay + by) / 2 - 7];
}

/** @param {Point[]} points */
function rounded(points) {
  return points
    .map((point, at) => {
      const [before, after] = [points[at - 1], points[at + 1]];
      if (!before) return `M${point.join(' ')}`;
      if (!after) return `L${point.join(' ')}`;
      const [from, to] = [towards(point, before, CORNER), towards(point, after, CORNER)];
      return `L${from.join(' ')}Q${point.join(' ')} ${to.join(' ')}`;
    })
    .join('');
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
