// @ts-check
/** Lines cut to a box: all of what is inside is drawn, nothing else, and nothing is moved. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { polyline } from "../../app/player/static/drawing/canvas.js";

const BOX = { left: 10, top: -5, right: 110, bottom: 55 };

/** The segments that are drawn of some points, and how often the pen was put down. @param {[number, number][]} points */
function drawn(points) {
  /** @type {[number, number, number, number][]} */
  const segments = [];
  let [x, y] = [NaN, NaN];
  let put = 0;
  const path = {
    moveTo: (/** @type {number} */ a, /** @type {number} */ b) => ([x, y, put] = [a, b, put + 1]),
    lineTo: (/** @type {number} */ a, /** @type {number} */ b) => {
      segments.push([x, y, a, b]);
      [x, y] = [a, b];
    },
  };
  polyline(/** @type {Path2D} */ (/** @type {unknown} */ (path)), (i) => points[i], points.length, BOX);
  return { segments, put };
}

/** @param {number} x @param {number} y @param {number} by */
const within = (x, y, by) => x >= BOX.left - by && x <= BOX.right + by && y >= BOX.top - by && y <= BOX.bottom + by;

/** How far a point is from a segment. @param {number} x @param {number} y @param {[number, number, number, number]} segment */
function away(x, y, [x0, y0, x1, y1]) {
  const square = (x1 - x0) ** 2 + (y1 - y0) ** 2;
  const t = square ? Math.max(0, Math.min(1, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / square)) : 0;
  return Math.hypot(x0 + t * (x1 - x0) - x, y0 + t * (y1 - y0) - y);
}

test("of any line just what lies in the box is drawn", () => {
  let state = 41;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  for (let round = 0; round < 300; round++) {
    const reach = [60, 200, 2000][round % 3];
    const points = Array.from({ length: 12 }, (_, i) => /** @type {[number, number]} */ (round % 5 === 0 && i === 6 ? [NaN, 3] : [60 + reach * (next() - 0.5), 25 + reach * (next() - 0.5)]));
    // Upright and level ones too.
    if (round % 4 === 0) points[3] = [points[2][0], points[3][1]];
    if (round % 4 === 1) points[3] = [points[3][0], points[2][1]];
    const { segments } = drawn(points);
    for (const [x0, y0, x1, y1] of segments) {
      assert.ok(within(x0, y0, 1e-9) && within(x1, y1, 1e-9), `${x0} ${y0} ${x1} ${y1}`);
      assert.ok(points.some(([a, b], i) => i && [[x0, y0], [x1, y1]].every(([x, y]) => away(x, y, [...points[i - 1], a, b]) < 1e-9)), "moved");
    }
    for (let i = 1; i < points.length; i++) for (let t = 0; t <= 1; t += 0.02) {
      const [x, y] = [0, 1].map((c) => points[i - 1][c] + t * (points[i][c] - points[i - 1][c]));
      if (within(x, y, -1e-6)) assert.ok(segments.some((segment) => away(x, y, segment) < 1e-6), `${x} ${y} is missing`);
    }
  }
});

test("the pen stays down as long as the line stays inside, and is put down again where it comes back", () => {
  assert.equal(drawn([[20, 0], [30, 10], [40, 0], [100, 50]]).put, 1);
  assert.equal(drawn([[20, 0], [500, 0], [20, 10], [30, 10]]).put, 2);
  assert.equal(drawn([[20, 0], [30, 0], [NaN, NaN], [40, 0], [50, 0]]).put, 2);
  for (const points of /** @type {[number, number][][]} */ ([[[20, 0]], [[0, 0], [0, 50]], [[500, 0], [600, 40]], [[Infinity, 0], [20, 0]], [[20, NaN], [20, 0]]])) {
    assert.deepEqual(drawn(points), { segments: [], put: 0 });
  }
});

test("what lies a billion pixels away does not move what is seen", () => {
  for (const far of [1e3, 1e6, 1e9, 1e12]) {
    const { segments } = drawn([[20, 0], [20 + far, far / 2], [20, 0]]);
    for (const segment of segments) assert.ok(away(100, 40, segment) < 1e-3 && away(20, 0, segment) < 1e-3, `${far}: ${segment}`);
    assert.equal(segments.length, 2);
  }
});
