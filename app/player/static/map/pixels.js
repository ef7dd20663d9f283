// @ts-check
/** The pixels of a part of a map, by the module that the server wrote of it. */
import { Judge, heldSince } from "./judge.js";

/**
 * @typedef {object} Told what a module says of its map: see `maps/script.py`
 * @property {number} x
 * @property {number} y
 * @property {number[]} rows
 * @property {number[]} columns
 * @property {number[][]} rates
 * @property {"rows" | "columns" | null} rateBy what each row of rates belongs to, where there is not one for all
 * @property {number} steps
 * @property {[number, number][]} ways
 * @property {string[]} statuses
 * @property {string[]} arrived those of runs that get where they should
 * @property {string} letters of the minima with most starts
 * @property {number} most minima that are told apart
 * @property {import("./judge.js").Table} judged
 * @property {{kind: string, bound: number} | null} goal
 */
/**
 * @callback Block steps pixels, `lanes` at once, and says of each in which lane of `kept` its places are: x of the start and after
 * each step, then y
 * @param {number} x @param {number} y @param {Float64Array} rows @param {Float64Array} columns @param {Float64Array[]} rates
 * @param {Uint8Array} ways one for each step @param {Float64Array} kept
 * @param {(r: number, c: number, lane: number) => void} done
 */
/** @typedef {import("./judge.js").Formulas & {block: Block, lanes: number, map: Told}} Module */
/**
 * @typedef {object} Part rows.length x columns.length pixels, row by row
 * @property {Uint8Array} status a place in `statuses`
 * @property {Uint16Array} step from which on the verdict holds, or the goal; NEVER where none does
 * @property {Float32Array} loss at the end
 * @property {Float64Array} pits where the minima lie that they are said to end in, x and y by turns; NaN where in none
 * @property {number} seconds that it took
 */

/** As the server says it of a step. */
export const NEVER = 65_535;
/** The columns of a block: as many tables stay in a processor's cache. */
const WIDE = 16;

/** Which of the ways to take a step each is. @param {[number, number][]} ways with the last step of each row @param {number} steps */
export function eachStep(ways, steps) {
  const each = new Uint8Array(steps);
  ways.reduce((from, [way, to]) => (each.fill(way, from, to), to), 0);
  return each;
}

/** A number for each step; what is not said is the last that is. @param {number[]} row @param {number} steps */
export function untrimmed(row, steps) {
  return Float64Array.from({ length: steps }, (_, t) => row[Math.min(t, row.length - 1)]);
}

/** Computes the pixels of one map. */
export class Pixels {
  /** @param {Module} module */
  constructor(module) {
    const { map } = module;
    this.module = module;
    this.map = map;
    this.judge = new Judge(map.judged, module, map.steps);
    this.ways = eachStep(map.ways, map.steps);
    /** The rates of each step, one row of them or one for each row or column. */
    this.rates = map.rates.map((row) => untrimmed(row, map.steps));
    const count = map.steps + 1;
    this.kept = new Float64Array(2 * count * module.lanes);
    this.lanes = Array.from({ length: module.lanes }, (_, k) => [2 * k, 2 * k + 1].map((i) => this.kept.subarray(i * count, (i + 1) * count)));
  }

  /**
   * @param {ArrayLike<number>} rows of the whole map @param {ArrayLike<number>} columns
   * @returns {Part}
   */
  part(rows, columns) {
    const { map, kept, rates } = this;
    const count = rows.length * columns.length;
    const part = { status: new Uint8Array(count), step: new Uint16Array(count), loss: new Float32Array(count), pits: new Float64Array(2 * count), seconds: 0 };
    const began = performance.now();
    const own = Float64Array.from(rows, (r) => map.rows[r]);
    for (let first = 0; first < columns.length; first += WIDE) {
      const some = Array.prototype.slice.call(columns, first, first + WIDE);
      const values = Float64Array.from(some, (c) => map.columns[c]);
      const timed = map.rateBy ? Array.from({ rows, columns: some }[map.rateBy], (k) => rates[k]) : rates;
      this.module.block(map.x, map.y, own, values, timed, this.ways, kept, (r, c, lane) => {
        const xs = this.lanes[lane][0];
        const ys = this.lanes[lane][1];
        const k = r * columns.length + first + c;
        const verdict = this.judge.verdict(xs, ys);
        part.status[k] = map.statuses.indexOf(verdict.word);
        const step = map.goal ? this.reached(map.goal, xs, ys) : verdict.step;
        part.step[k] = step < 0 ? NEVER : step;
        const settled = verdict.word === "converged" || verdict.word === "local_minimum";
        part.pits[2 * k] = settled ? verdict.pit.x : NaN;
        part.pits[2 * k + 1] = settled ? verdict.pit.y : NaN;
        part.loss[k] = this.module.value(xs[map.steps], ys[map.steps]);
      });
    }
    part.seconds = (performance.now() - began) / 1000;
    return part;
  }

  /**
   * The step from which on the goal is reached, -1 where it is not at the end.
   * @param {{kind: string, bound: number}} goal @param {Float64Array} xs @param {Float64Array} ys
   */
  reached({ kind, bound }, xs, ys) {
    const { map, module } = this;
    if (kind === "gap") return heldSince(map.steps + 1, (k) => module.value(xs[k], ys[k]) <= bound);
    return heldSince(map.steps + 1, (k) => map.judged.minima.some(([x, y]) => Math.hypot(xs[k] - x, ys[k] - y) <= bound));
  }
}
