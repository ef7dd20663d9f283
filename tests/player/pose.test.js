// @ts-check
/** Where the eye stands for a surface, checked by a lens of our own. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { besideEdges, cameraOf, fitted } from "../../app/player/static/drawing/pose.js";
import { gridOf, levelsOf, viewOf } from "../../app/player/static/drawing/projection.js";

const N = 121;

/** @param {(x: number, y: number) => number} height over [-1, 1]² */
function grid(height) {
  const x = Float32Array.from({ length: N }, (_, i) => -1 + (2 * i) / (N - 1));
  const z = new Float32Array(N * N);
  for (let j = 0; j < N; j++) for (let i = 0; i < N; i++) z[j * N + i] = height(x[i], x[j]);
  return gridOf({ x, y: x, z, axes: ["x", "y"] });
}

const SURFACES = {
  bowl: grid((x, y) => x * x + 12 * y * y),
  cliff: grid((x) => Math.tanh(9 * x)),
  corner: grid((x, y) => Math.exp(3 * x + 3 * y)),
  hole: grid((x, y) => -Math.exp(-60 * (x * x + y * y))),
  hills: grid((x, y) => Math.cos(30 * x) + Math.cos(30 * y) + x * x),
  plane: grid(() => 3),
};
const CARDS = [[254, 150], [274, 150], [380, 340], [500, 480], [1000, 800], [360, 300], [300, 900]];
const HOMES = /** @type {[number, number][]} */ ([[245, 52], [225, 60], [5, 52], [45, 78], [125, 30]]);
const NAMES = /** @type {[{width: number, height: number}, {width: number, height: number}]} */ ([{ width: 9, height: 16 }, { width: 62, height: 16 }]);

const SHORT = /** @type {typeof NAMES} */ ([{ width: 9, height: 16 }, { width: 22, height: 16 }]);

/** Plotly's camera as a lens: matrices column by column, the eye looking at the centre, 45 degrees upright. @param {ReturnType<typeof cameraOf>} camera @param {number} width @param {number} height */
function matrices({ eye, center }, width, height) {
  const minus = (/** @type {number[]} */ a, /** @type {number[]} */ b) => a.map((v, i) => v - b[i]);
  const cross = (/** @type {number[]} */ a, /** @type {number[]} */ b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const unit = (/** @type {number[]} */ a) => a.map((v) => v / Math.hypot(...a));
  const dot = (/** @type {number[]} */ a, /** @type {number[]} */ b) => a.reduce((sum, v, i) => sum + v * b[i], 0);
  const at = [eye.x, eye.y, eye.z], back = unit(minus(at, [center.x, center.y, center.z])), right = unit(cross([0, 0, 1], back)), up = cross(back, right);
  const view = [0, 1, 2].flatMap((i) => [right[i], up[i], back[i], 0]).concat([-dot(right, at), -dot(up, at), -dot(back, at), 1]);
  const f = 1 / Math.tan(Math.PI / 8), [near, far] = [0.01, 100];
  const projection = [(f * height) / width, 0, 0, 0, 0, f, 0, 0, 0, 0, (far + near) / (near - far), -1, 0, 0, (2 * far * near) / (near - far), 0];
  return { view, projection };
}

/** @param {import("../../app/player/static/drawing/projection.js").Grid} surface @param {[number, number]} home @param {any} card */
function seen(surface, home, card) {
  const { bottom, top } = surface;
  // The surface's room: x, y in [-1/2, 1/2], z in [-1/4, 1/4].
  const model = [0.5, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0.5 / (top - bottom), 0, 0, 0, (-0.25 * (top + bottom)) / (top - bottom), 1];
  const lens = { model, ...matrices(cameraOf(fitted(surface, home, card)), card.width, card.height) };
  const view = viewOf(lens, [1, 1, 1], surface, card.width, card.height), k = view.matrix;
  /** @type {[number, number][]} */ const points = [];
  for (let v = 0; v < N; v++) for (let u = 0; u < N; u++) {
    const z = surface.z[v * N + u], w = k[3] * u + k[7] * v + k[11] * z + k[15];
    points.push([card.width * (0.5 + (k[0] * u + k[4] * v + k[8] * z + k[12]) / w / 2), card.height * (0.5 - (k[1] * u + k[5] * v + k[9] * z + k[13]) / w / 2)]);
  }
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const least = (/** @type {number[]} */ a) => a.reduce((p, q) => Math.min(p, q)), most = (/** @type {number[]} */ a) => a.reduce((p, q) => Math.max(p, q));
  return { view, points, left: least(xs), right: most(xs), top: least(ys), bottom: most(ys) };
}

const cases = Object.entries(SURFACES).flatMap(([name, surface]) => HOMES.flatMap((home) => CARDS.map(([width, height]) => ({ name, surface, home, width, height }))));

test("every surface fills its card from every side, and nothing of it is cut", () => {
  for (const { name, surface, home, width, height } of cases) {
    const { left, right, top, bottom } = seen(surface, home, { width, height, taken: [], names: NAMES }), what = `${name} ${home} ${width}x${height}`;
    assert.ok(left >= 2 && top >= 2 && right <= width - 2 && bottom <= height - 2, `${what} is cut: ${left} ${right} ${top} ${bottom}`);
    assert.ok(Math.max((right - left) / width, (bottom - top) / height) >= 0.8, `${what} is small: ${right - left} x ${bottom - top}`);
  }
});

test("what stands in the card's corners has nothing of the surface under it", () => {
  for (const { name, surface, home, width, height } of cases) {
    const taken = [{ left: 13, top: 7, right: 112, bottom: 33 }, { left: width - 40, top: 7, right: width - 8, bottom: 33 }];
    const { points, left, right, top, bottom } = seen(surface, home, { width, height, taken, names: NAMES }), what = `${name} ${home} ${width}x${height}`;
    for (const [x, y] of points) assert.ok(!taken.some((box) => x > box.left && x < box.right && y > box.top && y < box.bottom), `${what}: ${x} ${y}`);
    assert.ok(left >= 2 && top >= 2 && right <= width - 2 && bottom <= height - 2, `${what} is cut`);
    assert.ok(Math.max((right - left) / width, (bottom - top) / (height - 33)) >= 0.7, `${what} is small: ${right - left} x ${bottom - top}`);
  }
});

test("the names of the axes are in the card, off the surface and apart; short ones always stand", () => {
  for (const names of [NAMES, SHORT]) for (const { name, surface, home, width, height } of cases) {
    const { view, points } = seen(surface, home, { width, height, taken: [], names }), what = `${name} ${home} ${width}x${height}`;
    const places = besideEdges(surface, view, names, []);
    if (names === SHORT) assert.ok(places.every((place) => place), `${what}: a name is missing`);
    const boxes = places.map((place, k) => place && { left: place[0] - names[k].width / 2, right: place[0] + names[k].width / 2, top: place[1] - names[k].height / 2, bottom: place[1] + names[k].height / 2 });
    for (const box of boxes) {
      if (!box) continue;
      assert.ok(box.left >= 0 && box.top >= 0 && box.right <= width && box.bottom <= height, `${what}: a name is cut`);
      assert.ok(!points.some(([x, y]) => x > box.left && x < box.right && y > box.top && y < box.bottom), `${what}: a name is on the surface`);
    }
    const [a, b] = boxes;
    assert.ok(!a || !b || a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top, `${what}: the names meet`);
  }
});

test("a rough surface bears fewer lines than a smooth one, and every one bears some", () => {
  assert.equal(levelsOf(SURFACES.bowl), 14);
  assert.equal(levelsOf(SURFACES.plane), 14);
  assert.ok(levelsOf(SURFACES.hills) < 8 && levelsOf(SURFACES.hills) >= 4);
});
