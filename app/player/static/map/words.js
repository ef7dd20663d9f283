// @ts-check
/** What is said of a map: of a pixel, of a kind, of all of it. */

import { position, power, written } from "../words/numbers.js";
import { NEVER, within } from "./source.js";

/** @typedef {import("./source.js").Chart} Chart */
/** @typedef {import("./source.js").Part} Part */
/** @typedef {import("./ink.js").Kind} Kind */

/** @type {Record<string, string>} */
const KINDS = { diverged: "diverge", stalled: "stall", running: "still on the way", converged: "other minima", local_minimum: "other local minima", as_good: "as good as the lowest" };
/** @type {Record<string, string>} */
const ENDS = { diverged: "diverges", running: "still on the way", as_good: "as good as the lowest", stalled: "stalls" };

/**
 * What becomes of a pixel, in two lines: what happens, when; and which pixel it is.
 * @param {Chart} chart @param {Part} part
 * @param {number} row @param {number} column of the whole map
 * @returns {[string, string, string]}
 */
export function pixelWords(chart, part, row, column) {
  const i = within(row, part.stride[0], part.rows) * part.columns + within(column, part.stride[1], part.columns);
  const { status, letter } = part.classes[part.label[i]];
  const step = part.step[i];
  // Where runs are looked at now and then it is so by that step, perhaps sooner.
  const when = `${part.every > 1 ? "by" : "at"} ${step}`;
  const place = placeWords(chart, row, column);
  if (chart.by === "loss" && part.loss) return [status === "diverged" ? "diverges" : `loss ${written(part.loss[i])}`, status === "diverged" ? "" : ` at ${chart.steps}`, place];
  if (chart.by === "goal") {
    if (step !== NEVER) return [`there at ${step}`, "", place];
    if (status === "diverged") return ["diverges", "", place];
    return [status === "local_minimum" ? "in a local minimum" : status === "stalled" ? "stalls" : "not yet there", ` at ${chart.steps}`, place];
  }
  const end = endWords(part.classes[part.label[i]], true);
  if (letter) return [end, `, there ${when}`, place];
  if (status === "diverged") return [end, step === NEVER ? "" : `, out ${when}`, place];
  if (status === "running") return [end, ` at ${chart.steps}`, place];
  return [end, step === NEVER ? "" : `, ${when}`, place];
}

/** How a run ends. @param {import("./source.js").Class} one @param {boolean} lettered whether some minima have letters */
export function endWords({ status, letter }, lettered) {
  if (letter) return `ends in ${letter}`;
  const kind = status === "converged" ? "minimum" : status === "local_minimum" ? "local minimum" : "";
  return kind ? `ends in ${lettered ? "another" : "a"} ${kind}` : ENDS[status] || status;
}

/** Which pixel it is. @param {Chart} chart @param {number} row @param {number} column */
export function placeWords({ kind, across, up }, row, column) {
  const [x, y] = [across.values[column], up.values[row]];
  if (kind === "basins") return `from ${position(x, y)}`;
  const first = `${across.symbol} ${written(x)}`;
  return up.names ? `${up.names[row]}, ${first}` : `${first}, ${up.symbol} ${written(y)}`;
}

/** What a line of the legend says: a word, and what follows it. @param {Chart} chart @param {Kind} kind @returns {[string, string]} */
export function kindWords(chart, { what, limit, letter, place, share }) {
  if (chart.by === "verdict") {
    const part = `${shareWords(share)} %`;
    return letter && place ? [part, `of starts\n${position(...place)}`] : [part, KINDS[what] || what];
  }
  if (what === "band") return ["", chart.by === "goal" ? `up to ${limit}${limit === chart.limits[0] ? " steps" : ""}` : `up to ${written(limit)}`];
  if (what === "more") return ["", `above ${written(chart.limits[chart.limits.length - 1])}`];
  return ["", what === "running" ? `not yet at ${chart.steps}` : what === "diverged" ? "diverges" : what === "stalled" ? "stalls" : "in a local minimum"];
}

/** @param {number} share in percent */
export function shareWords(share) {
  return share > 0 && share < 0.05 ? "<0.1" : share.toFixed(1);
}

/** How many runs it is of. @param {Chart} chart @param {number} runs */
export function countWords({ kind }, runs) {
  return `${runs.toLocaleString("en")} ${kind === "basins" ? "starts" : "runs"}`;
}

/** What a map shows. @param {Chart} chart */
export function titleWords({ title, from }) {
  return from ? `${title}, from ${position(...from)}` : title;
}

/** How fine a map is: 64², or 64 × 8. @param {{rows: number, columns: number}} part */
export function sizeWords({ rows, columns }) {
  return rows === columns ? `${rows}²` : `${columns} × ${rows}`;
}

/**
 * What a map of steps comes to: how many arrive, how many of them beyond the line, the best pair.
 * @param {Chart} chart @param {Part} part
 * @returns {string[]}
 */
export function sumWords(chart, part) {
  const spent = part.stopped ? [`${sizeWords(part)} and no finer: the server gives each map a few seconds. Every pixel is a run of its own.`] : [];
  if (chart.by !== "goal") return spent;
  const there = part.step.reduce((sum, step) => sum + Number(step !== NEVER), 0);
  const words = [`${there.toLocaleString("en")} of ${part.step.length.toLocaleString("en")} runs get there.`];
  if (there && chart.theory && !chart.up.names) {
    const beyond = beyondEdge(chart, part);
    words[0] = `Of ${there.toLocaleString("en")} runs that get there, ${beyond ? beyond.toLocaleString("en") : "none"} ${beyond === 1 || !beyond ? "lies" : "lie"} beyond the line.`;
  }
  if (!part.best) return [...words, ...spent];
  const [row, column] = [part.best[0] * part.stride[0], part.best[1] * part.stride[1]];
  const steps = part.step[part.best[0] * part.columns + part.best[1]];
  const theory = chart.theory?.words ? `; in theory ${chart.theory.words.join(", ")}` : "";
  return [...words, `Best: ${placeWords(chart, row, column)}${theory}; ${steps} ${steps === 1 ? "step" : "steps"}.`, ...spent];
}

/** How many pixels that arrive lie beyond theory's line, by more than their own width. @param {Chart} chart @param {Part} part */
export function beyondEdge({ theory, rows, columns }, { step, stride, ...part }) {
  if (!theory) return 0;
  let count = 0;
  for (let row = 0; row < part.rows; row++) {
    const edge = edgeAt(theory.edge, (row * stride[0] + 0.5) / rows);
    for (let column = 0; column < part.columns; column++) {
      if (step[row * part.columns + column] !== NEVER && (column * stride[1] - 0.5) / columns > edge) count++;
    }
  }
  return count;
}

/** Where theory's line is at a height, both as shares of the sides. @param {[number, number][]} edge rising @param {number} up */
export function edgeAt(edge, up) {
  const k = edge.findIndex(([, height]) => height >= up);
  if (k <= 0) return edge[k < 0 ? edge.length - 1 : 0][0];
  const [[x0, y0], [x1, y1]] = [edge[k - 1], edge[k]];
  return x0 + ((x1 - x0) * (up - y0)) / (y1 - y0 || 1);
}

/**
 * Round numbers along a log axis, at most so many: 1, 2 and 5 of each power of ten, or the powers alone, or some of them.
 * @param {number} low @param {number} high @param {number} most
 * @returns {[number, string][]}
 */
export function logMarks(low, high, most) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const words = (/** @type {number} */ digit, /** @type {number} */ exponent) => (exponent >= -3 && exponent < 4 ? String(Number(`${digit}e${exponent}`)) : `${digit === 1 ? "" : `${digit}·`}10${power(exponent)}`);
  const marks = (/** @type {number[]} */ digits, /** @type {number} */ every) => {
    const found = /** @type {[number, string][]} */ ([]);
    for (let exponent = first; exponent <= last; exponent++) for (const digit of digits) {
      const value = Number(`${digit}e${exponent}`);
      if (exponent % every === 0 && value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) found.push([value, words(digit, exponent)]);
    }
    return found;
  };
  for (const [digits, every] of /** @type {[number[], number][]} */ ([[[1, 2, 5], 1], [[1], 1], [[1], 2], [[1], 3]])) {
    const found = marks(digits, every);
    if (found.length <= most) return found;
  }
  return marks([1], Math.ceil((last - first) / (most - 1)));
}
