// @ts-check
/**
 * Paths on the screen, told apart: where several run along one line each has a lane of its own beside it. A lane belongs to
 * the stretch, not to the moment: it is worked out once for all steps, so that nothing shifts while time flows.
 *
 * @typedef {[number, number]} Pair
 *
 * A path as it is drawn.
 * @typedef {object} Track
 * @property {Float64Array} x   of its vertices, pixels; NaN where the run is nowhere
 * @property {Float64Array} y
 * @property {Int32Array} ends  how many vertices belong to the way up to each step
 */

import { cut } from "./canvas.js";

/** Pixels from one lane to the next, and how near paths must come to one another to be on one line. */
export const LANE = 4.6;
const NEAR = 3.4;
/** Pixels between the places where a path is looked at, and over how many of them a lane begins. */
const EVERY = 4;
const EASE = 7;
/** Lines are along one another if they turn by less than that, in radians, over more than so many pixels. */
const ALONG = 0.3;
const SHORTEST = 45;
/** Steps that are shorter than so many pixels have no way of their own: a run that rests must not turn its lane about. */
const LEAST = 2;
/** Ways within a cell are told apart to this part of a circle. */
const WAYS = 16;
/** A path that is longer than so many looks is looked at less often. */
const MOST = 5000;
/** So many pixels behind a marker say which way its path goes. */
const BEHIND = 24;
/** Pixels far outside the picture, where nothing is looked at. */
const FAR = 4000;

/**
 * @param {{xy: Float32Array}[]} runs
 * @param {(x: number, y: number) => Pair} pixel
 * @param {import("./labels.js").Box} [box] beyond which nothing is seen
 * @param {(k: number, step: number) => boolean} [seen] whether a run's way to a step is drawn; what is not takes no lane
 * @returns {Track[]}
 */
export function tracksOf(runs, pixel, box = { left: -FAR, right: FAR, top: -FAR, bottom: FAR }, seen = () => true) {
  const looks = runs.map(({ xy }, k) => lookedAt(xy, pixel, box, (step) => seen(k, step)));
  if (runs.length < 2) return looks.map(({ x, y, ends }) => ({ x, y, ends }));
  const grid = gridOf(looks);
  return looks.map((look, k) => {
    const dx = new Float64Array(look.x.length);
    const dy = new Float64Array(look.x.length);
    for (let i = 0; i < dx.length; i++) {
      const [offset, way] = lane(look, i, k, looks, grid);
      if (offset) [dx[i], dy[i]] = [-Math.sin(way) * offset, Math.cos(way) * offset];
    }
    alone(look, dx, dy);
    const [ex, ey] = [ease(dx), ease(dy)];
    return { x: look.x.map((x, i) => x + ex[i]), y: look.y.map((y, i) => y + ey[i]), ends: look.ends };
  });
}

/** Where paths only cross, at however small an angle, no lane is taken. @param {Look} look @param {Float64Array} dx @param {Float64Array} dy */
function alone({ x, y }, dx, dy) {
  for (let from = 0; from < dx.length; from++) {
    if (!dx[from] && !dy[from]) continue;
    let [to, length] = [from, 0];
    while (to + 1 < dx.length && (dx[to + 1] || dy[to + 1])) {
      to += 1;
      length += Math.hypot(x[to] - x[to - 1], y[to] - y[to - 1]);
    }
    if (length < SHORTEST && from > 0 && to < dx.length - 1) {
      dx.fill(0, from, to + 1);
      dy.fill(0, from, to + 1);
    }
    from = to;
  }
}

/** @typedef {Track & {angle: Float64Array, seen: Uint8Array}} Look */

/**
 * A path, divided finely enough to be compared wherever it is seen.
 * @param {Float32Array} xy
 * @param {(x: number, y: number) => Pair} pixel
 * @param {import("./labels.js").Box} box
 * @param {(step: number) => boolean} drawn
 * @returns {Look}
 */
function lookedAt(xy, pixel, box, drawn) {
  const steps = xy.length / 2;
  const at = Array.from({ length: steps }, (_, i) => pixel(xy[2 * i], xy[2 * i + 1]));
  // A position beyond all numbers has no line that leads there.
  const parts = at.map(([x, y], i) => (i && Number.isFinite(x + y + at[i - 1][0] + at[i - 1][1]) ? cut(...at[i - 1], x, y, box) : null));
  const long = (/** @type {number} */ i) => Math.hypot(at[i][0] - at[i - 1][0], at[i][1] - at[i - 1][1]);
  const length = parts.reduce((sum, part, i) => sum + (part ? (part[1] - part[0]) * long(i) : 0), 0);
  const every = Math.max(EVERY, length / MOST);
  /** @type {number[]} */ const x = [];
  /** @type {number[]} */ const y = [];
  /** @type {number[]} */ const angle = [];
  const ends = new Int32Array(steps);
  let [way, mark] = [NaN, at[0]];
  for (let i = 0; i < steps; i++) {
    const [qx, qy] = at[i];
    const part = parts[i];
    if (Math.hypot(qx - mark[0], qy - mark[1]) >= LEAST) {
      way = Math.atan2(qy - mark[1], qx - mark[0]);
      mark = at[i];
    }
    if (part) {
      const [px, py] = at[i - 1];
      const pieces = Math.max(1, Math.ceil(((part[1] - part[0]) * long(i)) / every));
      for (let n = part[0] > 0 ? 0 : 1; n < pieces + Number(part[1] < 1); n++) {
        const share = part[0] + ((part[1] - part[0]) * n) / pieces;
        x.push(px + share * (qx - px));
        y.push(py + share * (qy - py));
        angle.push(way);
      }
    }
    x.push(qx);
    y.push(qy);
    angle.push(way);
    ends[i] = x.length;
  }
  const seen = new Uint8Array(x.length);
  ends.forEach((end, i) => drawn(i) && seen.fill(1, i ? ends[i - 1] : 0, end));
  // Before it first moves it faces the way that it then goes.
  const first = angle.find((one) => !Number.isNaN(one)) ?? 0;
  return { x: Float64Array.from(x), y: Float64Array.from(y), ends, seen, angle: Float64Array.from(angle, (one) => (Number.isNaN(one) ? first : one)) };
}

/** Which looks lie in which cell; of those of one run that go the same way through it the first. @param {Look[]} looks @returns {Map<number, number[]>} */
function gridOf(looks) {
  /** @type {Map<number, number[]>} */ const grid = new Map();
  looks.forEach(({ x, y, angle, seen }, k) => {
    /** @type {Set<number>} */ const known = new Set();
    for (let i = 0; i < x.length; i++) {
      const key = cell(x[i], y[i]);
      const one = key * WAYS + (Math.round((angle[i] / (2 * Math.PI)) * WAYS) & (WAYS - 1));
      if (!seen[i] || Number.isNaN(key) || known.has(one)) continue;
      known.add(one);
      const own = grid.get(key);
      if (own) own.push(k, i);
      else grid.set(key, [k, i]);
    }
  });
  return grid;
}

/** @param {number} x @param {number} y */
function cell(x, y) {
  return Math.abs(x) < FAR && Math.abs(y) < FAR ? Math.round(x / EVERY) * 4096 + Math.round(y / EVERY) : NaN;
}

/**
 * How far a run is moved aside at a place, and across which way: that on which the first of all that pass there came through
 * first, whichever way they go themselves. They have their lanes about the middle of where they are.
 * @param {Look} look
 * @param {number} i
 * @param {number} k
 * @param {Look[]} looks
 * @param {Map<number, number[]>} grid
 * @returns {Pair}
 */
function lane({ x, y, angle, seen }, i, k, looks, grid) {
  const key = cell(x[i], y[i]);
  if (!seen[i] || Number.isNaN(key)) return [0, angle[i]];
  /** @type {Map<number, number>} by run, where it came through first */ const here = new Map([[k, i]]);
  for (let dx = -1; dx <= 1; dx++) for (let dy = -1; dy <= 1; dy++) {
    const others = grid.get(key + 4096 * dx + dy);
    for (let n = 0; others && n < others.length; n += 2) {
      const [j, at] = [others[n], others[n + 1]];
      const other = looks[j];
      if ((here.get(j) ?? Infinity) <= at || Math.abs(Math.sin(other.angle[at] - angle[i])) >= Math.sin(ALONG)) continue;
      // A cell keeps one look of each way, so that along the line the next may be a little off.
      const [px, py] = [other.x[at] - x[i], other.y[at] - y[i]];
      const [cos, sin] = [Math.cos(angle[i]), Math.sin(angle[i])];
      if (Math.abs(py * cos - px * sin) < NEAR && Math.abs(px * cos + py * sin) < 2 * EVERY) here.set(j, at);
    }
  }
  if (here.size < 2) return [0, angle[i]];
  const first = Math.min(...here.keys());
  const way = looks[first].angle[/** @type {number} */ (here.get(first))];
  let [middle, rank] = [0, 0];
  for (const [j, at] of here) {
    if (j !== k) middle += ((looks[j].y[at] - y[i]) * Math.cos(way) - (looks[j].x[at] - x[i]) * Math.sin(way)) / here.size;
    if (j < k) rank += 1;
  }
  return [middle + (rank - (here.size - 1) / 2) * LANE, way];
}

/** A lane begins and ends gently. @param {Float64Array} offset */
function ease(offset) {
  const eased = new Float64Array(offset.length);
  let sum = 0;
  for (let i = -EASE; i < offset.length; i++) {
    sum += (offset[i + EASE] ?? 0) - (offset[i - EASE - 1] ?? 0);
    if (i >= 0) eased[i] = Math.abs(sum) < 1e-9 ? 0 : sum / (Math.min(i, EASE) + Math.min(offset.length - 1 - i, EASE) + 1);
  }
  return eased;
}

/**
 * Where markers are drawn that would lie on one another: fanned out across the path, in their own order; at the start in a
 * row beside its ring.
 * @param {{x: number, y: number, angle: number}[]} heads
 * @param {number} radius
 * @param {Pair | null} ring where the ring of the start is
 * @param {{left: number, right: number}} box
 * @returns {Pair[]}
 */
export function fanned(heads, radius, ring, box) {
  const near = 2.4 * radius;
  const gap = 2.1 * radius;
  /** @type {Pair[]} */ const out = heads.map(({ x, y }) => [x, y]);
  const free = new Set(heads.map((_, i) => i).filter((i) => Number.isFinite(heads[i].x + heads[i].y)));
  if (ring) {
    const begun = [...free].filter((i) => Math.hypot(heads[i].x - ring[0], heads[i].y - ring[1]) < radius);
    const way = ring[0] + (begun.length + 1) * gap < box.right ? 1 : -1;
    begun.forEach((i, n) => {
      out[i] = [ring[0] + way * (n + 1) * gap, ring[1]];
      free.delete(i);
    });
  }
  while (free.size) {
    const [first] = free;
    free.delete(first);
    const group = [first];
    // Whoever is near to any of them belongs to them.
    for (let n = 0; n < group.length; n++) for (const i of [...free]) {
      if (Math.hypot(heads[i].x - heads[group[n]].x, heads[i].y - heads[group[n]].y) >= near) continue;
      free.delete(i);
      group.push(i);
    }
    if (group.length < 2) continue;
    group.sort((a, b) => a - b);
    // To and fro are one line, so that a run that bounces does not turn the fan about.
    const across = ((heads[group[0]].angle % Math.PI) + Math.PI) % Math.PI + Math.PI / 2;
    const [ux, uy] = [Math.cos(across), Math.sin(across)];
    const middle = group.reduce((sum, i) => sum + heads[i].x * ux + heads[i].y * uy, 0) / group.length;
    // Along the path each stays where it is.
    group.forEach((i, n) => {
      const by = middle + (n - (group.length - 1) / 2) * gap - (heads[i].x * ux + heads[i].y * uy);
      out[i] = [heads[i].x + by * ux, heads[i].y + by * uy];
    });
  }
  return out;
}

/**
 * The way that a path comes to a vertex, looked at over so many pixels, so that the smallest steps do not turn it about.
 * @param {Track} track
 * @param {number} last
 */
export function wayTo({ x, y }, last) {
  let from = last;
  while (from > 0 && Math.hypot(x[last] - x[from], y[last] - y[from]) < BEHIND) from--;
  return from < last && Number.isFinite(x[from] + y[from]) ? Math.atan2(y[last] - y[from], x[last] - x[from]) : 0;
}
