import assert from "node:assert/strict";
import test from "node:test";
import { isolines, palette, shade } from "../../app/player/static/drawing/heights.js";
import { BANDS } from "../../app/player/static/drawing/relief.js";

/** @param {number} width @param {(i: number, j: number) => number} f */
const grid = (width, f) => Float32Array.from({ length: width * width }, (_, k) => f(k % width, Math.floor(k / width)));
/** @param {Float32Array} shades @param {number} width */
const pieces = (shades, width) => {
  /** @type {number[][]} */ const found = [];
  isolines(shades, width, (...ends) => found.push(ends));
  return found;
};

test("on a cone each line is a circle, once around", () => {
  const width = 101;
  const found = pieces(grid(width, (i, j) => Math.hypot(i - 50, j - 50) / 50), width);
  for (let k = 1; k < BANDS; k++) {
    const radius = (50 * k) / BANDS;
    const own = found.filter(([i, j]) => Math.abs(Math.hypot(i - 50, j - 50) - radius) < 0.1);
    for (const [, , k, l] of own) assert.ok(Math.abs(Math.hypot(k - 50, l - 50) - radius) < 0.1);
    const length = own.reduce((sum, [i, j, k, l]) => sum + Math.hypot(k - i, l - j), 0);
    assert.ok(Math.abs(length / (2 * Math.PI * radius) - 1) < 0.01, `${length} for ${radius}`);
  }
});

test("a plane that rises has straight lines at the bands' shares of the way", () => {
  const found = pieces(grid(13, (i) => i / 12), 13);
  assert.equal(found.length, 12 * (BANDS - 1));
  for (const [i, , k] of found) assert.ok(Math.abs(i - k) < 1e-5 && Math.abs(i - Math.round(i)) < 1e-5);
});

test("where all edges are crossed the lines keep the heights of the middle together", () => {
  // The lower left and the upper right corner are high; the first piece begins on the lower edge.
  const ridge = pieces(Float32Array.of(0.16, 0.06, 0.06, 0.16), 2);
  assert.equal(ridge.length, 2);
  // It ends on the right one and cuts off the low corner between them.
  assert.equal(ridge[0][2], 1);
  const pass = pieces(Float32Array.of(0.09, 0.01, 0.01, 0.09), 2);
  assert.equal(pass.length, 2);
  // It ends on the left one and cuts off the high corner.
  assert.equal(pass[0][2], 0);
});

test("what is no number has neither shade nor line", () => {
  const width = 5;
  const shades = grid(width, (i) => (i > 2 ? NaN : i / 4));
  assert.ok(pieces(shades, width).every(([i, , k]) => i <= 2 && k <= 2));
  const places = Float64Array.of(0.5, 2.5, 4);
  const pixels = new Uint32Array(9);
  shade(pixels, shades, width, places, places, palette(["#000000", "#ffffff"]));
  assert.deepEqual([...pixels].map((p) => p !== 0), [true, false, false, true, false, false, true, false, false]);
});

test("a pixel has the colour between those of its four neighbours, and none beyond the grid", () => {
  const colours = palette(["#102030", "#506070", "#ffffff"]);
  const shades = Float32Array.of(0, 0.5, 0.5, 1);
  const pixels = new Uint32Array(16);
  shade(pixels, shades, 2, Float64Array.of(0, 0.5, 1, 1.1), Float64Array.of(0, 0.5, 1, -0.1), colours);
  const rgb = [...pixels].map((p) => [p & 255, (p >> 8) & 255, (p >> 16) & 255, p >>> 24]);
  assert.deepEqual(rgb[0], [16, 32, 48, 255]);
  assert.deepEqual(rgb[2], [80, 96, 112, 255]);
  assert.deepEqual(rgb[5], [80, 96, 112, 255]);
  assert.deepEqual(rgb[10], [255, 255, 255, 255]);
  for (const k of [3, 7, 11, 12, 13, 14, 15]) assert.equal(pixels[k], 0);
});
