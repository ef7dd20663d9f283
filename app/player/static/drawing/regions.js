// @ts-check
/** A classifier over two features, asked on a grid: the region of each class, and the lines between them. */

/** @typedef {import("./theme.js").Theme} Theme */
/** @typedef {import("./data.js").Pair} Pair */
/** @typedef {import("./data.js").Line} Line */
/** @typedef {import("./data.js").Data} Data */

/** Points a side at which a classifier is asked, for the selected run and for the others; pixels of a tint in each cell. */
export const [FINE, COARSE, SUB] = [48, 32, 3];

// A grid of scores and of the classes with the largest, and the lines between those: one grid for all runs, to spare the memory.
let scores = new Float64Array(0);
const labels = new Uint8Array(FINE * FINE);
const crossings = new Float32Array(6 * FINE * FINE);
const links = new Int32Array(12 * FINE * FINE);
const degree = new Uint8Array(3 * FINE * FINE);
const hidden = new Float64Array(256);

/** The class with the largest score. @param {number[]} sizes @param {ArrayLike<number>} w @param {number} x @param {number} y */
function answer(sizes, w, x, y, into = 0) {
  const count = sizes[sizes.length - 1];
  const units = sizes.length > 2 ? sizes[1] : 0;
  const inputs = units || 2;
  if (scores.length < into + count) scores = new Float64Array(FINE * FINE * count);
  // This is tanh, three times as quick as Math.tanh.
  for (let j = 0; j < units; j++) hidden[j] = 1 - 2 / (1 + Math.exp(2 * (w[2 * j] * x + w[2 * j + 1] * y + w[2 * units + j])));
  if (!units) [hidden[0], hidden[1]] = [x, y];
  let best = 0;
  for (let k = 0; k < count; k++) {
    let sum = w[3 * units + count * inputs + k];
    for (let j = 0; j < inputs; j++) sum += w[3 * units + k * inputs + j] * hidden[j];
    scores[into + k] = sum;
    if (sum > scores[into + best]) best = k;
  }
  return best;
}

/** Fill the grid, and tell how many classes there are. @param {Data} data @param {ArrayLike<number>} w @param {number} n */
export function ask({ sizes, extent: [[x0, x1], [y0, y1]] }, w, n) {
  const count = sizes[sizes.length - 1];
  for (let j = 0, p = 0; j < n; j++) for (let i = 0; i < n; i++, p++) {
    labels[p] = answer(sizes, w, x0 + ((x1 - x0) * i) / (n - 1), y0 + ((y1 - y0) * j) / (n - 1), p * count);
  }
  return count;
}

/** Paint the regions of the grid, finer than it is. @param {HTMLCanvasElement} canvas @param {Theme} theme @param {number} count @param {number} n */
export function paint(canvas, theme, count, n) {
  const side = (n - 1) * SUB;
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  const image = ctx.createImageData(side, side);
  const pixels = new Uint32Array(image.data.buffer);
  const slates = Uint32Array.from(theme.ramp, (colour) => [5, 3, 1].reduce((sum, at) => sum * 256 + parseInt(colour.slice(at, at + 2), 16), 255));
  for (let j = 0; j < n - 1; j++) for (let i = 0; i < n - 1; i++) {
    const p = j * n + i;
    const first = (side - 1 - j * SUB) * side + i * SUB;
    const even = labels[p + 1] === labels[p] && labels[p + n] === labels[p] && labels[p + n + 1] === labels[p];
    const slate = slates[labels[p] % slates.length];
    for (let J = 0; J < SUB; J++) for (let I = 0; I < SUB; I++) {
      pixels[first - J * side + I] = even ? slate : slates[between(p * count, (I + 0.5) / SUB, (J + 0.5) / SUB, count, n * count) % slates.length];
    }
  }
  ctx.putImageData(image, 0, 0);
}

/** The class at a place within a cell. @param {number} at @param {number} u @param {number} v @param {number} count @param {number} row */
function between(at, u, v, count, row) {
  let best = 0;
  let most = -Infinity;
  for (let k = 0; k < count; k++, at++) {
    const low = scores[at] * (1 - u) + scores[at + count] * u;
    const score = low * (1 - v) + (scores[at + row] * (1 - u) + scores[at + row + count] * u) * v;
    if (score > most) best = k;
    most = Math.max(most, score);
  }
  return best;
}

/**
 * The lines between the regions of the grid.
 * @param {{left: number, top: number, right: number, bottom: number}} box
 * @param {number} count
 * @param {number} n
 * @param {number} lane
 * @returns {Line}
 */
export function boundary({ left, top, right, bottom }, count, n, lane) {
  /** @type {number[]} */ const nodes = [];
  const place = (/** @type {number} */ id, /** @type {number} */ x, /** @type {number} */ y) => {
    crossings[2 * id] = left + (x / (n - 1)) * (right - left);
    crossings[2 * id + 1] = bottom - (y / (n - 1)) * (bottom - top);
    return id;
  };
  // Where two classes are even, between a place of the one and its neighbour of the other.
  const cross = (/** @type {number} */ id, /** @type {number} */ p, /** @type {number} */ q) => {
    const [a, b] = [labels[p], labels[q]];
    const near = scores[p * count + a] - scores[p * count + b];
    const share = near / (near + scores[q * count + b] - scores[q * count + a]);
    const s = share >= 0 ? share : 0.5;
    return place(id, (p % n) + (q - p === 1 ? s : 0), Math.floor(p / n) + (q - p === n ? s : 0));
  };
  const link = (/** @type {number} */ from, /** @type {number} */ to) => {
    if (!degree[from]) nodes.push(from);
    links[4 * from + degree[from]++] = to;
  };
  for (let j = 0; j < n - 1; j++) for (let i = 0; i < n - 1; i++) {
    const p = j * n + i;
    const [a, b, c, d] = [p, p + 1, p + n, p + n + 1];
    const met = [];
    if (labels[a] !== labels[b]) met.push(cross(a, a, b));
    if (labels[c] !== labels[d]) met.push(cross(c, c, d));
    if (labels[a] !== labels[c]) met.push(cross(n * n + a, a, c));
    if (labels[b] !== labels[d]) met.push(cross(n * n + b, b, d));
    // Two are joined; three or four meet in the middle.
    const hub = met.length > 2 ? place(2 * n * n + p, i + 0.5, j + 0.5) : met[1];
    for (const id of met) if (id !== hub) {
      link(id, hub);
      link(hub, id);
    }
  }
  const path = new Path2D();
  /** @type {Pair | null} */ let mark = null;
  let nearest = Infinity;
  const draw = (/** @type {number} */ id, /** @type {"moveTo" | "lineTo"} */ how) => {
    const [x, y] = [crossings[2 * id], crossings[2 * id + 1]];
    path[how](x, y);
    const away = Math.hypot(x - left - lane * (right - left), y - (top + bottom) / 2);
    if (away < nearest) [nearest, mark] = [away, [x, y]];
  };
  // Ends and forks first, so that a line is one piece and its dashes are even; then what is closed.
  for (const odd of [true, false]) for (const first of nodes) while (odd ? degree[first] % 2 : degree[first]) {
    let at = first;
    draw(at, "moveTo");
    while (degree[at]) {
      const next = links[4 * at + --degree[at]];
      const back = links.indexOf(at, 4 * next);
      links[back] = links[4 * next + --degree[next]];
      at = next;
      draw(at, "lineTo");
    }
  }
  return { path, mark };
}
