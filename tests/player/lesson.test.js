// @ts-check
/** Guesses, progress, the spotlight and the cards, without a page. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { right, saidOf } from "../../app/player/static/lesson/guess.js";
import { capital, escaped } from "../../app/player/static/lesson/lesson.js";
import { read, stateOf } from "../../app/player/static/lesson/progress.js";
import { written } from "../../app/player/static/lesson/shelf.js";
import { SPOTS, nextSpot } from "../../app/player/static/page/presenter.js";
import { together } from "../../app/player/static/words/numbers.js";

/** @typedef {import("../../app/player/static/lesson/guess.js").Question} Question */
const run = { name: "slow", side: 0, slot: 1, words: "GD 0.02" };

test("a guess is right where the lesson says so, and nothing is guessed by saying nothing", () => {
  const choose = /** @type {Question} */ ({ kind: "choose", choices: [{ words: "a", run, right: false }, { words: "b", run: null, right: true }] });
  assert.deepEqual([{ choice: 0 }, { choice: 1 }, { choice: 2 }, {}].map((guess) => right(choose, guess)), [false, true, false, false]);
  const rate = /** @type {Question} */ ({ kind: "rate", run, low: 0.1, high: 0.2 });
  assert.deepEqual([0.1, 0.2, 0.0999, 0.2001].map((lr) => right(rate, { rate: lr })), [true, true, false, false]);
  assert.equal(right(rate, {}), false);
  const click = /** @type {Question} */ ({ kind: "click", side: 0, goal: [3, 2], window: [[-5, 5], [-2, 2]] });
  const places = /** @type {[number, number][]} */ ([[3.5, 2], [3.51, 2], [3, 1.8], [3, 1.79]]);
  assert.deepEqual(places.map((place) => right(click, { place })), [true, false, true, false]);
  assert.deepEqual([saidOf(choose, { choice: 1 }, String), saidOf(choose, {}, String), saidOf(rate, { rate: 0.155 }, String), saidOf(click, { place: [1, -2] }, String)], ["b", "", "0.155", "(1.00, −2.00)"]);
});

test("what a browser has kept of lessons is not trusted", () => {
  for (const nothing of [null, "", "no JSON", "7", "[]", "null", '{"a": 3}', '{"a": {"at": "2"}}', '{"a": {"at": 0}}', '{"a": null}']) assert.deepEqual(read(nothing), {});
  assert.deepEqual(read('{"a": {"at": 2, "done": 1}, "b": {"at": 4, "done": true}}'), { a: { at: 2, done: false }, b: { at: 4, done: true } });
  assert.deepEqual([undefined, { at: 1, done: false }, { at: 2, done: false }, { at: 9, done: false }, { at: 1, done: true }].map((one) => stateOf(one, 4)), ["", "", "Go on: 2 of 4", "", "done"]);
});

test("the spotlight passes over what is not there, and ends with all", () => {
  let spot = "";
  const seen = [];
  do seen.push((spot = nextSpot(spot, ["words", "main", "curves"])));
  while (spot);
  assert.deepEqual(seen, ["words", "main", "curves", ""]);
  assert.deepEqual(SPOTS.map((one) => nextSpot(one, [])), ["", "", "", ""]);
});

test("cards are links, and what is not HTML is none", () => {
  const nasty = "<img src=x onerror=alert(1)>";
  const card = { slug: "one", title: nasty, question: "a < b?", of: 2, picture: null };
  const shelved = { groups: [{ name: nasty, cards: [card] }], challenges: [], words: [], complaints: [nasty] };
  const html = written(shelved, false);
  assert.ok(!html.includes("<img") && html.includes('href="?lesson=one"') && html.includes("Start here") && html.includes("a &#60; b?"));
  const picture = { light: "a-light.webp", dark: "a-dark.webp" };
  assert.match(written({ ...shelved, groups: [{ name: "g", cards: [{ ...card, picture }] }] }, true), /src="a-dark.webp"/);
  assert.equal(escaped(`<&>"'`), "&#60;&#38;&#62;&#34;&#39;");
});

test("what runs have in common is said of as many as there are", () => {
  assert.deepEqual([1, 2, 3, 4].map(together), ["", ", both", ", all three", ", all"]);
  assert.equal(capital("slow is slow"), "Slow is slow");
});
