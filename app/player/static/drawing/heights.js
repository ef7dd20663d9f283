// @ts-check
/** The loss from above: a shade for each height, and a line where one band of heights ends and the next begins. */

import { BANDS, relief } from "./relief.js";

/** So many shades are told apart. */
const SHADES = 1024;
/** How wide a line between two bands is, in pixels. */
const LINE = 0.8;

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */
/** @typedef {import("../wire/decode.js").Field} Field */

/**
 * Draw a field into a box, where what lies beyond the field stays as it is.
 * @param {CanvasRenderingContext2D} ctx whose units are pixels of the page
 * @param {Field} field
 * @param {import("../wire/decode.js").Window} window what part of the plane the box shows
 * @param {Box} box
 * @param {{ramp: string[], line: string}} colours from low to high, and of the lines
 */
export function drawHeights(ctx, { x, y, z }, [[x0, x1], [y0, y1]], { left, top, right, bottom }, { ramp, line }) {
  const ratio = ctx.getTransform().a;
  const shades = relief(z);
  // Where a place on the screen lies in the grid.
  const [dx, dy] = [(x[x.length - 1] - x[0]) / (x.length - 1), (y[y.length - 1] - y[0]) / (y.length - 1)];
  const column = (/** @type {number} */ px) => (x0 + ((px - left) / (right - left)) * (x1 - x0) - x[0]) / dx;
  const row = (/** @type {number} */ py) => (y0 + ((bottom - py) / (bottom - top)) * (y1 - y0) - y[0]) / dy;
  const first = { x: Math.round(left * ratio), y: Math.round(top * ratio) };
  const wide = Math.round(right * ratio) - first.x, high = Math.round(bottom * ratio) - first.y;
  if (wide < 1 || high < 1) return;
  const columns = Float64Array.from({ length: wide }, (_, i) => column((first.x + i + 0.5) / ratio));
  const rows = Float64Array.from({ length: high }, (_, i) => row((first.y + i + 0.5) / ratio));
  const pixels = new ImageData(wide, high);
  shade(new Uint32Array(pixels.data.buffer), shades, x.length, columns, rows, palette(ramp));
  ctx.putImageData(pixels, first.x, first.y);

  const path = new Path2D();
  const across = (/** @type {number} */ i) => left + ((x[0] + i * dx - x0) / (x1 - x0)) * (right - left);
  const down = (/** @type {number} */ j) => bottom - ((y[0] + j * dy - y0) / (y1 - y0)) * (bottom - top);
  isolines(shades, x.length, (i, j, k, l) => {
    path.moveTo(across(i), down(j));
    path.lineTo(across(k), down(l));
  });
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip();
  ctx.lineWidth = LINE;
  ctx.strokeStyle = line;
  ctx.stroke(path);
  ctx.restore();
}

/**
 * The colour of each pixel, of the shades between four points of the grid. What is no number is left out.
 * @param {Uint32Array} pixels row by row, written to
 * @param {Float32Array} shades from 0 to 1, row by row
 * @param {number} width how many a row has
 * @param {Float64Array} columns where the pixels lie in the grid
 * @param {Float64Array} rows
 * @param {Uint32Array} colours for shades from 0 to 1
 */
export function shade(pixels, shades, width, columns, rows, colours) {
  const [mostI, mostJ, most] = [width - 1, shades.length / width - 1, colours.length - 1];
  rows.forEach((v, r) => {
    if (!(v >= 0 && v <= mostJ)) return;
    const j = Math.min(Math.floor(v), mostJ - 1), b = v - j, to = r * columns.length;
    columns.forEach((u, c) => {
      if (!(u >= 0 && u <= mostI)) return;
      const i = Math.min(Math.floor(u), mostI - 1), a = u - i, at = j * width + i;
      const below = shades[at] + a * (shades[at + 1] - shades[at]);
      const above = shades[at + width] + a * (shades[at + width + 1] - shades[at + width]);
      const between = below + b * (above - below);
      if (between >= 0) pixels[to + c] = colours[Math.min(most, Math.round(between * most))];
    });
  });
}

/**
 * The lines between the bands, as marching squares finds them (Lorensen & Cline 1987, in two dimensions): through each square
 * of the grid as straight pieces between places on its edges. Where all four edges are crossed the middle decides.
 * @param {Float32Array} shades
 * @param {number} width
 * @param {(i: number, j: number, k: number, l: number) => void} piece told its two ends, in the grid's columns and rows
 */
export function isolines(shades, width, piece) {
  const height = shades.length / width;
  /** @type {number[]} */ const ends = [];
  for (let j = 0; j < height - 1; j++) {
    for (let i = 0; i < width - 1; i++) {
      const at = j * width + i;
      const [a, b, c, d] = [shades[at], shades[at + 1], shades[at + width + 1], shades[at + width]];
      // Nothing is above what is no number.
      const low = Math.ceil(Math.min(a, b, c, d) * BANDS), high = Math.floor(Math.max(a, b, c, d) * BANDS);
      for (let k = Math.max(1, low); k <= high && k < BANDS; k++) {
        const t = k / BANDS;
        ends.length = 0;
        if (a > t !== b > t) ends.push(i + (t - a) / (b - a), j);
        if (b > t !== c > t) ends.push(i + 1, j + (t - b) / (c - b));
        if (d > t !== c > t) ends.push(i + (t - d) / (c - d), j + 1);
        if (a > t !== d > t) ends.push(i, j + (t - a) / (d - a));
        const [x0, y0, x1, y1, x2, y2, x3, y3] = ends;
        if (ends.length === 4) piece(x0, y0, x1, y1);
        else if (ends.length === 8 && a > t === (a + b + c + d) / 4 > t) { piece(x0, y0, x1, y1); piece(x2, y2, x3, y3); }
        else if (ends.length === 8) { piece(x0, y0, x3, y3); piece(x1, y1, x2, y2); }
      }
    }
  }
}

/** Colours of a ramp, as a picture's memory has them. @param {string[]} ramp six hexadecimal digits each, from low to high */
export function palette(ramp) {
  const parts = ramp.map((colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)));
  return Uint32Array.from({ length: SHADES + 1 }, (_, k) => {
    const place = (k / SHADES) * (ramp.length - 1), i = Math.min(ramp.length - 2, Math.floor(place));
    const [red, green, blue] = parts[i].map((part, n) => Math.round(part + (place - i) * (parts[i + 1][n] - part)));
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
}
