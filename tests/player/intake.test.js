// @ts-check
/** What is brought as data: how much is too much, how bytes travel, and the sides of a picture of weights of any unit. */

import assert from "node:assert/strict";
import test from "node:test";

import { sidesOf } from "../../app/player/static/drawing/plane.js";
import { base64, tooMuch } from "../../app/player/static/intake/intake.js";

test("what is too much is said with its size", () => {
  assert.equal(tooMuch(1_000_000, 1_000_000), "");
  assert.equal(tooMuch(10_000_000, 1_000_000), "10.0 MB are too much: at most 1 MB is read.");
});

test("bytes of any length are what Python unpacks", () => {
  for (const length of [0, 1, 2, 3, 8191, 8192, 8193, 100_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) % 256);
    assert.equal(base64(bytes), Buffer.from(bytes).toString("base64"));
  }
});

test("axes have one scale unless a line would be all that is seen", () => {
  assert.deepEqual(sidesOf(400, 300, 10, 10), [300, 300]);
  assert.deepEqual(sidesOf(400, 300, 10, 4), [400, 160]);
  const [w, h] = sidesOf(400, 300, 1, 5);
  assert.ok(Math.abs(w / h - 1 / 5) < 1e-12);
  for (const [x, y] of [[8, 1300], [1300, 8]]) assert.deepEqual(sidesOf(400, 300, x, y), [400, 300]);
});
