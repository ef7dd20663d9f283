// @ts-check
/** The table: a row a method, which is the legend too, in the order of any heading. */

import { written } from "../words/numbers.js";

/** @typedef {import("./pieces.js").Standing} Standing */
/** @typedef {{slot: number, name: string}} Method */
/** @typedef {"name" | "rate" | "steps" | "got" | "loss" | "factor"} By */
/** @typedef {{by: By, falling: boolean}} Order */

/** What each column is called; of how many starts stands there. @type {Record<By, string>} */
export const HEADINGS = { name: "method", rate: "best rate", steps: "steps", got: "got there", loss: "final loss", factor: "rates that reach the goal" };
/** Where a race has a goal, and where the loss at the end is all. @type {[By[], By[]]} */
const COLUMNS = [["name", "rate", "steps", "got", "factor"], ["name", "rate", "loss"]];
/** What is better when it is more begins with the most. */
const MOST = new Set(["got", "factor"]);

/** @param {boolean} final */
export const columnsOf = (final) => COLUMNS[Number(final)];

/** The order that a click on a heading makes. @param {Order} order @param {By} by @returns {Order} */
export function turned(order, by) {
  return { by, falling: order.by === by ? !order.falling : MOST.has(by) };
}

/**
 * The methods in an order, those of which a number is not known last, alike ones by their loss.
 * @param {Method[]} methods
 * @param {Map<number, Standing>} standings
 * @param {Order} order
 */
export function inOrder(methods, standings, { by, falling }) {
  const value = (/** @type {Method} */ { slot, name }) => (by === "name" ? name.toLowerCase() : standings.get(slot)?.[by] ?? null);
  const loss = (/** @type {Method} */ { slot }) => standings.get(slot)?.loss ?? Infinity;
  const there = (/** @type {Method} */ { slot }) => (standings.has(slot) ? 0 : 1);
  return [...methods].sort((a, b) => {
    const [one, other] = [value(a), value(b)];
    if (one === null || other === null) return Number(one === null) - Number(other === null) || there(a) - there(b) || compared(loss(a), loss(b));
    return (falling ? -1 : 1) * compared(one, other) || compared(loss(a), loss(b));
  });
}

/** @param {string | number} a @param {string | number} b */
const compared = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** A rate in two digits: 0.0058, 0.76, 10. @param {number} rate */
export const rateWords = (rate) => (rate < 0.001 || rate >= 1000 ? written(rate) : String(Number(rate.toPrecision(2))));

/** How many times as high as the lowest good rate the highest is. @param {Standing} standing */
export function factorWords({ factor, low, high, rates }) {
  if (factor === null) return "none";
  if (low === rates[0] && high === rates[rates.length - 1]) return "any";
  if (factor === 1) return "one rate";
  return `× ${factor < 10 ? factor.toFixed(1) : factor < 1000 ? String(Math.round(factor)) : written(factor, 2)}`;
}

/** @param {Standing} standing @param {number} most steps that were run */
export const stepWords = ({ steps }, most) => (steps === null ? `over ${most}` : String(steps));

/** Where a rate lies along the axis of rates, in percent. @param {number} rate @param {[number, number]} ends */
export const along = (rate, [low, high]) => (100 * Math.log(rate / low)) / Math.log(high / low);
