// @ts-check
/** A fair race's pieces, order and words, without a page. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { spanOf } from "../../app/player/static/race/chart.js";
import { Known } from "../../app/player/static/race/pieces.js";
import { lines } from "../../app/player/static/wire/pieces.js";
import { along, columnsOf, factorWords, inOrder, rateWords, stepWords, turned } from "../../app/player/static/race/table.js";

/** @typedef {import("../../app/player/static/race/pieces.js").Standing} Standing */
/** @param {number} slot @param {Partial<Standing>} [more] @returns {Standing} */
const standing = (slot, more = {}) => ({
  slot, rate: 0.1, steps: 10, got: 9, loss: 0.5, low: 0.1, high: 1, factor: 10, rates: [0.01, 0.1, 1, 10], median: [1, 1e-3, 1e-12, null],
  lower: [1, 0, 0, 1], upper: [2, 1, 1, null], runs: 1026, seconds: 0.25, complete: true, ...more,
});
const METHODS = [{ slot: 1, name: "GD" }, { slot: 2, name: "adam" }, { slot: 3, name: "Lion" }, { slot: 4, name: "BFGS" }];
const STANDINGS = new Map([standing(1, { loss: 2, factor: 3 }), standing(2, { steps: null, factor: null, got: 2 }), standing(3, { steps: 7 })].map((one) => [one.slot, one]));

test("lines are whole or wait for their rest", () => {
  assert.deepEqual(lines('{"a":1}\n\n{"b":2}\n{"c'), [['{"a":1}', '{"b":2}'], '{"c']);
  assert.deepEqual(lines(""), [[], ""]);
});

test("what is known grows piece by piece, and a failure is said", () => {
  const known = new Known();
  known.take({ begun: { title: "t", goal: 0.1, first: 5, csv: "method,rate" } });
  known.take({ standing: standing(2), csv: "Adam,0.1" });
  known.take({ standing: standing(1), csv: "GD,0.2" });
  assert.equal(known.over, null);
  assert.equal(known.csv([1, 2, 3]), "method,rate\r\nGD,0.2\r\nAdam,0.1\r\n");
  assert.deepEqual([known.runs, known.seconds], [2052, 0.5]);
  assert.throws(() => known.take({ failed: "The server could not." }), /could not/);
});

test("a heading orders the rows, again it turns them, and what is not known stands last", () => {
  const order = (/** @type {import("../../app/player/static/race/table.js").Order} */ by) => inOrder(METHODS, STANDINGS, by).map(({ slot }) => slot);
  assert.deepEqual(order({ by: "steps", falling: false }), [3, 1, 2, 4]);
  assert.deepEqual(order({ by: "steps", falling: true }), [1, 3, 2, 4]);
  assert.deepEqual(order({ by: "name", falling: false }), [2, 4, 1, 3]);
  assert.deepEqual(order({ by: "factor", falling: true }), [3, 1, 2, 4]);
  // Alike ones by their loss.
  assert.deepEqual(order({ by: "got", falling: true }), [3, 1, 2, 4]);
  assert.deepEqual(turned({ by: "steps", falling: false }, "steps"), { by: "steps", falling: true });
  assert.deepEqual([turned({ by: "steps", falling: true }, "rate"), turned({ by: "steps", falling: true }, "got")].map(({ falling }) => falling), [false, true]);
  assert.deepEqual([columnsOf(false).length, columnsOf(true)], [5, ["name", "rate", "loss"]]);
});

test("rates, factors and steps in words", () => {
  assert.deepEqual([0.0058123, 0.76, 10, 1.6, 120, 0.00012].map(rateWords), ["0.0058", "0.76", "10", "1.6", "120", "1.2×10⁻⁴"]);
  assert.deepEqual([1.24, 13.4, 115, 5000, 1, null].map((factor) => factorWords(standing(1, { factor }))), ["× 1.2", "× 13", "× 115", "× 5000", "one rate", "none"]);
  assert.equal(factorWords(standing(1, { low: 0.01, high: 10 })), "any");
  assert.deepEqual([stepWords(standing(1), 600), stepWords(standing(1, { steps: null }), 600)], ["10", "over 600"]);
  assert.deepEqual([0.0001, 10].map((rate) => Math.round(along(rate, [0.0001, 10]))), [0, 100]);
});

test("the picture holds the start, the goal and the floor, and no more", () => {
  const [low, high] = spanOf([standing(1)], 8, 0.01);
  assert.equal(low, -9);
  assert.ok(Math.abs(high - Math.log10(8) - 1.8) < 1e-9);
  assert.ok(spanOf([standing(1)], 8, 1e-12)[0] < -12);
  const far = spanOf([standing(1, { median: [1, 0.2, 0.3, 1] })], 8, null);
  assert.ok(far[0] < Math.log10(0.2) && far[0] > -2);
  assert.deepEqual(spanOf([], null, null), [-9, 1]);
  // What is as low as the lowest has no logarithm, and lies on the floor.
  assert.equal(spanOf([standing(1, { median: [1, 0.2, 0, 1] })], 8, null)[0], -9);
});
