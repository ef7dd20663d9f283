// @ts-check
/** What a chart's axes span and how they are marked, and which points of a long row are drawn. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { calmed, canBeLog, rangeOf, rateAxis, sunkOf, thinned, ticks } from "../../app/player/static/drawing/curve.js";

const row = (/** @type {number[]} */ ...values) => Float32Array.from(values);
/** @param {Float32Array} values @param {boolean} [lost] @returns {import("../../app/player/static/drawing/curve.js").Series} */
const series = (values, lost = false) => ({ slot: 1, values, lost });
/** The number that a mark's words stand for. @param {string} words */
function numberOf(words) {
  const plain = words.replaceAll("−", "-").replace(/10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)$/, (_, power) => `1e${[...power].map((c) => (c === "⁻" ? "-" : "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(c))).join("")}`);
  const [mantissa, unit] = plain.includes("·") ? plain.split("·") : [plain.startsWith("-1e") ? "-1" : "1", plain.replace(/^-(?=1e)/, "")];
  return unit.includes("e") ? Number(mantissa) * Number(unit) : Number(plain);
}

test("every axis has two marks, that say where they stand, and none that touch", () => {
  let seed = 3;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let round = 0; round < 3000; round++) {
    const log = round % 2 === 0;
    const wide = 10 ** (log ? 1.8 * random() - 0.5 : 10 * random() - 6);
    const low = log ? 20 * random() - 14 : wide * (4 * random() - 2);
    const most = round % 3 ? 2 + 10 * random() : 1.2 + 0.8 * random();
    const marks = ticks(low, low + wide, log, most);
    const told = `${low} ${low + wide} ${log} ${most}: ${JSON.stringify(marks)}`;
    assert.ok(marks.length >= (most < 2 ? 1 : 2) && marks.length <= 1.3 * most + 1, told);
    for (const [at, words] of marks) {
      assert.ok(at >= low - 1e-6 * wide && at <= low + wide * (1 + 1e-6), told);
      const value = log ? 10 ** at : at;
      assert.ok(Math.abs(numberOf(words) - value) <= 1e-9 * Math.abs(value) + 1e-6 * (log ? value : wide), `${words} at ${value}; ${told}`);
    }
    marks.reduce((before, [at]) => (assert.ok(at - before > (0.74 * wide) / most, told), at), -Infinity);
  }
});

test("marks are written as people write them", () => {
  const words = (/** @type {[number, number, boolean, number]} */ ...of) => ticks(...of).map(([, said]) => said);
  assert.deepEqual(words(-1200, 100, false, 2), ["−1000", "0"]);
  assert.deepEqual(words(-12, 3, true, 5), ["10⁻¹⁰", "10⁻⁵", "1"]);
  assert.deepEqual(words(-0.96, 0.02, true, 3), ["0.2", "0.5", "1"]);
  assert.deepEqual(words(0, 1e-7, false, 3), ["0", "5·10⁻⁸", "10⁻⁷"]);
  assert.deepEqual(words(0, 0.17, false, 2), ["0", "0.1"]);
});

test("the floor of a loss is twelve powers of ten below its start, and a diverging run squeezes no other", () => {
  const good = series(row(50, 1, 1e-3));
  for (const worst of [1e6, 1e30, Infinity]) {
    for (const log of [true, false]) {
      const [low, high] = rangeOf([good, series(row(50, 300, worst), true)], log);
      const at = (/** @type {number} */ v) => ((log ? Math.log10(v) : v) - low) / (high - low);
      for (const v of good.values) assert.ok(at(v) > 0 && at(v) < 1, `${v} ${log}`);
      assert.ok(at(50) - at(1e-3) > 0.5, `${log} ${low} ${high}`);
    }
  }
  const [deep, high] = rangeOf([series(row(100, 1e-20, 0))], true);
  assert.ok(Math.abs(deep - (2 - 12)) < 1.1 && high > 2, `${deep} ${high}`);
  // Alone it is followed: its growth is all there is to see.
  const [, far] = rangeOf([series(row(1, 1e5, 1e30), true)], true);
  assert.ok(far > 10 && far < 14);
  // What falls without end is as little followed.
  const [fallen] = rangeOf([series(row(0, 1, 2)), series(row(0, -1e6, -1e30), true)], false, [-2, 2]);
  assert.ok(fallen > -3, String(fallen));
});

test("negative losses, zeros and a single value have a range", () => {
  for (const values of [row(-1, -5), row(0, 0), row(3), row(NaN, NaN), row(Infinity), row(-1e30, 1e30), row(0, 1e-40)]) {
    for (const log of canBeLog([series(values)]) ? [true, false] : [false]) {
      const [low, high] = rangeOf([series(values)], log);
      assert.ok(Number.isFinite(low) && high > low, `${values} ${low} ${high}`);
      assert.ok(ticks(low, high, log, 3).length);
    }
  }
});

test("rates are linear unless runs lie a thousand times apart", () => {
  const cosine = Float32Array.from({ length: 101 }, (_, i) => 0.05 * (1 + Math.cos((Math.PI * i) / 100)));
  assert.equal(rateAxis([cosine]).log, false);
  assert.ok(rateAxis([cosine]).range[0] <= 0);
  assert.equal(rateAxis([row(0.3, 0.3), row(0.0004, 0.0004)]).log, false);
  assert.equal(rateAxis([row(0.1, 0.1), row(0.0001, 0.0001)]).log, true);
  const { range: [low, high] } = rateAxis([row(0.165), row(0.17)], row(0.167, NaN));
  assert.ok((0.17 - 0.165) / (high - low) > 0.5, "rates that lie close together are seen apart");
  assert.ok(rateAxis([row(0.1)], row(0.2)).range[1] > 0.2);
});

test("a limit without flicker is the limit itself, a barcode is none", () => {
  const steady = new Float32Array(300).fill(0.25);
  assert.deepEqual(calmed(steady, 5), steady);
  const spiked = steady.map((v, i) => (i % 50 === 7 ? 90 : v));
  assert.deepEqual(calmed(spiked, 5), steady);
  assert.equal(calmed(steady.map((v, i) => (i % 20 < 10 ? v : 40 * v)), 2), null);
  assert.equal(calmed(steady.map((v, i) => (i % 20 < 10 ? v : NaN)), 2), null, "one that comes and goes");
  // It begins late: that is no leap over and over.
  const late = calmed(steady.map((v, i) => (i < 100 ? NaN : v)), 5);
  assert.ok(late && Number.isNaN(late[0]) && late[299] === 0.25);
});

test("what is thinned keeps each spike, and a gap", () => {
  for (const steps of [1, 2, 300, 10000]) {
    const values = Float32Array.from({ length: steps + 1 }, (_, i) => Math.sin(i));
    values[steps >> 1] = 77;
    const kept = thinned(values, values.length, 200);
    assert.ok(kept.includes(steps >> 1) && kept.at(-1) === steps && kept.length <= 800);
  }
});

test("what is lower than a logarithmic axis goes is told, and whether it is 0", () => {
  const [low] = rangeOf([series(row(10, 1e-30, 0))], true);
  assert.ok(low > -13 && low < -10, String(low));
  const zero = { slot: 2, values: Float32Array.from([8, 3.5, 0, 0]), lost: false };
  const tiny = { slot: 3, values: Float32Array.from([8, 1e-20, 0]), lost: false };
  const high = { slot: 4, values: Float32Array.from([8, 1e-5]), lost: false };
  assert.deepEqual(sunkOf([zero, tiny, high], -11), [{ slot: 2, from: 2, zero: true }, { slot: 3, from: 1, zero: false }]);
  // A run that is at 0 from its second step on lies visibly below its first.
  const [floor, top] = rangeOf([zero], true);
  assert.ok(Math.log10(3.5) - floor > 1.9 && top > Math.log10(8), `${floor} ${top}`);
});
