// @ts-check
/** A map as a table: a row a pixel, as CSV. */

import { NEVER } from "./source.js";
import { endWords } from "./words.js";

/** @typedef {import("./source.js").Chart} Chart */
/** @typedef {import("./source.js").Part} Part */

/**
 * The pixels as they are painted, the lowest row first: what each side has, how the run ends, the step, and the loss where it is
 * known. A step that there is not, or a loss that is no number, is an empty cell.
 * @param {Chart} chart @param {Part} part
 */
export function csvOf({ by, across, up }, { rows, columns, stride, classes, label, step, loss, every }) {
  const lettered = classes.some(({ letter }) => letter);
  const ends = classes.map((one) => endWords(one, lettered));
  const when = by === "goal" ? "steps to the goal" : every > 1 ? `steps (each ${every}th looked at)` : "steps";
  /** @type {(string | number)[][]} */
  const lines = [[across.label, up.label, "end", when, ...(loss ? ["final loss"] : [])]];
  for (let row = 0; row < rows; row++) {
    const side = up.names ? up.names[row * stride[0]] : up.values[row * stride[0]];
    for (let column = 0; column < columns; column++) {
      const i = row * columns + column;
      const line = [across.values[column * stride[1]], side, ends[label[i]], step[i] === NEVER ? "" : step[i]];
      lines.push([...line, ...(loss ? [Number.isFinite(loss[i]) ? Number(loss[i].toPrecision(7)) : ""] : [])]);
    }
  }
  return `${lines.map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`;
}

/**
 * A cell, in quotes where it must be. A text that a spreadsheet would take for a formula begins with an apostrophe; a number does not.
 * @param {string | number} value
 */
export function cell(value) {
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
