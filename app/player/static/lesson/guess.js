// @ts-check
/** A guess, and whether it is right. It is kept in the page alone, and nobody is told of it. */

import { rateText } from "../pointing/rate.js";
import { position } from "../words/numbers.js";

/** A click is right within such a share of the window. */
const NEAR = 0.05;

/**
 * @typedef {{name: string, side: number, slot: number, words: string}} Named
 * @typedef {{kind: "choose", choices: {words: string, run: Named | null, right: boolean}[]}} Choose
 * @typedef {{kind: "click", side: number, goal: [number, number], window: [[number, number], [number, number]]}} Click
 * @typedef {{kind: "rate", run: Named, low: number, high: number}} SetRate
 * @typedef {Choose | Click | SetRate} Question
 * the number of an answer, from 0; a place; or a rate
 * @typedef {{choice?: number, place?: [number, number], rate?: number}} Guess
 */

/** Whether a guess is right. @param {Question} question @param {Guess} guess */
export function right(question, guess) {
  if (question.kind === "choose") return Boolean(question.choices[guess.choice ?? -1]?.right);
  if (question.kind === "rate") return guess.rate !== undefined && guess.rate >= question.low && guess.rate <= question.high;
  const { place } = guess;
  return place !== undefined && question.window.every(([low, high], k) => Math.abs(place[k] - question.goal[k]) <= NEAR * (high - low));
}

/** A guess in words, without markup. @param {Question} question @param {Guess} guess @param {(html: string) => string} plain */
export function saidOf(question, guess, plain) {
  if (question.kind === "choose") {
    const choice = question.choices[guess.choice ?? -1];
    return choice ? plain(choice.words) : "";
  }
  if (question.kind === "rate") return guess.rate === undefined ? "" : rateText(guess.rate);
  return guess.place ? position(...guess.place) : "";
}
