// @ts-check
/** What each pixel of a map is painted with: a kind, which is a line of the legend too, and for minima a shade of it. */

import { NEVER } from "./source.js";

/** @typedef {import("../drawing/theme.js").Theme} Theme */
/** @typedef {import("./source.js").Chart} Chart */
/** @typedef {import("./source.js").Part} Part */
/** @typedef {"" | "hatch" | "dots" | "pale"} Pattern  pale: dots on what is dark */
/**
 * @typedef {object} Kind
 * @property {string} what      a verdict; "band" for one of steps or losses, "more" for what lies above them
 * @property {number} limit     of a band
 * @property {string} colour
 * @property {Pattern} pattern
 * @property {string} letter
 * @property {[number, number] | null} place
 * @property {boolean} shaded   whether quick runs are paler
 * @property {number} share     of the pixels, in percent
 * @property {number} count
 */

/** A class is shaded by steps from so much white to so much black, in so many shades. */
const [WHITE, BLACK, SHADES] = [0.16, 0.14, 9];

/**
 * The kinds of a map's pixels, and each pixel's.
 * @param {Chart} chart @param {Part} part @param {Theme} theme
 * @returns {{kinds: Kind[], of: Uint8Array}}
 */
export function kindsOf(chart, part, theme) {
  const made = chart.by === "verdict" ? verdicts(part, theme) : bands(chart, part, theme);
  for (const one of made.of) made.kinds[one].count++;
  for (const kind of made.kinds) kind.share = (100 * kind.count) / made.of.length;
  return made;
}

/** @param {string} what @param {Partial<Kind>} [is] @returns {Kind} */
function kind(what, is = {}) {
  return { what, limit: NaN, colour: "", pattern: "", letter: "", place: null, shaded: false, share: 0, count: 0, ...is };
}

/** What a verdict alone is painted with. @param {string} status @param {Theme} theme @returns {Kind} */
function verdict(status, theme) {
  if (status === "diverged") return kind(status, { colour: theme.page, pattern: "hatch" });
  if (status === "stalled") return kind(status, { colour: theme.page, pattern: "dots" });
  if (status === "running") return kind(status, { colour: theme.late, pattern: "pale" });
  return kind(status, { colour: theme.rest, pattern: "dots" });
}

/** @param {Part} part @param {Theme} theme */
function verdicts(part, theme) {
  const letters = part.classes.filter(({ letter }) => letter).length;
  const kinds = part.classes.map(({ status, letter, place }, k) => {
    if (letter) return kind(status, { colour: theme.basins[k], letter, place, shaded: true });
    if (status === "as_good" && letters < theme.basins.length) return kind(status, { colour: theme.basins[letters], shaded: true });
    return verdict(status, theme);
  });
  return { kinds, of: part.label };
}

/** @param {Chart} chart @param {Part} part @param {Theme} theme */
function bands({ by, limits }, part, theme) {
  const kinds = limits.map((limit, k) => kind("band", { limit, colour: theme.steps[k] }));
  const more = kinds.push(by === "loss" ? kind("more", { colour: theme.late }) : verdict("running", theme)) - 1;
  const [elsewhere, stalled, diverged] = ["local_minimum", "stalled", "diverged"].map((status) => kinds.push(verdict(status, theme)) - 1);
  /** @type {Record<string, number>} */ const never = { diverged, stalled, local_minimum: elsewhere };
  const fate = part.classes.map(({ status }) => never[status] ?? more);
  const band = (/** @type {number} */ value) => {
    const k = limits.findIndex((limit) => value <= limit);
    return k < 0 ? more : k;
  };
  const of = part.label.map((label, i) => {
    if (!part.loss || by === "goal") return part.step[i] === NEVER ? fate[label] : band(part.step[i]);
    return part.classes[label].status === "diverged" ? diverged : band(part.loss[i]);
  });
  return { kinds, of };
}

/**
 * The quantiles of the steps of those pixels that are shaded; null where none is.
 * @param {Part} part @param {Kind[]} kinds @param {Uint8Array} of @param {number[]} shares rising
 */
export function quantiles(part, kinds, of, shares) {
  const counts = new Uint32Array(NEVER);
  let all = 0;
  of.forEach((one, i) => {
    if (!kinds[one].shaded || part.step[i] === NEVER) return;
    counts[part.step[i]]++;
    all++;
  });
  if (!all) return null;
  let [sum, step] = [0, -1];
  return shares.map((share) => {
    while (sum < Math.max(1, share * all)) sum += counts[++step];
    return step;
  });
}

/**
 * The colours of all pixels, the highest row first, as an image has them.
 * @param {Part} part @param {Kind[]} kinds @param {Uint8Array} of
 */
export function inked({ rows, columns, step }, kinds, of, [low, high] = [0, 1]) {
  const shades = kinds.map((one) => Array.from({ length: SHADES }, (_, k) => packed(one.shaded ? shaded(one.colour, k / (SHADES - 1)) : rgb(one.colour))));
  const image = new Uint32Array(rows * columns);
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
    const i = row * columns + column;
    const late = Math.max(0, Math.min((step[i] - low) / Math.max(high - low, 1), 1));
    image[(rows - 1 - row) * columns + column] = shades[of[i]][Math.round(late * (SHADES - 1))];
  }
  return image;
}

/** A class's colour, pale where it is quick (0) and deep where it is slow (1). @param {string} colour @param {number} late @returns {[number, number, number]} */
export function shaded(colour, late) {
  const share = late < 0.5 ? WHITE * (1 - 2 * late) : BLACK * (2 * late - 1);
  const [r, g, b] = rgb(colour).map((part) => part + share * ((late < 0.5 ? 255 : 0) - part));
  return [r, g, b];
}

/** @param {string} colour #rrggbb @returns {[number, number, number]} */
function rgb(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return [r, g, b];
}

/** A pixel of an image, as its bytes lie in memory. @param {[number, number, number]} colour */
function packed([r, g, b]) {
  return ((255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r)) >>> 0;
}

/** Which pixels have a pattern, the highest row first, as an image. @param {Part} part @param {Kind[]} kinds @param {Uint8Array} of @param {Pattern} pattern */
export function masked({ rows, columns }, kinds, of, pattern) {
  const image = new Uint32Array(rows * columns);
  let some = false;
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
    if (kinds[of[row * columns + column]].pattern !== pattern) continue;
    image[(rows - 1 - row) * columns + column] = 0xff000000;
    some = true;
  }
  return some ? image : null;
}
