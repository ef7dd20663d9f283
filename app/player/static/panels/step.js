// @ts-check
/** This step as a sum in columns: where the run is, what rate, direction and scale make of that, and where it goes. */

import { ICONS } from "../drawing/icons.js";
import { put } from "../page/dom.js";
import { latest } from "../wire/runs.js";
import { isGradient, loadFormulas, symbolTex, termTex, typeset } from "../words/formula.js";
import { brief } from "../words/numbers.js";

/** @typedef {import("../wire/decode.js").Run} Run */
/** @typedef {{sign: string, tex: string, kind: string, pair: ArrayLike<number>, sum?: boolean}} Term */

/** Milliseconds for which numbers stand while time flows. */
const READABLE = 120;

export class Step {
  /**
   * @param {HTMLElement} host
   * @param {import("./panel.js").Show} show
   * @param {import("./panel.js").Asks} asks
   */
  constructor(host, show, asks) {
    this.host = host;
    this.show = show;
    host.innerHTML = `<header><h3>This step</h3><span class="rv-who"></span><button type="button" class="rv-quiet rv-to-dissect" title="Take this step apart, on a page of its own"><span>Dissect</span>${ICONS.next}</button></header><div class="rv-sum" role="table" aria-label="This step, as a sum"></div><p class="rv-aside" hidden></p>`;
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (host.querySelector(selector));
    this.who = find(".rv-who");
    this.sum = find(".rv-sum");
    this.aside = find(".rv-aside");
    find(".rv-to-dissect").addEventListener("click", asks.dissect);
    this.step = 0;
    this.setAt = 0;
    this.of = "";
    this.inSight = false;
    loadFormulas().then(() => this.draw(this.step));
  }

  set() {
    this.setAt = 0;
    this.measure();
  }

  measure() {
    this.inSight = this.host.clientWidth > 0;
  }

  /** @param {number} at */
  draw(at) {
    this.step = at;
    const { scene, selected, playing } = this.show;
    if (!scene || !this.inSight) return;
    // Numbers that change faster than they can be read cost a fifth of a frame. At rest they are always the step's own.
    const now = performance.now();
    if (playing && now - this.setAt < READABLE) return;
    this.setAt = now;
    const run = scene.runs.find((one) => one.slot === selected) || scene.runs[0];
    const i = Math.min(at, run.steps - 1);
    put(this.who, `${run.short}, ${Math.min(at, run.steps)}`);
    const lost = !Number.isFinite(run.xy[2 * i + 2] + run.xy[2 * i + 3]);
    const news = latest(run, at);
    this.sum.hidden = lost;
    if (!lost) this.rows(this.terms(run, i));
    const aside = lost ? `${run.name} ${news ? news.sentence : "has left what numbers can hold"}.`
      : run.share === null ? "" : `This plane shows ${Math.round(100 * run.share)} % of its movement, by squared distances.`;
    this.aside.hidden = !aside;
    put(this.aside, aside);
  }

  /** The sum's terms, from the position to the next one. @param {Run} run @param {number} i @returns {Term[]} */
  terms(run, i) {
    const { factors, direction, scale, decay } = run;
    const pair = (/** @type {Float32Array} */ row, /** @type {number} */ k) => row.subarray(2 * k, 2 * k + 2);
    const [before, after] = [pair(run.xy, i), pair(run.xy, i + 1)];
    const first = { sign: "", tex: `\\theta_{${i}}`, kind: "", pair: before };
    const last = { sign: "=", tex: `\\theta_{${i + 1}}`, kind: "", pair: after, sum: true };
    const step = { sign: "−", tex: "\\text{step}", kind: "direction", pair: [before[0] - after[0], before[1] - after[1]] };
    // Of a network the plane shows only where the step led; and another run's numbers may still be on their way.
    if (!factors || !direction || !scale || !decay || !run.factored || run.weights) return [first, step, last];
    const plain = isGradient(factors);
    const rate = run.rate[i];
    /** @type {Term[]} */
    const terms = [first];
    if (factors.decay) terms.push({ sign: "−", tex: "\\text{decay}", kind: "decay", pair: pair(decay, i) });
    terms.push({ sign: "−", tex: "\\eta", kind: "rate", pair: [rate, rate] });
    terms.push({ sign: "×", tex: plain ? "g" : symbolTex(factors.direction, "m"), kind: plain ? "gradient" : "direction", pair: pair(direction, i) });
    if (factors.scale) terms.push({ sign: "÷", tex: "\\sigma", kind: "scale", pair: pair(scale, i) });
    // Where a rule moved the position afterwards the sum would not come out.
    const made = [0, 1].map((k) => before[k] - pair(decay, i)[k] - (rate / pair(scale, i)[k]) * pair(direction, i)[k]);
    const moved = [0, 1].map((k) => after[k] - made[k]);
    if (moved.some((by, k) => Math.abs(by) > 1e-4 * (Math.abs(made[k]) + Math.abs(after[k]) + Math.abs(before[k] - after[k])))) {
      terms.push({ sign: "+", tex: "\\text{rule}", kind: "decay", pair: moved });
    }
    return [...terms, last];
  }

  /** @param {Term[]} terms */
  rows(terms) {
    const of = terms.map(({ sign, tex }) => sign + tex.replace(/_\{\d+\}/, "")).join();
    if (of !== this.of || this.sum.childElementCount !== terms.length) {
      this.of = of;
      this.sum.innerHTML = terms.map(({ kind, sum }) => `<div role="row" class="${kind ? `rv-is-${kind}` : ""}${sum ? " rv-total" : ""}"><span role="cell" class="rv-sign"></span><span role="rowheader" class="rv-symbol"></span><span role="cell"></span><span role="cell"></span></div>`).join("");
    }
    terms.forEach(({ sign, tex, kind, pair }, k) => {
      const [mark, symbol, x, y] = /** @type {HTMLElement[]} */ ([...this.sum.children[k].children]);
      put(mark, sign);
      typeset(symbol, kind ? termTex(kind, tex) : tex);
      put(x, brief(pair[0]));
      put(y, brief(pair[1]));
    });
  }

  destroy() {}
}
