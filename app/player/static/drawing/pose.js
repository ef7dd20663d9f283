// @ts-check
/** Where the eye stands, so that a surface and the names of its axes fill their card, and where those names stand. */

import { meet } from "./labels.js";
import { heightAt, project } from "./projection.js";

/** The surface's room: one wide, one deep and half as high. */
export const ASPECT = { x: 1, y: 1, z: 0.5 };
/** How near the eye may be, never inside the surface. */
export const NEAR = 0.9;
/** How far it may be in a card that is as wide as high. */
const FAR = 5;
/** Plotly's lens: the tangent of half its upright angle. */
const LENS = Math.tan(Math.PI / 8);
/** The share of a card's smaller side that stays free at each edge, and the pixels that do at least. */
const FREE = 0.04, LEAST = 5;
/** Pixels from a marker's middle to its edge: what stands in the card's corners is not nearer to the surface. */
const MARKER = 9;
/** Pixels between a name and the edge that it names. */
const GAP = 6;
/** So many places are looked at along each side: a hill between two of them is lower than what stays free. */
const SAMPLES = 40;
const HALVINGS = 24;
/** Where the surface is on the screen is known to so many pixels. */
const CELL = 4;
/** Where along its edge a name may stand, best first, how many pixels off is near enough, and what share of the card is too far. */
const ALONG = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9];
const NEARBY = 12, TOO_FAR = 0.3;

/**
 * Two angles in radians, the distance from the centre of a surface that is one wide, and how far the eye is moved, together
 * with what it looks at, to its right and upwards.
 * @typedef {{azimuth: number, elevation: number, distance: number, across: number, up: number}} Pose
 *
 * @typedef {import("./labels.js").Box} Box
 * @typedef {{width: number, height: number}} Size
 * @typedef {import("./projection.js").Grid} Grid
 * @typedef {import("./projection.js").View} View
 *
 * A card, what of it is taken by other things, and how large the two names of the axes are.
 * @typedef {{width: number, height: number, taken: Box[], names: [Size, Size]}} Card
 *
 * A place in the eye's own directions, and how many pixels around it must be in the card.
 * @typedef {{across: number, up: number, towards: number, besides: number, around: number}} Place
 */

/** How far the eye may be, or the surface is lost. @param {Size} card */
export function farthest({ width, height }) {
  return FAR * Math.max(1, height / width);
}

/**
 * As near as all of the surface is in the card, and none of it where the card is taken.
 * @param {Grid} grid
 * @param {[number, number]} home azimuth and elevation, in degrees
 * @param {Card} card
 * @returns {Pose}
 */
export function fitted(grid, home, card) {
  const [azimuth, elevation] = home.map((degrees) => (degrees * Math.PI) / 180);
  const places = placesOf(grid, azimuth, elevation, card);
  let [near, far] = [NEAR, farthest(card)];
  let stand = within(places, far, card) || [0, 0];
  for (let k = 0; k < HALVINGS; k++) {
    const distance = (near + far) / 2, found = within(places, distance, card);
    if (found) [far, stand] = [distance, found];
    else near = distance;
  }
  return { azimuth, elevation, distance: far, across: stand[0], up: stand[1] };
}

/**
 * Plotly's words for where the eye stands.
 * @param {Pose} pose
 */
export function cameraOf({ azimuth, elevation, distance, across, up }) {
  const [cosA, sinA, cosE, sinE] = [Math.cos(azimuth), Math.sin(azimuth), Math.cos(elevation), Math.sin(elevation)];
  const center = { x: -sinA * across - sinE * cosA * up, y: cosA * across - sinE * sinA * up, z: cosE * up };
  const eye = { x: center.x + distance * cosE * cosA, y: center.y + distance * cosE * sinA, z: center.z + distance * sinE };
  return { eye, center, up: { x: 0, y: 0, z: 1 } };
}

/**
 * @param {Grid} grid
 * @param {number} azimuth
 * @param {number} elevation
 * @param {Card} card
 * @returns {Place[]}
 */
function placesOf(grid, azimuth, elevation, { width, height, names }) {
  const { n, m, bottom, top } = grid;
  const [cosA, sinA, cosE, sinE] = [Math.cos(azimuth), Math.sin(azimuth), Math.cos(elevation), Math.sin(elevation)];
  const free = Math.max(LEAST, FREE * Math.min(width, height));
  /** @type {Place[]} */ const places = [];
  const add = (/** @type {number} */ u, /** @type {number} */ v, besides = free, around = free) => {
    const x = ASPECT.x * (u / (n - 1) - 0.5), y = ASPECT.y * (v / (m - 1) - 0.5);
    const z = ASPECT.z * ((heightAt(grid, u, v) - bottom) / (top - bottom) - 0.5) || 0;
    const away = cosA * x + sinA * y;
    places.push({ across: cosA * y - sinA * x, up: cosE * z - sinE * away, towards: cosE * away + sinE * z, besides, around });
  };
  for (let j = 0; j <= SAMPLES; j++) for (let i = 0; i <= SAMPLES; i++) add(((n - 1) * i) / SAMPLES, ((m - 1) * j) / SAMPLES);
  // A name stands off its edge, as that runs on the screen from far away.
  const runs = [[-sinA, -sinE * cosA], [cosA, -sinE * sinA]];
  edgesOf(grid, cosA, sinA).forEach((edge, k) => {
    const long = Math.hypot(...runs[k]), [aside, above] = [Math.abs(runs[k][1]) / long, Math.abs(runs[k][0]) / long];
    add(...edge(0.5), aside * GAP + (names[k].width * (1 + aside)) / 2 + 2, above * GAP + (names[k].height * (1 + above)) / 2 + 2);
  });
  return places;
}

/**
 * How far to the right and up the eye moves so that from this distance all is in the card; null where that cannot be.
 * @param {Place[]} places
 * @param {number} distance
 * @param {Card} card
 * @returns {[number, number] | null}
 */
function within(places, distance, { width, height, taken }) {
  let [left, right, low, high] = [-Infinity, Infinity, -Infinity, Infinity];
  for (const { across, up, towards, besides, around } of places) {
    const pixel = (2 * LENS * (distance - towards)) / height, aside = pixel * (width / 2 - besides), above = pixel * (height / 2 - around);
    left = Math.max(left, across - aside);
    right = Math.min(right, across + aside);
    low = Math.max(low, up - above);
    high = Math.min(high, up + above);
  }
  if (left > right || low > high) return null;
  const free = (/** @type {[number, number]} */ [a, u]) => !places.some(({ across, up, towards }) => {
    const pixel = (2 * LENS * (distance - towards)) / height;
    const x = width / 2 + (across - a) / pixel, y = height / 2 - (up - u) / pixel;
    return taken.some((box) => x > box.left - MARKER && x < box.right + MARKER && y > box.top - MARKER && y < box.bottom + MARKER);
  });
  const [middle, centre] = [(left + right) / 2, (low + high) / 2];
  /** @type {[number, number][]} in the middle if it can be, else aside, else lower */
  const stands = [[middle, centre], [right, centre], [left, centre], [middle, high], [right, high], [left, high]];
  return stands.find(free) || null;
}

/**
 * The nearer edge along x and the nearer one along y, as functions from a share of the way to cells.
 * @param {Grid} grid
 * @param {number} east  positive where the eye is east of the middle
 * @param {number} north
 * @returns {((share: number) => [number, number])[]}
 */
function edgesOf({ n, m }, east, north) {
  return [(share) => [share * (n - 1), north < 0 ? 0 : m - 1], (share) => [east < 0 ? 0 : n - 1, share * (m - 1)]];
}

/**
 * Where the names of the axes stand: outside the nearer edges, off all of the surface, in the card. Null where there is no room.
 * @param {Grid} grid
 * @param {View} view
 * @param {[Size, Size]} names how large they are
 * @param {Box[]} taken
 * @returns {([number, number] | null)[]}
 */
export function besideEdges(grid, view, names, taken) {
  const { n, m } = grid, at = new Float64Array(3);
  const on = (/** @type {number} */ u, /** @type {number} */ v) => {
    project(view, u, v, heightAt(grid, u, v), at);
    return /** @type {[number, number]} */ ([at[0], at[1]]);
  };
  const covers = coverOf(grid, view);
  const middle = on((n - 1) / 2, (m - 1) / 2);
  const busy = [...taken], most = TOO_FAR * Math.min(view.width, view.height);
  return edgesOf(grid, view.eye[0] - (n - 1) / 2, view.eye[1] - (m - 1) / 2).map((edge, k) => {
    const { width, height } = names[k];
    const tried = ALONG.flatMap((share) => {
      const [x, y] = on(...edge(share)), [a, b] = [on(...edge(share - 0.1)), on(...edge(share + 0.1))];
      const long = Math.hypot(b[0] - a[0], b[1] - a[1]) || 1, across = [(b[1] - a[1]) / long, (a[0] - b[0]) / long];
      const sign = across[0] * (x - middle[0]) + across[1] * (y - middle[1]) < 0 ? -1 : 1;
      const out = [sign * across[0], sign * across[1]];
      // Straight off the edge, else below or beside it.
      return [out, [0, Math.sign(out[1])], [Math.sign(out[0]), 0]].map(([dx, dy]) => {
        const box = (/** @type {number} */ off) => {
          const cx = clamp(x + dx * (GAP + off + width / 2), width / 2 + 2, view.width - width / 2 - 2);
          const cy = clamp(y + dy * (GAP + off + height / 2), height / 2 + 2, view.height - height / 2 - 2);
          return { left: cx - width / 2, right: cx + width / 2, top: cy - height / 2, bottom: cy + height / 2 };
        };
        let off = 0;
        for (; off < most && covers(box(off)); off += 3);
        const place = box(off);
        return { place, cost: off >= most || busy.some((other) => meet(other, place)) ? Infinity : off };
      });
    });
    const { place, cost } = tried.find((one) => one.cost <= NEARBY) || tried.reduce((best, one) => (one.cost < best.cost ? one : best));
    if (cost === Infinity) return null;
    busy.push(place);
    return [(place.left + place.right) / 2, (place.top + place.bottom) / 2];
  });
}

/**
 * Tells whether a box on the screen has any of the surface in it.
 * @param {Grid} grid
 * @param {View} view
 * @returns {(box: Box) => boolean}
 */
function coverOf(grid, view) {
  const columns = Math.ceil(view.width / CELL), rows = Math.ceil(view.height / CELL), covered = new Uint8Array(columns * rows);
  const { n, m, z } = grid, xs = new Float32Array(n * m), ys = new Float32Array(n * m), at = new Float64Array(3);
  for (let k = 0; k < n * m; k++) {
    project(view, k % n, Math.floor(k / n), z[k], at);
    [xs[k], ys[k]] = at;
  }
  const cells = (/** @type {Box} */ { left, right, top, bottom }, /** @type {(cell: number) => boolean} */ visit) => {
    const [i0, i1] = [Math.max(Math.floor(left / CELL), 0), Math.min(Math.floor(right / CELL), columns - 1)];
    const [j0, j1] = [Math.max(Math.floor(top / CELL), 0), Math.min(Math.floor(bottom / CELL), rows - 1)];
    for (let j = j0; j <= j1; j++) for (let i = i0; i <= i1; i++) if (visit(j * columns + i)) return true;
    return false;
  };
  for (let j = 0; j < m - 1; j++) for (let i = 0; i < n - 1; i++) {
    const a = j * n + i, b = a + n;
    const left = Math.min(xs[a], xs[a + 1], xs[b], xs[b + 1]), right = Math.max(xs[a], xs[a + 1], xs[b], xs[b + 1]);
    const top = Math.min(ys[a], ys[a + 1], ys[b], ys[b + 1]), bottom = Math.max(ys[a], ys[a + 1], ys[b], ys[b + 1]);
    cells({ left, right, top, bottom }, (cell) => !(covered[cell] = 1));
  }
  return (box) => cells(box, (cell) => covered[cell] === 1);
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
