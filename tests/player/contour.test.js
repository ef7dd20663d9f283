// @ts-check
/** What the contour works out before it draws: shades, visits of a path, ends of a view, numbers on its axes, lanes of what is seen. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { axisMarks } from "../../app/player/static/drawing/curve.js";
import { LANE, fanned, tracksOf, wayTo } from "../../app/player/static/drawing/lanes.js";
import { BANDS, relief } from "../../app/player/static/drawing/relief.js";
import { visitsOf } from "../../app/player/static/drawing/visits.js";
import { allowed } from "../../app/player/static/pointing/zoom.js";

/** @typedef {[number, number]} Pair */
const BOX = { left: 0, top: 0, right: 100, bottom: 100 };

test("shades keep the order of the heights, and a hole leaves the plain about it some", () => {
  const z = Float32Array.from({ length: 10000 }, (_, i) => (i < 200 ? -1 + i / 200 : 1e-3 * Math.sin(i)));
  const shades = relief(z);
  const order = [...z.keys()].sort((a, b) => z[a] - z[b]);
  order.reduce((before, i) => (assert.ok(shades[i] >= before), shades[i]), 0);
  assert.equal(shades[order[0]], 0);
  assert.ok(Math.abs(shades[order[order.length - 1]] - 1) < 1e-6);
  const bands = new Set(z.map((_, i) => Math.min(BANDS - 1, Math.floor(shades[i] * BANDS))));
  assert.ok(bands.size >= BANDS - 2, String(bands.size));
  // In proportion the plain's own rise and fall would have two thousandths of the shades.
  const plain = shades.subarray(200);
  assert.ok(Math.max(...plain) - Math.min(...plain) > 0.01, String(Math.max(...plain) - Math.min(...plain)));
  // Even heights over even areas stay as they are.
  const even = relief(Float32Array.from({ length: 5120 }, (_, i) => i));
  assert.ok(even.every((shade, i) => Math.abs(shade - i / 5119) < 0.01));
});

test("what is beyond all numbers is wall, what is none stays none, and a plane has one shade", () => {
  const shades = relief(Float32Array.from([0, 1, 2, Infinity, NaN]));
  assert.equal(shades[3], 1);
  assert.ok(Number.isNaN(shades[4]));
  assert.deepEqual([...relief(Float32Array.from([3, 3, 3]))], [0, 0, 0]);
});

test("a path that leaves fades from crossing to crossing, and is plain again where it comes back", () => {
  const at = /** @type {Pair[]} */ ([[50, 50], [50, 150], [50, -50], [50, 150], [50, -50], [50, 150], [60, 50], [60, 55], [NaN, NaN]]);
  const { visit, inside, strength, exits } = visitsOf(at.length, (i) => at[i], BOX);
  assert.deepEqual([...inside], [1, 0, 0, 0, 0, 0, 1, 1, 0]);
  assert.deepEqual([...visit], [0, 0, 1, 2, 3, 4, 5, 5, -1]);
  assert.deepEqual(strength, [1, 0.45, 0.28, 0.16, 0, 1]);
  assert.deepEqual(exits.map(({ step, at: place }) => [step, ...place.map(Math.round)]), [[1, 50, 100], [8, 60, 55]]);
  assert.ok(Math.abs(exits[0].angle - Math.PI / 2) < 1e-9);
});

test("where it leaves for beyond all numbers is on the edge", () => {
  const at = /** @type {Pair[]} */ ([[50, 50], [Infinity, 50]]);
  const { exits } = visitsOf(2, (i) => at[i], BOX);
  assert.deepEqual(exits[0].at, [100, 50]);
  // One that begins outside has left nowhere.
  assert.deepEqual(visitsOf(2, (i) => /** @type {Pair[]} */ ([[-50, 50], [-60, 50]])[i], BOX).exits, []);
});

test("a view is neither finer than single floats nor larger than a start may lie", () => {
  const whole = /** @type {[Pair, Pair]} */ ([[-5, 5], [-5, 5]]);
  const square = (/** @type {number} */ x, /** @type {number} */ half) => /** @type {[Pair, Pair]} */ ([[x - half, x + half], [-half, half]]);
  assert.ok(allowed(square(0, 1e-6), whole, whole));
  assert.ok(!allowed(square(0, 1e-7), square(0, 1e-6), whole));
  assert.ok(!allowed(square(4, 1e-5), square(4, 1), whole));
  assert.ok(allowed(square(0, 319), whole, whole));
  assert.ok(!allowed(square(0, 321), whole, whole));
  // From a start far outside one comes nearer.
  assert.ok(allowed(square(0, 400), square(0, 500), whole));
  assert.ok(!allowed(square(1e6, 300), whole, whole));
});

test("numbers on an axis are round, at most so many, and differ however close they are", () => {
  for (const [low, high] of [[-5, 5], [-10, 10], [2, 8], [-5, 0], [-5.12, 5.12], [0.123456, 0.123556], [99990, 100010], [-1e6, 1e6], [-2.4e-6, 2.6e-6]]) {
    const marks = axisMarks(low, high, 5);
    assert.ok(marks.length >= 2 && marks.length <= 5, `${low} ${high} ${marks}`);
    assert.equal(new Set(marks.map(([, words]) => words)).size, marks.length);
    for (const [value, words] of marks) {
      assert.ok(value >= low - 1e-9 * Math.abs(low) && value <= high + 1e-9 * Math.abs(high), `${value} in ${low} ${high}`);
      assert.ok(Math.abs(Number(words.replace("−", "-")) - value) <= 1e-6 * Math.max(1e-6, high - low), words);
    }
  }
  assert.deepEqual(axisMarks(-5, 5, 5).map(([, words]) => words), ["−4", "−2", "0", "2", "4"]);
});

/** @param {number} slope */
const line = (slope) => ({ xy: Float32Array.from({ length: 40 }, (_, i) => (i % 2 ? slope * (i >> 1) : 10 * (i >> 1))) });
const pixel = (/** @type {number} */ x, /** @type {number} */ y) => /** @type {Pair} */ ([x, y + 300]);

test("lanes are for what runs along one line and is drawn, not for what crosses it", () => {
  const [one, other] = tracksOf([line(0), line(0)], pixel);
  const middle = Math.floor(one.x.length / 2);
  assert.ok(Math.abs(Math.abs(one.y[middle] - other.y[middle]) - LANE) < 1e-9);
  // A hidden path takes no lane, nor does one that crosses.
  const [shown] = tracksOf([line(0), line(0)], pixel, undefined, (k) => k === 0);
  assert.ok(shown.y.every((y) => y === 300));
  const crossing = { xy: Float32Array.from({ length: 40 }, (_, i) => (i % 2 ? 2 * ((i >> 1) - 9.5) : 10 * (i >> 1))) };
  assert.ok(tracksOf([line(0), crossing], pixel)[0].y.every((y) => y === 300));
});

test("paths that are near lie a lane apart, whichever is on which side", () => {
  for (const off of [-2, 2]) {
    const tracks = tracksOf([line(0), { xy: line(0).xy.map((v, i) => (i % 2 ? v + off : v)) }], pixel);
    const middle = Math.floor(tracks[0].x.length / 2);
    assert.ok(Math.abs(tracks[1].y[middle] - tracks[0].y[middle] - LANE) < 1e-6, String(off));
  }
});

test("a fan moves markers across the path alone, and to and fro are one way", () => {
  const heads = [0, 1, 2].map((i) => ({ x: 50 + 6 * i, y: 50, angle: 0 }));
  const out = fanned(heads, 8, null, BOX);
  out.forEach(([x], i) => assert.ok(Math.abs(x - heads[i].x) < 1e-9));
  const back = fanned(heads.map((head) => ({ ...head, angle: Math.PI })), 8, null, BOX);
  out.forEach((place, i) => place.forEach((v, k) => assert.ok(Math.abs(v - back[i][k]) < 1e-9)));
});

test("the smallest steps do not turn a marker's way about", () => {
  const x = Float64Array.from([0, 20, 40, 40.1, 40]);
  const y = Float64Array.from([0, 0, 0, 0.1, 0.2]);
  assert.ok(Math.abs(wayTo({ x, y, ends: new Int32Array(0) }, 4)) < 0.02);
});
