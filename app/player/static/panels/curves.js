// @ts-check
/** Quantities over the steps, one chart above the other over one axis and under one clock. */

import { Curve, canBeLog, rangeOf } from "../drawing/curve.js";
import { ICONS } from "../drawing/icons.js";
import { put } from "../page/dom.js";
import { Menu } from "../page/menu.js";
import { Hover, onCurve } from "../pointing/hover.js";
import { written } from "../words/numbers.js";
import { chartInWords } from "../words/speech.js";

/** @typedef {import("../wire/decode.js").SceneData} SceneData */
/** @typedef {import("../wire/decode.js").Run} Run */
/** @typedef {import("../drawing/curve.js").Series} Series */
/** @typedef {"loss" | "norm" | "rate" | "x" | "y" | "sigma" | "range"} What */
/** @typedef {{what: What, scenes: SceneData[], name: string}} Wanted  a chart: of one scene, or of two in one */
/** @typedef {{part: HTMLElement, title: HTMLButtonElement, words: HTMLElement, hint: HTMLElement, scale: HTMLButtonElement, note: HTMLElement, curve: Curve, hover: Hover, wanted: Wanted}} Chart */

/** Rates that far apart need powers of ten, and rates that change by so much along one run. */
const [FAR, SWEPT] = [1000, 30];
/** Limits farther above the rates than that many times are told in words, not drawn. */
const NEAR = 4;
/** So many runs in two scenes have one chart, the right ones dashed. */
const MANY = 5;

/** What can be charted, by what it is called; of coordinates the scene's axes say that. @type {Record<What, string>} */
const NAMES = { loss: "Loss", norm: "Gradient norm", rate: "Learning rate", x: "", y: "", sigma: "σ along each axis", range: "Loss over rate" };
/** What the viewer wants to see, for as long as the visit lasts: in the large chart, in the small one, on a logarithmic scale. */
const wish = { first: /** @type {What} */ ("loss"), second: /** @type {What} */ ("norm"), log: true };

export class Curves {
  /**
   * @param {HTMLElement} host
   * @param {import("./panel.js").Show} show
   * @param {import("./panel.js").Asks} asks
   */
  constructor(host, show, asks) {
    this.host = host;
    this.show = show;
    this.asks = asks;
    this.step = 0;
    /** @type {Chart[]} */ this.charts = [];
    this.of = "";
    this.watcher = new ResizeObserver(() => {
      this.measure();
      this.draw(this.step);
    });
    this.watcher.observe(host);
  }

  /** The charts that there are. @returns {Wanted[]} */
  wanted() {
    const { scenes } = this.show;
    if (scenes.length === 1) {
      return /** @type {What[]} */ ([wish.first, wish.second, "rate"]).map((what) => ({ what, scenes, name: this.nameOf(what) }));
    }
    const name = this.nameOf(wish.first);
    if (scenes.some((scene) => scene.runs.length >= MANY)) return [{ what: wish.first, scenes, name }];
    return scenes.map((scene) => ({ what: wish.first, scenes: [scene], name: `${name}, ${scene.title}` }));
  }

  /** @param {What} what */
  nameOf(what) {
    const { axes } = this.show.scene;
    return what === "x" ? axes[0] : what === "y" ? axes[1] : NAMES[what];
  }

  set() {
    const wanted = this.wanted();
    const of = wanted.map(({ what, scenes }) => what + scenes.length).join();
    if (of !== this.of) this.build(wanted);
    this.of = of;
    this.charts.forEach((chart, i) => this.fill(chart, wanted[i], wanted));
    this.measure();
  }

  /** @param {Chart} chart @param {Wanted} wanted @param {Wanted[]} all */
  fill(chart, wanted, all) {
    const { theme, selected } = this.show;
    const { what, scenes, name } = wanted;
    const [scene] = scenes;
    chart.wanted = wanted;
    chart.hover.theme = theme;
    put(chart.words, name);
    chart.title.setAttribute("aria-label", `${name}. What this chart shows.`);
    const series = scenes.flatMap((one, i) => this.series(one, what).map((row) => (i ? { ...row, dash: true } : row)));
    // What is compared by eye is on one scale.
    const shared = this.show.scenes.length > 1 && (this.show.scene.sameLoss || !["loss", "range"].includes(what));
    const compared = shared ? this.show.scenes.flatMap((one) => this.series(one, what)) : series;
    const steps = Math.max(...scenes.map((one) => one.steps));
    const possible = canBeLog(compared);
    const rates = what === "rate";
    const log = rates ? possible && ratesApart(scenes) : possible && (what === "norm" || what === "sigma" || (wish.log && what !== "x" && what !== "y"));
    let range = rangeOf(compared, log);
    const run = scene.runs.find((one) => one.slot === selected) || scene.runs[0];
    const limit = rates && run.most ? { values: run.most, name: run.limit } : undefined;
    if (limit) range = withLimit(range, limit.values, log, scene.runs.map(({ lr }) => lr));
    const across = what === "range" ? acrossOf(series) : null;
    chart.curve.set({ series, steps, theme, log, range, limit, across, numbered: true });
    const switches = what === "loss" || what === "range";
    chart.scale.hidden = !switches;
    chart.scale.disabled = !possible;
    put(chart.scale, log ? "log" : "linear");
    chart.scale.setAttribute("aria-label", `Scale of the loss axis: ${chart.scale.textContent}`);
    chart.scale.title = possible ? "Switch between a logarithmic and a linear axis" : "The loss is not positive everywhere, so the axis is linear";
    const legend = what !== "loss" ? "" : [scene.runs.some((one) => one.batch) ? "thin: batch" : "", scene.runs.some((one) => one.held) ? "dots: held out" : ""].filter(Boolean).join(" · ");
    const same = shared && all.length > 1 && wanted === all[0] ? "same scale" : scenes.length > 1 ? `dashed: ${scenes[1].title}` : "";
    chart.hint.dataset.words = legend || same;
    put(chart.hint, chart.hint.dataset.words);
    const nothing = series.length ? "" : what === "sigma" ? `${run.name} divides by no σ.` : "The rate of every run stays as it is: a rising schedule makes this a range test.";
    put(chart.note, nothing);
    chart.note.hidden = !nothing;
  }

  /** @param {SceneData} scene @param {What} what @returns {Series[]} */
  series(scene, what) {
    const { selected } = this.show;
    const plain = (/** @type {"loss" | "norm" | "rate"} */ row) => scene.runs.map((run) => ({ slot: run.slot, values: run[row], lost: row !== "rate" && run.status === "diverged" }));
    const row = (/** @type {unknown} */ values) => (values instanceof Float32Array ? values : undefined);
    if (what === "norm" || what === "rate") return plain(what);
    if (what === "loss") return plain("loss").map((one, i) => ({ ...one, batch: row(scene.runs[i].batch), held: row(scene.runs[i].held) }));
    if (what === "x" || what === "y") {
      const k = what === "x" ? 0 : 1;
      return scene.runs.map((run) => ({ slot: run.slot, values: coordinate(run.xy, k), lost: run.status === "diverged" }));
    }
    if (what === "sigma") {
      const run = scene.runs.find((one) => one.slot === selected) || scene.runs[0];
      if (!run.factors?.scale || !run.scale || run.weights) return [];
      return [0, 1].map((k) => ({ slot: run.slot, values: coordinate(/** @type {Float32Array} */ (run.scale), k), lost: run.status === "diverged", dash: k === 1, word: scene.axes[k] }));
    }
    return scene.runs.filter(({ rate }) => rate.some((eta) => eta !== rate[0]))
      .map((run) => ({ slot: run.slot, values: run.loss.subarray(0, run.rate.length), at: run.rate, lost: run.status === "diverged" }));
  }

  /** @param {Wanted[]} wanted */
  build(wanted) {
    this.host.replaceChildren();
    this.charts = wanted.map((one, i) => {
      const part = document.createElement("section");
      part.className = "rv-chart";
      part.dataset.what = this.show.scenes.length > 1 || i === 0 ? "loss" : i === 1 ? "norm" : "rate";
      part.innerHTML = `<header><h3><button type="button" class="rv-chart-title"><span></span>${ICONS.unfold}</button></h3><span class="rv-hint"></span><button type="button" class="rv-scale"></button></header><div class="rv-plot"></div><p class="rv-chart-note" hidden></p>`;
      this.host.append(part);
      const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (part.querySelector(selector));
      const curve = new Curve(find(".rv-plot"), this.asks.seek);
      const title = /** @type {HTMLButtonElement} */ (find(".rv-chart-title"));
      /** @type {Chart} */
      const chart = {
        part, title, words: find(".rv-chart-title span"), hint: find(".rv-hint"), scale: /** @type {HTMLButtonElement} */ (find(".rv-scale")),
        note: find(".rv-chart-note"), curve, wanted: one,
        hover: new Hover(curve.host, curve.canvas, onCurve(curve, () => lowered(this.nameOf(chart.wanted.what)), () => chart.wanted.scenes.flatMap(({ runs }) => runs), this.show.strength)),
      };
      // The rate's own chart is always that of the rate.
      if (part.dataset.what === "rate") title.disabled = true;
      else new Menu(title, () => this.items(part.dataset.what === "norm" ? "second" : "first"), "What this chart shows");
      chart.scale.addEventListener("click", () => {
        wish.log = !wish.log;
        this.again();
      });
      return chart;
    });
  }

  /** What a chart could show. @param {"first" | "second"} place @returns {import("../page/menu.js").Item[]} */
  items(place) {
    /** @type {What[]} */
    const offered = this.show.scenes.length > 1 ? ["loss", "norm", "rate", "x", "y", "sigma", "range"]
      : place === "first" ? ["loss", "range"] : ["norm", "x", "y", "sigma"];
    return offered.map((what) => ({
      label: this.nameOf(what),
      chosen: wish[place] === what,
      act: () => {
        wish[place] = what;
        this.again();
      },
    }));
  }

  again() {
    this.set();
    this.draw(this.step);
  }

  measure() {
    const seen = this.charts.filter(({ part }) => part.clientHeight > 0);
    // Beside one another each has an axis of its own, one above the other the lowest has that of all.
    const row = getComputedStyle(this.host).flexDirection === "row";
    for (const chart of this.charts) {
      // A legend that does not fit beside the title has a line of its own.
      chart.part.dataset.wrapped = "false";
      if (chart.hint.scrollWidth > chart.hint.clientWidth) chart.part.dataset.wrapped = "true";
      chart.curve.scale = this.show.scale;
      chart.curve.numbered = row || chart === seen.at(-1) || Boolean(chart.curve.charted?.across);
      chart.curve.measure();
    }
  }

  /** @param {number} step */
  draw(step) {
    this.step = step;
    for (const { curve, wanted, hover, hint } of this.charts) {
      // What is not seen is not drawn: a phone shows one picture at a time.
      if (!curve.host.clientWidth) continue;
      const last = Math.max(...wanted.scenes.map((scene) => scene.steps));
      const own = Math.min(step, last);
      curve.draw(own, this.show.strength);
      curve.host.dataset.step = String(step);
      if (wanted.what === "rate" && wanted.scenes.length === 1) this.limit(wanted.scenes[0], own, hint);
      hover.again();
    }
  }

  /** The limit of stability where the selected run is now, in words. @param {SceneData} scene @param {number} step @param {HTMLElement} hint */
  limit(scene, step, hint) {
    const run = scene.runs.find((one) => one.slot === this.show.selected) || scene.runs[0];
    const most = run.most ? run.most[Math.min(step, scene.steps - 1)] : NaN;
    put(hint, Number.isFinite(most) ? `${run.limit} = ${written(most)}` : hint.dataset.words || "");
    hint.classList.add("rv-limit");
    hint.title = run.limit ? `Above ${run.limit} a step of ${run.name} overshoots where it is now: λmax is the largest curvature there.` : "";
  }

  /** @param {number} step */
  describe(step) {
    for (const { curve, wanted } of this.charts) {
      const [scene] = wanted.scenes;
      curve.canvas.setAttribute("aria-label", chartInWords(lowered(wanted.name), curve, scene.runs, Math.min(step, scene.steps), this.show.strength));
    }
  }

  destroy() {
    this.watcher.disconnect();
  }
}

/** A name within a sentence: letters that stand for something stay as they are. @param {string} name */
function lowered(name) {
  return name.length > 2 && !name.startsWith("σ") ? name[0].toLowerCase() + name.slice(1) : name;
}

/** @param {Float32Array} pairs @param {number} k */
function coordinate(pairs, k) {
  return Float32Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i + k]);
}

/** Whether the rates of runs are so far apart that the smaller would not be seen. @param {SceneData[]} scenes */
function ratesApart(scenes) {
  const rates = scenes.flatMap(({ runs }) => runs.map(({ lr }) => lr));
  return Math.max(...rates) / Math.min(...rates) >= FAR;
}

/** The axis of the rates. @param {Series[]} series @returns {{range: [number, number], log: boolean}} */
function acrossOf(series) {
  const rates = series.flatMap(({ at }) => [...(at || [])]).filter((v) => v > 0);
  const [low, high] = [Math.min(...rates), Math.max(...rates)];
  if (!(low < high)) return { range: [0, 1], log: false };
  return high / low > SWEPT ? { range: [Math.log10(low), Math.log10(high)], log: true } : { range: [low, high], log: false };
}

/**
 * A range of rates that shows their limit as well, where that is not far above them.
 * @param {[number, number]} range
 * @param {Float32Array} limit
 * @param {boolean} log
 * @param {number[]} rates
 * @returns {[number, number]}
 */
function withLimit([low, high], limit, log, rates) {
  const near = [...limit].filter((v) => v > 0 && v <= NEAR * Math.max(...rates));
  if (!near.length) return [low, high];
  const at = (/** @type {number} */ v) => (log ? Math.log10(v) : v);
  const pad = 0.12 * (high - low);
  return [Math.min(low, at(Math.min(...near)) - pad), Math.max(high, at(Math.max(...near)) + pad)];
}
