// @ts-check
/** What is worked out before anything is drawn: lines that are cut, surfaces that hide, lanes, labels, charts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { polyline } from "../../app/player/static/drawing/canvas.js";
import { leaping, rangeOf, steps, thinned, ticks } from "../../app/player/static/drawing/curve.js";
import { headed, meet, placed } from "../../app/player/static/drawing/labels.js";
import { LANE, fanned, tracksOf } from "../../app/player/static/drawing/lanes.js";
import { gridOf, heightAt, isSeen, toCells, trailOf } from "../../app/player/static/drawing/projection.js";
import { drawingOrder, everyRun, latest, ownPart } from "../../app/player/static/wire/runs.js";

/** What a path was told. */
function recorder() {
  const done = /** @type {[string, number, number][]} */ ([]);
  const path = /** @type {any} */ ({ moveTo: (/** @type {number} */ x, /** @type {number} */ y) => done.push(["M", x, y]), lineTo: (/** @type {number} */ x, /** @type {number} */ y) => done.push(["L", x, y]) });
  return { done, path };
}
const BOX = { left: 0, top: 0, right: 100, bottom: 100 };

test("a line is cut to its box, and nothing of it is moved", () => {
  const points = /** @type {[number, number][]} */ ([[50, 50], [1e9, 50], [1e9, 1e9], [50, -1e9], [50, 50], [NaN, 0], [20, 20], [30, 30]]);
  const { done, path } = recorder();
  polyline(path, (i) => points[i], points.length, BOX);
  for (const [, x, y] of done) assert.ok(x >= 0 && x <= 100 && y >= 0 && y <= 100, `${x} ${y}`);
  assert.deepEqual(done.filter(([kind]) => kind === "L").map(([, x, y]) => [Math.round(x), Math.round(y)]), [[100, 50], [50, 50], [30, 30]]);
});

/** A bowl over [-1, 1]². @param {number} n */
function bowl(n) {
  const x = Float32Array.from({ length: n }, (_, i) => -1 + (2 * i) / (n - 1));
  const z = new Float32Array(n * n);
  for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) z[j * n + i] = x[i] ** 2 + x[j] ** 2;
  return gridOf({ x, y: x, z, axes: ["x", "y"] });
}

test("heights between the grid's points are those of the plane between them", () => {
  const grid = bowl(41);
  for (const [x, y] of [[0, 0], [0.33, -0.71], [0.999, 0.999]]) {
    const [u, v] = toCells(grid, x, y);
    assert.ok(Math.abs(heightAt(grid, u, v) - (x * x + y * y)) < 2e-3);
  }
  assert.ok(Number.isNaN(heightAt(grid, -0.1, 3)));
});

test("a wall hides what is behind it, as a march by hand finds", () => {
  const grid = bowl(41);
  const eyes = /** @type {[number, number, number][]} */ ([[-60, 20, 0.5], [20, -90, 3], [200, 200, 9]]);
  for (const eye of eyes) for (let v = 1; v < 40; v += 5) for (let u = 1; u < 40; u += 5) {
    const z = heightAt(grid, u, v) + 0.02;
    let free = true;
    let closest = Infinity;
    for (let s = 0.004; s < 1; s += 0.001) {
      const h = heightAt(grid, u + s * (eye[0] - u), v + s * (eye[1] - v));
      if (Number.isNaN(h)) break;
      const above = z + s * (eye[2] - z) - h;
      closest = Math.min(closest, above);
      if (above < 0) free = false;
    }
    // Where a ray all but touches, the two may differ.
    if (Math.abs(closest) > 0.01) assert.equal(isSeen(grid, /** @type {any} */ (eye), u, v, z), free, `${eye} ${u} ${v}`);
  }
});

test("a trail has its vertices on the surface, and tells which steps are in the window", () => {
  const grid = bowl(41);
  const trail = trailOf(grid, Float32Array.from([0.5, 0.5, -0.5, 0.2, 3, 0.2, 0.1, 0.1]));
  assert.deepEqual([...trail.inside], [1, 1, 0, 1]);
  assert.equal(trail.ends.length, 4);
  for (let i = 0; i < trail.points.length; i += 3) {
    const [u, v, z] = trail.points.subarray(i, i + 3);
    if (Number.isFinite(u)) assert.ok(Math.abs(z - heightAt(grid, u, v)) < 0.06 * (grid.top - grid.bottom));
  }
});

const line = (/** @type {number} */ dy) => ({ xy: Float32Array.from({ length: 40 }, (_, i) => (i % 2 ? 50 + dy : (i / 2) * 20)) });
const same = (/** @type {number} */ x, /** @type {number} */ y) => /** @type {[number, number]} */ ([x, y]);

test("runs on one line have lanes of their own, one that is alone has its place", () => {
  const [alone] = tracksOf([line(0)], same);
  assert.ok(alone.y.every((y) => y === 50));
  const tracks = tracksOf([line(0), line(0.5), line(30)], same);
  const middle = (/** @type {number} */ k) => tracks[k].y[Math.floor(tracks[k].y.length / 2)];
  assert.ok(Math.abs(Math.abs(middle(0) - middle(1)) - LANE) < 0.6, `${middle(0)} ${middle(1)}`);
  assert.equal(middle(2), 80);
  const four = tracksOf([line(0), line(0), line(0), line(0)], same).map(({ y }) => y[50]).sort((a, b) => a - b);
  for (let k = 1; k < 4; k++) assert.ok(Math.abs(four[k] - four[k - 1] - LANE) < 0.1, String(four));
});

test("paths that only cross are not moved", () => {
  const across = { xy: Float32Array.from([100, 0, 100, 100]) };
  const tracks = tracksOf([{ xy: Float32Array.from([0, 50, 200, 50]) }, across], same);
  for (const { x, y } of tracks) assert.ok(x.every((v, i) => v === 100 || y[i] === 50));
});

test("markers on one another fan out, those at the start stand beside its ring", () => {
  const heads = [{ x: 50, y: 50, angle: 0 }, { x: 52, y: 50, angle: 0 }, { x: 150, y: 20, angle: 1 }];
  const places = fanned(heads, 8, null, { left: 0, right: 300 });
  assert.deepEqual(places[2], [150, 20]);
  assert.ok(Math.hypot(places[0][0] - places[1][0], places[0][1] - places[1][1]) > 16);
  const row = fanned([{ x: 10, y: 10, angle: 0 }, { x: 10, y: 10, angle: 0 }], 8, [10, 10], { left: 0, right: 300 });
  assert.ok(row[0][0] > 20 && row[1][0] > row[0][0] + 15 && row[0][1] === 10);
  // At the right edge the row goes the other way.
  assert.ok(fanned([{ x: 290, y: 10, angle: 0 }], 8, [290, 10], { left: 0, right: 300 })[0][0] < 290);
});

test("a label stands where no path is, or nowhere", () => {
  const size = { width: 30, height: 16 };
  const track = (/** @type {number[]} */ x, /** @type {number[]} */ y) => ({ x: Float64Array.from(x), y: Float64Array.from(y), ends: new Int32Array(0) });
  const free = placed([50, 50], 6, size, BOX, [], []);
  assert.ok(free && free.left > 50 && free.bottom < 50);
  const moved = placed([50, 50], 6, size, BOX, [track([65], [38])], []);
  assert.ok(moved && !meet(moved, { left: 64, right: 66, top: 37, bottom: 39 }));
  const busy = track(Array.from({ length: 100 }, (_, i) => i), Array.from({ length: 100 }, (_, i) => (i * 37) % 100));
  assert.equal(placed([50, 50], 6, { width: 48, height: 40 }, BOX, [busy], []), null);
  assert.equal(placed([5, 5], 6, { width: 200, height: 16 }, BOX, [], []), null);
});

test("an axis has the runs that arrive, not only the one that does not", () => {
  const good = { slot: 1, values: Float32Array.from([10, 1, 0.1]), lost: false };
  const wild = { slot: 2, values: Float32Array.from([10, 1e6, 1e30]), lost: true };
  const [low, high] = rangeOf([good, wild], true);
  assert.ok(low < -1 && high < 4, `${low} ${high}`);
  const [deep] = rangeOf([{ slot: 1, values: Float32Array.from([1, 1e-30, 0]), lost: false }], true);
  assert.ok(deep > -14);
  assert.deepEqual(rangeOf([{ slot: 1, values: Float32Array.from([NaN]), lost: false }], true), [0, 1]);
});

test("ticks are round, rise, and are no more than there is room for", () => {
  for (const [low, high, log, most] of /** @type {[number, number, boolean, number][]} */ ([[-12, 3, true, 4], [0, 0.37, false, 3], [-1000, 1000, false, 5], [0.1, 0.1004, false, 2]])) {
    const marks = ticks(low, high, log, most);
    assert.ok(marks.length >= 1 && marks.length <= most + 2, JSON.stringify(marks));
    marks.reduce((before, [value]) => (assert.ok(value > before), value), -Infinity);
    assert.equal(new Set(marks.map(([, words]) => words)).size, marks.length);
  }
  assert.deepEqual(steps(100, 4), [0, 50, 100]);
  assert.deepEqual(steps(1, 4), [0, 1]);
});

test("of a long row no spike is lost, and a barcode is told from a curve", () => {
  const values = Float32Array.from({ length: 10000 }, (_, i) => Math.sin(i / 700));
  values[4321] = 99;
  values[7777] = -99;
  const kept = thinned(values, values.length, 300);
  assert.ok(kept.length <= 1200 && kept.includes(4321) && kept.includes(7777) && kept[0] === 0 && kept.at(-1) === 9999);
  kept.reduce((before, i) => (assert.ok(i > before), i), -1);
  assert.equal(leaping(values.map((v) => 2 + v * 0.01)), false);
  assert.equal(leaping(values.map((_, i) => (i % 2 ? 1 : 10))), true);
});

test("runs are in the order of their slots, news is what holds at a step, the selected run is on top", () => {
  const run = (/** @type {number} */ slot, /** @type {number[]} */ xy) => /** @type {any} */ ({ slot, xy: Float32Array.from(xy), events: [{ at: 2, until: 4, text: "a" }, { at: 3, until: 9, text: "b" }] });
  const runs = [run(3, [0, 0, 9, 9]), run(1, [0, 0, 1, 1]), run(2, [0, 0, 5, 5])];
  assert.deepEqual(everyRun(/** @type {any} */ ([{ runs }, { runs: [run(7, [0, 0])] }])).map(({ slot }) => slot), [1, 2, 3, 7]);
  assert.deepEqual(drawingOrder(runs, 3).map(({ slot }) => slot), [2, 1, 3]);
  assert.equal(latest(runs[0], 1), undefined);
  assert.equal(latest(runs[0], 2)?.text, "a");
  assert.equal(latest(runs[0], 3)?.text, "b");
});

test("an arrow's label stands at its head, in the picture, and covers neither marker nor arrow nor another label", () => {
  const box = { left: 0, top: 0, right: 400, bottom: 400 };
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  let placed = 0;
  for (let round = 0; round < 300; round++) {
    /** @type {[number, number]} */ const from = [40 + 320 * random(), 40 + 320 * random()];
    const tips = Array.from({ length: 4 }, () => /** @type {[number, number]} */ ([from[0] + 160 * (random() - 0.5), from[1] + 160 * (random() - 0.5)]));
    const arrows = tips.flatMap(([x, y]) => Array.from({ length: 20 }, (_, k) => /** @type {[number, number]} */ ([from[0] + ((x - from[0]) * k) / 19, from[1] + ((y - from[1]) * k) / 19])));
    const taken = [{ left: from[0] - 11, right: from[0] + 11, top: from[1] - 11, bottom: from[1] + 11 }];
    for (const tip of tips) {
      const label = headed(from, tip, { width: 90, height: 22 }, box, taken, arrows, []);
      if (!label) continue;
      placed += 1;
      assert.ok(label.left >= 0 && label.right <= 400 && label.top >= 0 && label.bottom <= 400);
      assert.ok(!taken.some((other) => meet(label, other)));
      assert.ok(!arrows.some(([x, y]) => x > label.left && x < label.right && y > label.top && y < label.bottom));
      // Near its head: no other place would be taken for it.
      const away = Math.hypot(Math.max(label.left - tip[0], 0, tip[0] - label.right), Math.max(label.top - tip[1], 0, tip[1] - label.bottom));
      assert.ok(away < 75, String(away));
      taken.push(label);
    }
  }
  assert.ok(placed > 1100, String(placed));
});

test("the label of a lone arrow goes on in the arrow's direction", () => {
  const box = { left: 0, top: 0, right: 400, bottom: 400 };
  for (let turn = 0; turn < 2 * Math.PI; turn += 0.3) {
    /** @type {[number, number]} */ const tip = [200 + 60 * Math.cos(turn), 200 + 60 * Math.sin(turn)];
    const label = headed([200, 200], tip, { width: 60, height: 22 }, box, [], [], []);
    assert.ok(label);
    const middle = [(label.left + label.right) / 2 - 200, (label.top + label.bottom) / 2 - 200];
    assert.ok(Math.cos(Math.atan2(middle[1], middle[0]) - turn) > 0.99);
  }
});

test("a label leaves a path free where there is another place", () => {
  const box = { left: 0, top: 0, right: 400, bottom: 400 };
  const path = Array.from({ length: 40 }, (_, k) => /** @type {[number, number]} */ ([200 + 5 * k, 200]));
  const label = headed([100, 200], [190, 200], { width: 60, height: 22 }, box, [], [], path);
  assert.ok(label && !path.some(([x, y]) => x > label.left && x < label.right && y > label.top && y < label.bottom));
});

test("the curve of a run that ended before the others is as long as the run was", () => {
  const [positions, steps] = [Float32Array.from([5, 4, 3, 3, 3]), Float32Array.from([1, 1, 1, 1])];
  const run = /** @type {any} */ ({ steps: 2 });
  assert.deepEqual([...ownPart(run, 4, positions)], [5, 4, 3]);
  assert.deepEqual([...ownPart(run, 4, steps)], [1, 1]);
  assert.equal(ownPart({ ...run, steps: 4 }, 4, positions), positions);
});
