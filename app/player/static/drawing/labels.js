// @ts-check
/** Words in a picture: they stand where no path and no marker passes, or not at all. */

import { widthOf } from "./canvas.js";

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */
/** @typedef {{x: ArrayLike<number>, y: ArrayLike<number>}} Line  vertices; NaN where there is none */

/** Pixels between a place and its label, from a label to the edge of the picture, and beside its letters. */
const OFF = 6;
const EDGE = 2;
const PAD = 4;
/** Half of a path's width, with its casing. */
const HALF = 3.5;
/** Letters and lines, in pixels. */
const LETTER = 15;
const HIGH = 22;
/** In a picture that is smaller there are none. */
export const SMALLEST = 200;

/**
 * The corners of a place where a label is within the picture and on no path, the best first.
 * @param {[number, number]} place
 * @param {number} radius of what stands at the place
 * @param {{width: number, height: number}} size
 * @param {Box} box what it must stay within
 * @param {Line[]} lines which it must not cover
 * @returns {Box[]}
 */
export function corners([x, y], radius, { width, height }, box, lines) {
  // Off the place's own circle, along the diagonal.
  const by = Math.SQRT1_2 * (radius + OFF);
  return [[1, 0], [0, 0], [1, 1], [0, 1]].map(([right, down]) => {
    const left = right ? x + by : x - by - width;
    const top = down ? y + by : y - by - height;
    return { left, top, right: left + width, bottom: top + height };
  }).filter((label) => clear(label, box, lines));
}

/** Whether a label is within the picture and on no path. @param {Box} label @param {Box} box @param {Line[]} lines */
export function clear(label, box, lines) {
  return label.left >= box.left + EDGE && label.right <= box.right - EDGE && label.top >= box.top + EDGE && label.bottom <= box.bottom - EDGE
    && !lines.some((line) => passes(line, label));
}

/**
 * Where a label of a place goes: the first of its corners that is free, null if none is.
 * @param {[number, number]} place
 * @param {number} radius
 * @param {{width: number, height: number}} size
 * @param {Box} box
 * @param {Line[]} lines
 * @param {Box[]} taken by markers and by other labels
 * @returns {Box | null}
 */
export function placed(place, radius, size, box, lines, taken) {
  return corners(place, radius, size, box, lines).find((label) => !taken.some((other) => meet(label, other))) || null;
}

/** How far from a tip its label stands, and how far it turns aside from where the arrow points. */
const FAR = [6, 14, 24, 36, 52, 70];
const TURNS = [0, 0.4, -0.4, 0.8, -0.8, 1.2, -1.2, 1.6, -1.6, 2, -2, 2.5, -2.5, Math.PI];

/**
 * Where the label of an arrow goes: on ahead of its tip if that is free, else a little aside; null where nothing is.
 * @param {[number, number]} from where the arrow begins
 * @param {[number, number]} tip
 * @param {{width: number, height: number}} size
 * @param {Box} box what it must stay within
 * @param {Box[]} taken markers and labels, which it must not cover
 * @param {[number, number][]} arrows places on arrows, nor these
 * @param {[number, number][]} lines places on thinner lines, which it covers only where there is no other place
 * @returns {Box | null}
 */
export function headed(from, tip, { width, height }, box, taken, arrows, lines) {
  const ahead = Math.atan2(tip[1] - from[1], tip[0] - from[0]);
  /** @type {Box | null} */ let best = null;
  let least = Infinity;
  for (const far of FAR) {
    for (const turn of TURNS) {
      const cost = far + 9 * Math.abs(turn);
      if (cost >= least) continue;
      const [ux, uy] = [Math.cos(ahead + turn), Math.sin(ahead + turn)];
      // From the tip to the middle of the label, so that its edge is so far away.
      const reach = far + Math.min(width / 2 / Math.max(Math.abs(ux), 1e-9), height / 2 / Math.max(Math.abs(uy), 1e-9));
      const [x, y] = [tip[0] + ux * reach, tip[1] + uy * reach];
      const label = { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
      if (label.left < box.left + 2 || label.right > box.right - 2 || label.top < box.top + 2 || label.bottom > box.bottom - 2) continue;
      if (taken.some((other) => meet(label, other)) || arrows.some((place) => covers(label, place))) continue;
      const all = cost + 6 * lines.filter((place) => covers(label, place)).length;
      if (all < least) [best, least] = [label, all];
    }
  }
  return best;
}

/** @param {Box} label @param {[number, number]} place */
function covers({ left, top, right, bottom }, [x, y]) {
  return x > left - 3 && x < right + 3 && y > top - 3 && y < bottom + 3;
}

/** @param {Box} a @param {Box} b */
export function meet(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** What lies about a place. @param {[number, number]} place @param {number} radius @returns {Box} */
export function about([x, y], radius) {
  return { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius };
}

/** Whether a path runs through a box; its vertices are close to one another wherever it is in the picture. @param {Line} line @param {Box} box */
function passes({ x, y }, { left, top, right, bottom }) {
  for (let i = 0; i < x.length; i++) {
    if (x[i] > left - HALF && x[i] < right + HALF && y[i] > top - HALF && y[i] < bottom + HALF) return true;
  }
  return false;
}

/** How much room words take. @param {CanvasRenderingContext2D} ctx @param {string} words @param {{theme: import("./theme.js").Theme, scale: number}} style */
export function sizeOf(ctx, words, { theme, scale }) {
  ctx.font = `500 ${LETTER * scale}px ${theme.font}`;
  return { width: widthOf(ctx, words) + 2 * PAD, height: HIGH * scale };
}

/**
 * Words on the page's colour.
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} words
 * @param {Box} spot
 * @param {{theme: import("./theme.js").Theme, scale: number}} style
 */
export function write(ctx, words, spot, { theme, scale }) {
  ctx.save();
  ctx.globalAlpha = 0.88;
  ctx.fillStyle = theme.page;
  ctx.beginPath();
  ctx.roundRect(spot.left, spot.top, spot.right - spot.left, spot.bottom - spot.top, 3);
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.fillStyle = theme.text;
  ctx.textBaseline = "middle";
  ctx.font = `500 ${LETTER * scale}px ${theme.font}`;
  ctx.fillText(words, spot.left + PAD, (spot.top + spot.bottom) / 2 + 1);
  ctx.restore();
}
