// @ts-check
/** Where points of a surface lie on the screen, what hides them, and how a path lies on the surface. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { gridOf, heightAt, isSeen, project, sameView, toCells, trailOf, viewOf } from "../../app/player/static/drawing/projection.js";

/** Numbers from 0 to 1, the same at every run. @param {number} seed */
function random(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** @param {[number, number, number]} a @param {[number, number, number]} b */
const minus = (a, b) => /** @type {[number, number, number]} */ (a.map((v, i) => v - b[i]));
/** @param {number[]} a @param {number[]} b */
const dot = (a, b) => a.reduce((sum, v, i) => sum + v * b[i], 0);
/** @param {number[]} a @param {number[]} b @returns {[number, number, number]} */
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
/** @param {number[]} a @returns {[number, number, number]} */
const unit = (a) => /** @type {[number, number, number]} */ (a.map((v) => v / Math.hypot(...a)));

/** A camera: where it stands and looks, its axes in space and how wide it sees. @param {[number, number, number]} eye @param {number} fovy @param {number} aspect */
function camera(eye, fovy, aspect) {
  const ahead = unit(minus([0.1, -0.2, 0.05], eye)), right = unit(cross(ahead, [0, 0, 1])), up = cross(right, ahead);
  const f = 1 / Math.tan(fovy / 2), [near, far] = [0.1, 100];
  return {
    eye, ahead, right, up, f, aspect,
    // Column by column, as OpenGL has them.
    view: [right[0], up[0], -ahead[0], 0, right[1], up[1], -ahead[1], 0, right[2], up[2], -ahead[2], 0, -dot(right, eye), -dot(up, eye), dot(ahead, eye), 1],
    projection: [f / aspect, 0, 0, 0, 0, f, 0, 0, 0, 0, (far + near) / (near - far), -1, 0, 0, (2 * far * near) / (near - far), 0],
  };
}

/** @param {(x: number, y: number) => number} z @param {number} [n] @param {number} [m] */
function grid(z, n = 31, m = 21) {
  const x = Float32Array.from({ length: n }, (_, i) => -2 + (5 * i) / (n - 1));
  const y = Float32Array.from({ length: m }, (_, j) => 1 + (2 * j) / (m - 1));
  return gridOf({ x, y, z: Float32Array.from({ length: n * m }, (_, k) => z(x[k % n], y[Math.floor(k / n)])), axes: ["x", "y"] });
}

const MODEL = [0.4, 0, 0, 0, 0, 0.9, 0, 0, 0, 0, 0.3, 0, -0.2, -1.8, -0.1, 1];
const SCALE = [1.5, 0.5, 2];

test("a point is where a camera built by hand sees it", () => {
  const next = random(11);
  const surface = grid((x, y) => x * y);
  let behind = 0;
  for (let k = 0; k < 300; k++) {
    const eye = /** @type {[number, number, number]} */ ([4 * next() - 2, 5 * next() - 2, 3 * next() - 0.5]);
    const [width, height] = [200 + 900 * next(), 200 + 500 * next()];
    const { ahead, right, up, f, aspect, view, projection } = camera(eye, 0.4 + next(), width / height);
    const seen = viewOf({ model: MODEL, view, projection }, SCALE, surface, width, height);
    const [u, v, z] = [30 * next(), 20 * next(), 6 * next() - 2];
    const data = [surface.x0 + u * surface.dx, surface.y0 + v * surface.dy, z].map((value, i) => value * SCALE[i]);
    const place = /** @type {[number, number, number]} */ (data.map((value, i) => value * MODEL[5 * i] + MODEL[12 + i]));
    const way = minus(place, eye);
    const depth = dot(way, ahead);
    const out = new Float64Array(3);
    project(seen, u, v, z, out);
    if (depth < 0.009) {
      behind++;
      assert.ok(Number.isNaN(out[0]) && Number.isNaN(out[1]) && Number.isNaN(out[2]), `behind the eye: ${depth}`);
      continue;
    }
    // Right before the eye all that is rounded is large on the screen.
    if (depth < 0.1) continue;
    const expected = [(width / 2) * (1 + (f * dot(way, right)) / (aspect * depth)), (height / 2) * (1 - (f * dot(way, up)) / depth), depth];
    // What grid units and matrices round, seen through how far off the point is.
    expected.forEach((value, i) => assert.ok(Math.abs(out[i] - value) <= 1e-4 * (1 + Math.abs(value)), `${[...out]} is not ${expected}`));
    // The eye, back in space, is where the camera stands.
    const back = [surface.x0 + seen.eye[0] * surface.dx, surface.y0 + seen.eye[1] * surface.dy, seen.eye[2]];
    back.forEach((value, i) => assert.ok(Math.abs(value * SCALE[i] * MODEL[5 * i] + MODEL[12 + i] - eye[i]) < 1e-5));
  }
  assert.ok(behind > 8, String(behind));
});

test("a view is the same only with the same matrix on the same screen", () => {
  const surface = grid((x) => x);
  const { view, projection } = camera([1, 3, 2], 0.8, 1.5);
  const of = (/** @type {number} */ width, /** @type {number} */ height, model = MODEL) => viewOf({ model, view, projection }, SCALE, surface, width, height);
  assert.ok(sameView(of(300, 200), of(300, 200)));
  assert.ok(!sameView(null, of(300, 200)));
  for (const other of [of(301, 200), of(300, 201), of(300, 200, MODEL.map((v, i) => (i === 5 ? v + 1e-9 : v)))]) assert.ok(!sameView(of(300, 200), other));
});

test("between four points the height is their mean, each weighed by the area across from it", () => {
  const next = random(5);
  const surface = grid(() => 10 * next() - 5);
  const { n, m, z } = surface;
  for (let j = 0; j < m; j++) for (let i = 0; i < n; i++) assert.equal(heightAt(surface, i, j), z[j * n + i]);
  for (let k = 0; k < 2000; k++) {
    const [u, v] = [next() * (n - 1), next() * (m - 1)];
    let expected = 0;
    for (let j = 0; j < m; j++) for (let i = 0; i < n; i++) expected += Math.max(0, 1 - Math.abs(u - i)) * Math.max(0, 1 - Math.abs(v - j)) * z[j * n + i];
    assert.ok(Math.abs(heightAt(surface, u, v) - expected) < 1e-12, `${u} ${v}`);
  }
  for (const [u, v] of [[-1e-9, 3], [3, -1e-9], [n - 1 + 1e-9, 3], [3, m - 1 + 1e-9], [NaN, 3], [3, Infinity]]) assert.ok(Number.isNaN(heightAt(surface, u, v)));
});

test("a grid knows its heights, also where some overflow or all are one", () => {
  const holed = grid((x, y) => (x > 2 ? NaN : x < -1.9 ? Infinity : y));
  assert.deepEqual([holed.bottom, holed.top], [1, 3]);
  assert.deepEqual([grid(() => 4).bottom, grid(() => 4).top], [4, 5]);
  assert.deepEqual([grid(() => NaN).bottom, grid(() => NaN).top], [0, 1]);
  const [u, v] = toCells(grid(() => 0), -2 + 5 * 0.3, 1 + 2 * 0.7);
  assert.ok(Math.abs(u - 9) < 1e-5 && Math.abs(v - 14) < 1e-5, `${u} ${v}`);
});

test("what a ridge hides is what a fine march to the eye finds", () => {
  const next = random(3);
  const surface = grid((x, y) => Math.sin(3 * x) + Math.cos(4 * y) + 0.4 * x);
  const counts = { seen: 0, hidden: 0 };
  for (let k = 0; k < 3000; k++) {
    const angle = 2 * Math.PI * next();
    const eye = /** @type {[number, number, number]} */ ([15 + 60 * Math.cos(angle), 10 + 60 * Math.sin(angle), 12 * next() - 2]);
    const [u, v] = [30 * next(), 20 * next()];
    const z = heightAt(surface, u, v) + surface.lift;
    // Every tenth of what isSeen strides, from where it looks for the first time on; how near the ray comes to the surface.
    const far = Math.hypot(eye[0] - u, eye[1] - v);
    let gap = Infinity;
    for (let walked = 0.7; walked < far; walked += 0.07) {
      const share = walked / far;
      const h = heightAt(surface, u + share * (eye[0] - u), v + share * (eye[1] - v));
      if (Number.isNaN(h)) break;
      gap = Math.min(gap, z + share * (eye[2] - z) - h);
    }
    const seen = isSeen(surface, eye, u, v, z);
    counts[seen ? "seen" : "hidden"]++;
    // What is hidden has something before it; what is seen at most a crest that lies between two strides.
    assert.ok(seen ? gap > -0.2 : gap < 0, `${eye} ${u} ${v}: ${gap}, ${seen}`);
  }
  assert.ok(counts.seen > 500 && counts.hidden > 500, JSON.stringify(counts));
});

test("straight above, what floats over the surface is seen and what lies under the eye's foot is not hidden by it", () => {
  const surface = grid((x, y) => x + y);
  assert.ok(isSeen(surface, [10, 10, 99], 10, 10, heightAt(surface, 10, 10) + surface.lift));
  assert.ok(!isSeen(surface, [10, 10, -99], 10, 10, heightAt(surface, 10, 10) + surface.lift));
});

/** The vertices of a trail. @param {import("../../app/player/static/drawing/projection.js").Trail} trail */
const vertices = ({ points }) => Array.from({ length: points.length / 3 }, (_, i) => [...points.subarray(3 * i, 3 * i + 3)]);

test("a trail ends each step where the run is, and is interrupted only outside the window", () => {
  const next = random(17);
  const surface = grid((x, y) => x * x - y);
  const within = (/** @type {number} */ x, /** @type {number} */ y) => x >= -2 && x <= 3 && y >= 1 && y <= 3;
  for (let round = 0; round < 60; round++) {
    const xy = Float32Array.from({ length: 2 * 40 }, (_, i) => (i % 2 ? 2 + 2.6 * (next() - 0.5) : 0.5 + 6.4 * (next() - 0.5)));
    if (round % 3 === 0) xy[30] = NaN;
    if (round % 4 === 0) xy[41] = 1e9;
    const trail = trailOf(surface, xy);
    const all = vertices(trail);
    assert.equal(trail.ends.length, 40);
    assert.equal(trail.ends[39], all.length);
    for (let t = 0; t < 40; t++) {
      assert.ok(t === 0 || trail.ends[t] >= trail.ends[t - 1]);
      assert.equal(trail.inside[t], Number(within(xy[2 * t], xy[2 * t + 1])), `${xy[2 * t]} ${xy[2 * t + 1]}`);
      if (!trail.inside[t]) continue;
      // The last vertex of a step that ends inside is its position, and nothing but the window's edge interrupts the line.
      const [u, v] = toCells(surface, xy[2 * t], xy[2 * t + 1]);
      const [a, b] = all[trail.ends[t] - 1];
      assert.ok(Math.hypot(a - u, b - v) < 1e-4, `step ${t}: ${a} ${b} is not ${u} ${v}`);
      const own = all.slice(t ? trail.ends[t - 1] : 0, trail.ends[t]);
      const breaks = own.filter(([value]) => Number.isNaN(value)).length;
      assert.equal(breaks, t > 0 && trail.inside[t - 1] ? 0 : 1, `step ${t}`);
    }
    for (const [u, v, z] of all) {
      if (Number.isNaN(u)) continue;
      // A vertex is kept in single precision, which at the very edge may be off the grid.
      const onto = heightAt(surface, Math.min(Math.max(u, 0), 30), Math.min(Math.max(v, 0), 20));
      assert.ok(Math.abs(z - onto - surface.lift) < 1e-4 * (1 + Math.abs(onto)), `${u} ${v} ${z}`);
    }
  }
});

test("a run that has left and swings across the window for ever is drawn on its way out and thrice more", () => {
  const surface = grid((x, y) => x + y);
  // A bounce that grows: inside for five steps, then from edge to edge.
  const xy = Float32Array.from({ length: 2 * 60 }, (_, i) => (i % 2 ? 2 + 0.6 * (-1.2) ** ((i - 1) / 2) : 0.5));
  const { ends, inside } = trailOf(surface, xy), gone = inside.indexOf(0);
  assert.ok(gone > 1 && inside.subarray(gone).every((one) => !one));
  assert.ok(ends[gone + 3] > ends[gone + 2] && ends[gone] > ends[gone - 1]);
  for (let t = gone + 4; t < 60; t++) assert.equal(ends[t], ends[gone + 3]);
});

test("a step that comes back from very far away ends where the run is, and one along the edge has a height all along", () => {
  const surface = grid((x, y) => x + y);
  for (const far of [1e6, 1e12, 1e30]) {
    for (const xy of [[far, 2, 0.5, 1.7], [0.5, far, 0.5, 1.7], [-far, -far, 0.5, 1.7]]) {
      const trail = trailOf(surface, Float32Array.from(xy)), [u, v] = toCells(surface, 0.5, Math.fround(1.7));
      const [a, b] = vertices(trail).at(-1) || [];
      assert.ok(Math.hypot(a - u, b - v) < 1e-5, `${xy}: ${a} ${b} is not ${u} ${v}`);
    }
  }
  for (const xy of [[3, 1, 3, 3], [-2, 3, 3, 3], [-2, 1, 3, 3]]) {
    const all = vertices(trailOf(surface, Float32Array.from(xy))).slice(1);
    assert.ok(all.length > 18 && all.every(([, , z]) => Number.isFinite(z)), JSON.stringify(all));
  }
});

test("an eye beneath the surface sees nothing that is above it, however near", () => {
  const surface = grid(() => 1);
  // Lifted points, seen from less than a stride and a half away through the floor.
  assert.ok(!isSeen(surface, [10.9, 10, 0.9999], 10, 10, 1 + surface.lift));
  assert.ok(isSeen(surface, [10.9, 10, 1.5], 10, 10, 1 + surface.lift));
});

test("a long step bends with the surface, a vertex a cell, and a step from and to outside leaves only its part inside", () => {
  const surface = grid((x, y) => Math.sin(3 * x) * y);
  const across = vertices(trailOf(surface, Float32Array.from([-9, 2, 9, 2]))).filter(([u]) => Number.isFinite(u));
  assert.deepEqual([across[0][0], across.at(-1)?.[0]], [0, 30]);
  for (let i = 1; i < across.length; i++) assert.ok(Math.abs(across[i][0] - across[i - 1][0]) <= 1 + 1e-6);
  // One that passes by leaves nothing, nor does a point that is nowhere.
  assert.equal(vertices(trailOf(surface, Float32Array.from([-9, 2, 0, 99]))).length, 0);
  assert.equal(vertices(trailOf(surface, Float32Array.from([NaN, 2, Infinity, 1]))).length, 0);
  // Thousands of long steps are bounded in vertices.
  const many = trailOf(surface, Float32Array.from({ length: 4000 }, (_, i) => (i % 2 ? 2 : i % 4 ? -1.9 : 2.9)));
  assert.ok(vertices(many).length < 4000, String(vertices(many).length));
});
