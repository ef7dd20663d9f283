import assert from "node:assert/strict";
import test from "node:test";
import { heightOver, spanOf } from "../../app/player/static/drawing/line.js";

/** @param {number[]} x @param {(x: number) => number} f @returns {import("../../app/player/static/wire/decode.js").Field} */
const field = (x, f) => ({ x: Float32Array.from(x), y: Float32Array.from(x), z: Float32Array.from(x.flatMap(() => x.map(f))), axes: ["x", "y"] });

test("a height lies on the line between the two beside it, and beyond the ends it is theirs", () => {
  const parabola = field([-2, -1, 0, 1, 2], (x) => x * x);
  for (const [at, height] of [[-2, 4], [0, 0], [0.5, 0.5], [1.25, 1.75], [2, 4], [9, 4], [-9, 4]]) assert.equal(heightOver(parabola, at), height);
});

test("what is shown holds the curve with a little room, and of it the part that is looked at", () => {
  const parabola = field([-2, -1, 0, 1, 2], (x) => x * x);
  const [low, high] = spanOf(parabola, [-2, 2]);
  assert.ok(low < 0 && low > -1 && high > 4 && high < 5);
  assert.ok(spanOf(parabola, [-1, 1])[1] < 1.2);
});

test("a level curve, one with holes and one that is nowhere have room too", () => {
  const level = spanOf(field([0, 1, 2], () => 3), [0, 2]);
  assert.ok(level[0] < 3 && level[1] > 3);
  const root = spanOf(field([-1, 0, 1], (x) => Math.sqrt(x)), [-1, 1]);
  assert.ok(root[0] < 0 && root[1] > 1 && root[1] < 2);
  const none = spanOf(field([-1, 0, 1], () => NaN), [-1, 1]);
  assert.ok(none[0] < none[1]);
});
