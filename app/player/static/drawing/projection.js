// @ts-check
/**
 * The mathematics of the 3-D overlay: where a point of the surface lies on the screen, and whether the surface hides it.
 *
 * Everything is in grid units: u and v count cells from the lowest x and y, z is the height as drawn.
 */

import { visitsOf } from "./visits.js";

/** A trail floats this share of the surface's height above it, so that neither facets nor rounding swallow it. */
const LIFT = 0.01;
/** A path gets a vertex for each cell that it crosses, but hardly more vertices than this. */
const VERTICES = 1500;
/** So many pixels a cell is taken for where it is asked whether a run is inside. */
const PIXELS = 100;
/** The march towards the eye, in cells: below one cell it misses no ridge that the grid can hold. */
const STRIDE = 0.7;
/** Lines of equal height, and how many of them a way straight across the surface meets, about, at most: more look like fur. */
const LEVELS = 14, MET = 16, FEWEST = 4;

/**
 * @typedef {object} Field
 * @property {Float32Array} x  evenly spaced
 * @property {Float32Array} y  evenly spaced
 * @property {Float32Array} z  row by row from the lowest y
 * @property {[string, string]} axes
 *
 * @typedef {object} Grid
 * @property {number} n  columns
 * @property {number} m  rows
 * @property {number} x0
 * @property {number} y0
 * @property {number} dx
 * @property {number} dy
 * @property {Float32Array} z
 * @property {number} bottom
 * @property {number} top
 * @property {number} lift
 *
 * @typedef {object} View
 * @property {Float64Array} matrix  grid units to clip space, column by column
 * @property {[number, number, number]} eye  in grid units
 * @property {number} width   of the screen, in CSS pixels
 * @property {number} height
 */

/**
 * @param {Field} field
 * @returns {Grid}
 */
export function gridOf({ x, y, z }) {
  const n = x.length, m = y.length;
  let bottom = Infinity, top = -Infinity;
  for (const h of z) {
    if (!Number.isFinite(h)) continue;
    if (h < bottom) bottom = h;
    if (h > top) top = h;
  }
  if (!(top > bottom)) [bottom, top] = bottom === Infinity ? [0, 1] : [bottom, bottom + 1];
  const dx = (x[n - 1] - x[0]) / (n - 1), dy = (y[m - 1] - y[0]) / (m - 1);
  return { n, m, x0: x[0], y0: y[0], dx, dy, z, bottom, top, lift: LIFT * (top - bottom) };
}

/**
 * The height between the grid's points; NaN off the grid.
 * @param {Grid} grid
 * @param {number} u
 * @param {number} v
 */
export function heightAt({ n, m, z }, u, v) {
  if (!(u >= 0 && v >= 0 && u <= n - 1 && v <= m - 1)) return NaN;
  const i = Math.min(u | 0, n - 2), j = Math.min(v | 0, m - 2);
  const a = u - i, b = v - j, k = j * n + i;
  return (1 - b) * ((1 - a) * z[k] + a * z[k + 1]) + b * ((1 - a) * z[k + n] + a * z[k + n + 1]);
}

/** How many lines of equal height a surface bears: where ways across it go up and down again and again, fewer. @param {Grid} grid */
export function levelsOf({ n, m, z, bottom, top }) {
  let climbed = 0;
  for (let j = 1; j < m; j++) for (let i = 1; i < n; i++) {
    const k = j * n + i;
    climbed += Math.abs(z[k] - z[k - 1]) / m + Math.abs(z[k] - z[k - n]) / n;
  }
  return Math.max(FEWEST, Math.min(Math.round((2 * MET * (top - bottom)) / climbed) || LEVELS, LEVELS));
}

/**
 * @param {Grid} grid
 * @param {number} x
 * @param {number} y
 * @returns {[number, number]} in grid units
 */
export function toCells({ x0, y0, dx, dy }, x, y) {
  return [(x - x0) / dx, (y - y0) / dy];
}

/**
 * The view that Plotly's matrices give.
 * @param {{model: ArrayLike<number>, view: ArrayLike<number>, projection: ArrayLike<number>}} camera column by column
 * @param {ArrayLike<number>} scale what Plotly multiplies data by before its model matrix
 * @param {Grid} grid
 * @param {number} width
 * @param {number} height
 * @returns {View}
 */
export function viewOf(camera, scale, grid, width, height) {
  const cells = [
    grid.dx * scale[0], 0, 0, 0, 0, grid.dy * scale[1], 0, 0, 0, 0, scale[2], 0,
    grid.x0 * scale[0], grid.y0 * scale[1], 0, 1,
  ];
  const matrix = product(camera.projection, product(camera.view, product(camera.model, cells)));
  return { matrix, eye: eyeOf(matrix), width, height };
}

/** @param {View | null} a @param {View} b */
export function sameView(a, b) {
  return a !== null && a.width === b.width && a.height === b.height && a.matrix.every((value, i) => value === b.matrix[i]);
}

/**
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 */
function product(a, b) {
  const out = new Float64Array(16);
  for (let c = 0; c < 16; c += 4) {
    for (let r = 0; r < 4; r++) out[c + r] = a[r] * b[c] + a[4 + r] * b[c + 1] + a[8 + r] * b[c + 2] + a[12 + r] * b[c + 3];
  }
  return out;
}

/**
 * The eye is the one point that has no place on the screen: its clip x, y and w all vanish. Three linear equations.
 * @param {Float64Array} k
 * @returns {[number, number, number]}
 */
function eyeOf(k) {
  const cross = (/** @type {number[]} */ p, /** @type {number[]} */ q) => [
    p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0],
  ];
  const [a, b, c] = [0, 1, 3].map((row) => [k[row], k[4 + row], k[8 + row]]);
  const bc = cross(b, c), ca = cross(c, a), ab = cross(a, b);
  const det = a[0] * bc[0] + a[1] * bc[1] + a[2] * bc[2];
  const at = (/** @type {number} */ i) => -(k[12] * bc[i] + k[13] * ca[i] + k[15] * ab[i]) / det;
  return [at(0), at(1), at(2)];
}

/**
 * Where a point is on the screen, as [x, y, distance] into `out`; NaN behind the eye.
 * @param {View} view
 * @param {number} u
 * @param {number} v
 * @param {number} z
 * @param {Float64Array} out
 */
export function project({ matrix: k, width, height }, u, v, z, out) {
  const w = k[3] * u + k[7] * v + k[11] * z + k[15];
  const ahead = w > 0.01 ? w : NaN;
  out[0] = width * (0.5 + (0.5 * (k[0] * u + k[4] * v + k[8] * z + k[12])) / ahead);
  out[1] = height * (0.5 - (0.5 * (k[1] * u + k[5] * v + k[9] * z + k[13])) / ahead);
  out[2] = ahead;
}

/**
 * Whether nothing of the surface stands between a point and the eye.
 * @param {Grid} grid
 * @param {[number, number, number]} eye
 * @param {number} u
 * @param {number} v
 * @param {number} z
 */
export function isSeen(grid, eye, u, v, z) {
  const far = Math.hypot(eye[0] - u, eye[1] - v);
  if (far < STRIDE) return eye[2] > z;
  const du = (STRIDE * (eye[0] - u)) / far, dv = (STRIDE * (eye[1] - v)) / far, dz = (STRIDE * (eye[2] - z)) / far;
  for (let left = far / STRIDE; left > 1; left--) {
    u += du; v += dv; z += dz;
    if (z > grid.top) return true;
    const h = heightAt(grid, u, v);
    if (h !== h) return true;
    if (h > z) return false;
  }
  // What is left of the way is less than a stride, and may still cross the surface.
  return !(heightAt(grid, eye[0], eye[1]) > eye[2]);
}

/**
 * A run's path as it lies on the surface.
 * @typedef {object} Trail
 * @property {Float32Array} points  u, v, z of each vertex, lifted; NaN where the line is interrupted
 * @property {Int32Array} ends  how many vertices belong to steps 0..t
 * @property {Uint8Array} inside  whether position t is in the window
 */

/**
 * Lay the positions of a run on the surface. What is outside the window is left out: there is no height there. So is what only
 * crosses it again and again once the run has left: the contour does not draw it either.
 * @param {Grid} grid
 * @param {Float32Array} xy
 * @returns {Trail}
 */
export function trailOf(grid, xy) {
  const count = xy.length >> 1;
  // Visits are of pixels; one is a small part of a cell here.
  const { visit, strength } = visitsOf(count, (i) => {
    const [u, v] = toCells(grid, xy[2 * i], xy[2 * i + 1]);
    return [PIXELS * u, PIXELS * v];
  }, { left: 0, right: PIXELS * (grid.n - 1), top: 0, bottom: PIXELS * (grid.m - 1) });
  const spans = clipSteps(grid, xy).map((span, t) => (span && strength[visit[t]] ? span : null));
  const spacing = Math.max(1, spans.reduce((sum, span) => sum + (span ? span.cells : 0), 0) / VERTICES);
  const ends = new Int32Array(count), inside = new Uint8Array(count);
  /** @type {number[]} */
  const points = [];
  const put = (/** @type {number} */ u, /** @type {number} */ v) => points.push(u, v, heightAt(grid, u, v) + grid.lift);
  for (let t = 0; t < count; t++) {
    const span = spans[t];
    if (span) {
      // The pen is down only if the last step ended where this span begins.
      const joined = t > 0 && inside[t - 1] && points.length > 0;
      if (!joined) {
        points.push(NaN, NaN, NaN);
        put(span.u0, span.v0);
      }
      const pieces = Math.ceil(span.cells / spacing);
      for (let i = 1; i <= pieces; i++) {
        // The last is where the span ends, to the bit: a little beyond the grid there is no height.
        if (i === pieces) put(span.u1, span.v1);
        else put(span.u0 + ((span.u1 - span.u0) * i) / pieces, span.v0 + ((span.v1 - span.v0) * i) / pieces);
      }
      inside[t] = span.arrives ? 1 : 0;
    }
    ends[t] = points.length / 3;
  }
  return { points: Float32Array.from(points), ends, inside };
}

/** @typedef {{u0: number, v0: number, u1: number, v1: number, cells: number, arrives: boolean}} Span */

/**
 * For each step the part of it that is in the window, null if none. Step 0 is the start itself.
 * @param {Grid} grid
 * @param {Float32Array} xy
 * @returns {(Span | null)[]}
 */
function clipSteps(grid, xy) {
  /** @type {(Span | null)[]} */
  const spans = [];
  let [a, b] = [NaN, NaN];
  for (let t = 0; t < xy.length >> 1; t++) {
    const [u, v] = toCells(grid, xy[2 * t], xy[2 * t + 1]);
    const known = Number.isFinite(u) && Number.isFinite(v);
    spans.push(known ? clip(grid, Number.isFinite(a) ? a : u, Number.isFinite(b) ? b : v, u, v) : null);
    [a, b] = known ? [u, v] : [NaN, NaN];
  }
  return spans;
}

/**
 * Liang and Barsky's clipping of the segment (a, b) to (u, v) by the grid.
 * @param {Grid} grid
 * @param {number} a
 * @param {number} b
 * @param {number} u
 * @param {number} v
 * @returns {Span | null}
 */
function clip({ n, m }, a, b, u, v) {
  const du = u - a, dv = v - b;
  let from = 0, to = 1;
  for (const [slope, room] of [[-du, a], [du, n - 1 - a], [-dv, b], [dv, m - 1 - b]]) {
    if (slope === 0) {
      if (room < 0) return null;
    } else if (slope < 0) from = Math.max(from, room / slope);
    else to = Math.min(to, room / slope);
  }
  if (from > to) return null;
  // Rounding at a huge distance must not push a cut point off the grid, nor one that is not cut from where it is.
  const onto = (/** @type {number} */ w, /** @type {number} */ size) => Math.min(Math.max(w, 0), size - 1);
  const [u0, v0] = [onto(a + from * du, n), onto(b + from * dv, m)];
  const [u1, v1] = to === 1 ? [u, v] : [onto(a + to * du, n), onto(b + to * dv, m)];
  return { u0, v0, u1, v1, cells: Math.hypot(u1 - u0, v1 - v0), arrives: to === 1 };
}
