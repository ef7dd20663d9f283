// @ts-check
/** How a pixel's run ended, by the table of rules that the server judges by. */

/**
 * @typedef {object} Rule one row of the table: see `optimizers/loop/status.py`
 * @property {string} word
 * @property {string} measure
 * @property {string} bound
 * @property {boolean} within
 * @property {number} lasts
 * @property {string} ends
 */
/**
 * @typedef {object} Table
 * @property {Rule[]} rules
 * @property {Record<string, number>} bounds
 * @property {number} size
 * @property {[number, number]} centre
 * @property {[number, number][]} minima
 * @property {number | null} lowest
 * @property {number} floor
 * @property {number} closes
 * @property {{steps: number, home: number, same: number | null}} search
 */
/** @typedef {{x: number, y: number, lowest: boolean}} Pit a minimum, x NaN where there is none */
/**
 * @typedef {object} Formulas of a surface, as its module has them
 * @property {(x: number, y: number) => number} value
 * @property {(x: number, y: number, out: Float64Array) => void} slope
 * @property {(x: number, y: number, out: Float64Array) => void} newton whether it is a bowl there, and Newton's step
 */
/** @typedef {{word: string, step: number, pit: Pit}} Verdict the step is -1 where there is none */

const NO_PIT = { x: NaN, y: NaN, lowest: false };
const RUNNING = { word: "running", step: -1, pit: NO_PIT };

/** @param {number} x @param {number} y */
const length = (x, y) => Math.sqrt(x * x + y * y);

/**
 * The step from which on a condition holds to the end, -1 where it does not hold there.
 * @param {number} count of places, one more than of steps
 * @param {(k: number) => boolean} holds at step k
 */
export function heldSince(count, holds) {
  let k = count;
  while (k > 0 && holds(k - 1)) k--;
  return k < count ? k : -1;
}

/**
 * The same of a distance from a place, that it is at most `bound`, or is not.
 * @param {Float64Array} xs @param {Float64Array} ys @param {number} x @param {number} y @param {number} bound @param {boolean} within
 */
export function nearSince(xs, ys, x, y, bound, within = true) {
  let k = xs.length;
  // A root is dear: it is taken where a square, rounded, might not decide. Of NaN none does.
  const inner = bound * bound * (1 - 1e-12);
  const outer = bound * bound * (1 + 1e-12);
  while (k > 0) {
    const dx = xs[k - 1] - x;
    const dy = ys[k - 1] - y;
    const square = dx * dx + dy * dy;
    if ((square <= inner || (!(square > outer) && Math.sqrt(square) <= bound)) !== within) break;
    k--;
  }
  return k < xs.length ? k : -1;
}

/** Judges the runs of one map. */
export class Judge {
  /** @param {Table} table @param {Formulas} formulas @param {number} steps of each run */
  constructor(table, formulas, steps) {
    this.table = table;
    this.formulas = formulas;
    this.steps = steps;
    this.out = new Float64Array(3);
  }

  /**
   * @param {Float64Array} xs after each step @param {Float64Array} ys
   * @returns {Verdict}
   */
  verdict(xs, ys) {
    const { table, steps } = this;
    /** @type {Pit | undefined} */
    let pit;
    const x = xs[steps];
    const y = ys[steps];
    for (const rule of table.rules) {
      const bound = table.bounds[rule.bound];
      if (rule.ends === "lowest" || rule.ends === "local") {
        pit ??= this.known(x, y) ?? (this.mayRest(xs, ys, bound, rule.lasts) ? this.found(x, y) : NO_PIT);
        if (Number.isNaN(pit.x) || pit.lowest !== (rule.ends === "lowest")) continue;
      }
      if (rule.ends === "above" && !(this.formulas.value(x, y) >= /** @type {number} */ (table.lowest))) continue;
      if (rule.ends === "flat" && !this.flat(x, y)) continue;
      let step;
      if (rule.measure === "gap") {
        const lowest = /** @type {number} */ (table.lowest);
        step = heldSince(steps + 1, (k) => this.formulas.value(xs[k], ys[k]) - lowest <= bound === rule.within);
      } else {
        const centre = rule.measure === "from_centre";
        const cx = centre ? table.centre[0] : rule.measure === "from_end" ? x : pit?.x ?? NaN;
        const cy = centre ? table.centre[1] : rule.measure === "from_end" ? y : pit?.y ?? NaN;
        step = nearSince(xs, ys, cx, cy, bound, rule.within);
      }
      if (step >= 0 && this.lasts(step, rule.lasts)) return { word: rule.word, step, pit: pit ?? NO_PIT };
    }
    return RUNNING;
  }

  /** Whether what holds from a step on has lasted for a share of the run, a step at least of any. @param {number} step @param {number} share */
  lasts(step, share) {
    return this.steps - step >= (share ? Math.max(1, share * this.steps) : 0);
  }

  /** The known minimum near a place, the last of several. @param {number} x @param {number} y @returns {Pit | undefined} */
  known(x, y) {
    const near = this.table.minima.findLast((place) => length(x - place[0], y - place[1]) <= this.table.bounds.sits);
    return near && { x: near[0], y: near[1], lowest: true };
  }

  /**
   * The minimum to which Newton's method leads from a place, if it lies as near as a known one.
   * @param {number} x @param {number} y @returns {Pit}
   */
  found(x, y) {
    const { formulas, table, out } = this;
    let px = x;
    let py = y;
    for (let k = 0; k < table.search.steps; k++) {
      formulas.newton(px, py, out);
      const dx = out[1];
      const dy = out[2];
      px -= dx;
      py -= dy;
      if (!(out[0] && length(px - x, py - y) <= table.bounds.sits)) break;
      if (length(dx, dy) <= table.search.home) {
        const { same } = table.search;
        return { x: px, y: py, lowest: same !== null && Math.abs(formulas.value(px, py) - /** @type {number} */ (table.lowest)) <= same };
      }
    }
    return NO_PIT;
  }

  /**
   * Whether a run may have rested within `bound` of some place that lies within `bound` of its end: then it is as near its end as
   * twice that.
   * @param {Float64Array} xs @param {Float64Array} ys @param {number} bound @param {number} share
   */
  mayRest(xs, ys, bound, share) {
    const since = nearSince(xs, ys, xs[this.steps], ys[this.steps], 2.001 * bound);
    return since >= 0 && this.lasts(since, share);
  }

  /** Whether the slope at the end is none beside the gap that is left. @param {number} x @param {number} y */
  flat(x, y) {
    const { formulas, table, out } = this;
    formulas.slope(x, y, out);
    return length(out[0], out[1]) * table.size <= table.closes * (formulas.value(x, y) - table.floor);
  }
}
