// @ts-check
/** What is said to happen above a limit of stability. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { aboveLimit } from "../../app/player/static/panels/curves.js";

test("descent overshoots from half of its limit on and grows above it", () => {
  const words = aboveLimit("Gradient descent", "2/λmax");
  assert.match(words, /^Above 2\/λmax Gradient descent is unstable/);
  assert.match(words, /From half of it on a step overshoots/);
  assert.doesNotMatch(words, /σ/);
});

test("a limit at a scale moves with it, and other methods overshoot by laws of their own", () => {
  const words = aboveLimit("Adam", "limit at this σ");
  assert.match(words, /after dividing by σ, and the limit moves as σ does\.$/);
  for (const limit of ["limit", "limit at this σ"]) assert.doesNotMatch(aboveLimit("Adam", limit), /overshoots/);
});
