// @ts-check
/** Time, with a clock that the test moves. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

const world = /** @type {any} */ (globalThis);
/** @type {((now: number) => void)[]} */ let frames = [];
let now = 0;
let calm = false;
world.matchMedia = () => ({ get matches() { return calm; } });
world.requestAnimationFrame = (/** @type {any} */ frame) => frames.push(frame);
world.cancelAnimationFrame = () => (frames = []);
Object.defineProperty(world, "performance", { value: { now: () => now }, configurable: true });

const { Clock, SINGLE, SPEEDS } = await import("../../app/player/static/time/clock.js");

/** Let so many milliseconds pass, a frame every `each`. @param {number} ms @param {number} [each] */
function pass(ms, each = 16) {
  for (const end = now + ms; now < end;) {
    now = Math.min(now + each, end);
    const due = frames;
    frames = [];
    for (const frame of due) frame(now);
  }
}

beforeEach(() => {
  frames = [];
  calm = false;
});

test("a run takes twelve seconds at its own pace, and four times the speed a quarter of that", () => {
  const clock = new Clock(() => {});
  clock.setSteps(240);
  clock.play();
  pass(6000);
  assert.ok(Math.abs(clock.step - 120) <= 1, String(clock.step));
  clock.setSpeed(4);
  pass(1500);
  assert.ok(clock.step >= 238);
  pass(200);
  assert.equal(clock.step, 240);
  assert.equal(clock.playing, false);
});

test("the slowest speed is a step a second, and a page that was away does not leap", () => {
  const clock = new Clock(() => {});
  clock.setSteps(50);
  clock.setSpeed(SINGLE);
  clock.play();
  pass(5000);
  assert.ok(clock.step >= 4 && clock.step <= 5, String(clock.step));
  clock.setSpeed(1);
  const before = clock.time;
  pass(20000, 20000);
  assert.ok(clock.time - before < 3, String(clock.time - before));
});

test("a step is never out of bounds, and the end stays the end when there are more", () => {
  const told = /** @type {number[]} */ ([]);
  const clock = new Clock((step) => told.push(step));
  clock.setSteps(10);
  for (const [to, step] of [[-5, 0], [3.4, 3], [99, 10]]) {
    clock.seek(to);
    assert.equal(clock.step, step);
  }
  clock.setSteps(30);
  assert.equal(clock.step, 30);
  clock.setSteps(4);
  assert.equal(clock.step, 4);
  clock.nudge(-1);
  assert.equal(clock.step, 3);
  assert.ok(told.every((step) => step >= 0 && step <= 30));
});

test("a loop begins again, play at the end too, and without motion it is ten steps a second", () => {
  const clock = new Clock(() => {});
  clock.setSteps(60);
  clock.seek(60);
  clock.play();
  assert.equal(clock.step, 0);
  clock.loop = true;
  pass(11000);
  assert.ok(clock.playing && clock.step < 60);
  clock.pause();
  assert.equal(clock.playing, false);
  calm = true;
  clock.loop = false;
  clock.seek(0);
  clock.play();
  pass(3050);
  assert.equal(clock.step, 30);
  // Of a long run as many at a time as bring it to its end within four minutes.
  clock.pause();
  clock.setSteps(10_000);
  clock.seek(0);
  clock.play();
  pass(3050);
  assert.equal(clock.step, 126);
  clock.pause();
});

test("who draws is told of each step once, of no other moment, and of nothing after a pause", () => {
  const told = /** @type {number[]} */ ([]);
  const clock = new Clock((step) => told.push(step));
  clock.setSteps(120);
  clock.play();
  assert.deepEqual(told, [0]);
  // Ten steps a second: of sixty frames ten are steps.
  pass(1005);
  assert.deepEqual(told, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  clock.pause();
  clock.pause();
  const after = told.length;
  pass(1000);
  assert.equal(told.length, after);
  assert.equal(clock.step, 10);
  clock.play();
  clock.play();
  assert.equal(frames.length, 1);
  clock.nudge(-3);
  assert.deepEqual([clock.step, clock.playing], [7, false]);
});

test("time that passed before play was pressed counts for nothing", () => {
  const clock = new Clock(() => {});
  clock.setSteps(120);
  clock.play();
  clock.pause();
  pass(60000, 60000);
  clock.play();
  // The frame began a little before play was pressed.
  frames[0](now - 12);
  assert.equal(clock.time, 0);
  clock.seek(60);
  frames.at(-1)?.(now + 90);
  assert.ok(clock.time >= 60 && clock.time < 61.1, String(clock.time));
});

test("every speed is that many times a run's own pace, and a short run is not over at once", () => {
  const clock = new Clock(() => {});
  for (const steps of [1, 12, 71, 72, 73, 240, 5000]) {
    clock.setSteps(steps);
    clock.setSpeed(1);
    const own = clock.pace;
    assert.equal(own, Math.max(6, steps / 12));
    for (const speed of SPEEDS) {
      clock.setSpeed(speed);
      assert.equal(clock.pace, speed === SINGLE ? 1 : speed * own);
    }
  }
});
