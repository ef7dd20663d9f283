// @ts-check
/** Quantities over the steps, one chart above the other over one axis and under one clock. */

import { widthOf } from "../drawing/canvas.js";
import { Curve, calmed, canBeLog, rangeOf, rateAxis } from "../drawing/curve.js";
import { ICONS } from "../drawing/icons.js";
import { put } from "../page/dom.js";
import { Menu } from "../page/menu.js";
import { Hover, onCurve } from "../pointing/hover.js";
import { ownPart } from "../wire/runs.js";
import { together, written } from "../words/numbers.js";
import { SEES } from "../words/sees.js";
import { chartInWords, spoken } from "../words/speech.js";

/** @typedef {import("../wire/decode.js").SceneData} SceneData */
/** @typedef {import("../wire/decode.js").Run} Run */
/** @typedef {import("../drawing/curve.js").Series} Series */
/** @typedef {"loss" | "norm" | "rate" | "x" | "y" | "sigma" | "range"} What */
/** @typedef {{what: What, scenes: SceneData[], name: string, whose: string}} Wanted  a chart: of one scene, or of two in one; whose: ", " and the title of the one of two that it is of */
/** @typedef {{part: HTMLElement, title: HTMLButtonElement, words: HTMLElement, whose: HTMLElement, hint: HTMLElement, scale: HTMLButtonElement, note: HTMLElement, curve: Curve, hover: Hover, wanted: Wanted}} Chart */

/** What all of a chart's lines begin with, in words; empty where they do not begin alike. @param {Series[]} series @param {boolean} alone whether one run is asked about */
function openingOf(series, alone) {
  const [first, ...others] = series.map(({ values, at }) => (at ? NaN : values[0]));
  if (!Number.isFinite(first) || others.some((value) => Math.abs(value - first) > 1e-6 * Math.abs(first))) return null;
  return { value: first, words: written(first) + together(alone ? 1 : series.length) };
}

/** A rate that changes by so much along a run is drawn by its powers of ten, and a σ too. */
const SWEPT = 30;
/** A limit's flicker within such a part of its steps, a few pixels, cannot be seen. */
const FLICKER = 1 / 60;
/** Limits farther above the rates than that many times are told in words, not drawn. */
const NEAR = 4;
/** So many runs in two scenes have one chart, the right ones dashed. */
const MANY = 5;

/** What can be charted, by what it is called; of coordinates the scene's axes say that. @type {Record<What, string>} */
const NAMES = { loss: "Loss", norm: "Gradient norm", rate: "Learning rate", x: "", y: "", sigma: "σ along each axis", range: "Loss over rate" };
/** What the viewer wants to see, for as long as the visit lasts: in the large chart, in the small one, on a logarithmic scale. */
const wish = { first: /** @type {What} */ ("loss"), second: /** @type {What | ""} */ (""), log: true };

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
    /** Measures text; it is never shown. */ this.ruler = document.createElement("canvas");
    this.step = 0;
    /** @type {Chart[]} */ this.charts = [];
    this.of = "";
    this.watcher = new ResizeObserver(() => {
      // One chart or two for a comparison depends on the layout, which the window's size changes.
      if (this.charts.length && this.wanted().length !== this.charts.length) this.set();
      this.measure();
      this.draw(this.step);
    });
    this.watcher.observe(host);
  }

  /** The charts that there are. @returns {Wanted[]} */
  wanted() {
    const { scenes, lesson } = this.show;
    if (lesson) {
      // A lesson's step says itself what is to be seen. Of two scenes two charts hold both, one alone is drawn of each.
      const both = scenes.length > 1 && lesson.charts.length > 1 && this.show.scene.sameLoss && !this.phone;
      if (both) return lesson.charts.slice(0, 2).map((what) => ({ what, scenes, name: what === "sigma" ? `σ along ${this.nameOf("x")}` : this.nameOf(what), whose: "" }));
      const charts = scenes.length > 1 ? lesson.charts.slice(0, 1) : lesson.charts;
      return charts.flatMap((what) => scenes.map((scene) => ({ what, scenes: [scene], name: this.nameOf(what), whose: scenes.length > 1 ? `, ${scene.title}` : "" })));
    }
    if (scenes.length === 1) {
      // What is drawn large need not be drawn again: loss or gradient norm takes its place.
      const first = wish.first === "rate" ? "loss" : wish.first;
      // Of a curve the gradient's size is seen in it; when it is where is not.
      const wished = wish.second || (this.show.scene.line ? "x" : "norm");
      const second = wished !== first ? wished : first === "loss" ? "norm" : "loss";
      return /** @type {What[]} */ ([first, second, "rate"]).map((what) => ({ what, scenes, name: this.nameOf(what), whose: "" }));
    }
    const name = this.nameOf(wish.first);
    // Of σ each run has two lines already.
    if (!this.phone && wish.first !== "sigma" && scenes.some((scene) => scene.runs.length >= MANY)) return [{ what: wish.first, scenes, name, whose: "" }];
    return scenes.map((scene) => ({ what: wish.first, scenes: [scene], name, whose: `, ${scene.title}` }));
  }

  get phone() {
    return this.host.closest(".ravine")?.getAttribute("data-layout") === "phone";
  }

  /** @param {What} what */
  nameOf(what) {
    const { axes } = this.show.scene;
    return what === "x" ? axes[0] : what === "y" ? axes[1] : NAMES[what];
  }

  set() {
    const wanted = this.wanted();
    const of = [Boolean(this.show.lesson), ...wanted.map(({ what, scenes }) => what + scenes.length)].join();
    if (of !== this.of) this.build(wanted);
    this.of = of;
    this.charts.forEach((chart, i) => this.fill(chart, wanted[i], wanted));
    this.measure();
  }

  /** @param {Chart} chart @param {Wanted} wanted @param {Wanted[]} all */
  fill(chart, wanted, all) {
    const { theme } = this.show;
    const { what, scenes, name } = wanted;
    const [scene] = scenes;
    chart.wanted = wanted;
    chart.hover.theme = theme;
    put(chart.words, name);
    const joint = scenes.length > 1;
    const whose = wanted.whose || (what === "sigma" && scene.runs.length > 1 ? `, ${this.called(this.chosen(scene))}` : "");
    put(chart.whose, whose);
    chart.title.setAttribute("aria-label", `${name}${whose}. What this chart shows.`);
    const series = scenes.flatMap((one, i) => this.series(one, what).filter((row) => !joint || row.word === undefined || row.word === one.axes[0]).map((row) => (joint ? { ...row, batch: undefined, held: undefined, word: undefined, dash: i > 0, whose: one.title } : row)));
    const every = this.show.scenes.flatMap((one) => this.series(one, what));
    const losses = what === "loss" || what === "range";
    // What is compared by eye is on one scale; losses of two kinds where powers of ten keep either from squeezing the other.
    const shared = this.show.scenes.length > 1 && (this.show.scene.sameLoss || !losses || (wish.log && canBeLog(every)));
    const compared = shared ? every : series;
    const possible = canBeLog(compared);
    const run = this.chosen(scene);
    const limit = what === "rate" && !joint ? shownLimit(run, scene) : undefined;
    const values = compared.map((row) => row.values);
    const log = possible && (what === "norm" || (what === "sigma" && swept(values)) || (losses && wish.log));
    const axis = what === "rate" ? rateAxis(values, limit)
      : { log, range: rangeOf(compared, log, what === "x" || what === "y" ? scene.window[what === "x" ? 0 : 1] : undefined) };
    const across = what === "range" ? acrossOf(compared) : null;
    const steps = Math.max(...this.show.scenes.map((one) => one.steps));
    chart.curve.opening = openingOf(series, Boolean(this.show.lesson?.rate));
    chart.curve.set({ series, steps, theme, ...axis, limit, across, numbered: chart.curve.numbered });
    // The scale of a comparison is chosen above, for both.
    chart.scale.hidden = !losses || !series.length || wanted !== all.find((one) => one.what === what);
    chart.scale.disabled = !possible;
    put(chart.scale, axis.log ? "log" : "linear");
    chart.scale.setAttribute("aria-label", `Scale of the loss axis: ${chart.scale.textContent}`);
    chart.scale.title = possible ? "Switch between a logarithmic and a linear axis" : "The loss is not positive everywhere, so the axis is linear.";
    const legend = what !== "loss" || joint ? "" : [scene.runs.some((one) => one.batch) ? `thin: ${SEES[scene.sees].thin}` : "", scene.runs.some((one) => one.held) ? `dots: held out${scene.penalised ? ", without penalty" : ""}` : ""].filter(Boolean).join(" · ");
    const same = joint ? `dashed: ${scenes[1].title}` : shared && all.length > 1 && wanted === all[0] ? "same scale" : "";
    chart.hint.dataset.words = legend || same;
    put(chart.hint, chart.hint.dataset.words);
    const nothing = series.length ? "" : what === "sigma" ? `${run.name} divides by no σ.` : "All rates here are constant.";
    put(chart.note, nothing);
    chart.note.hidden = !nothing;
  }

  /** The selected run, whose σ and whose limit are drawn. @param {SceneData} scene @returns {Run} */
  chosen({ runs }) {
    return runs.find((one) => one.slot === this.show.selected) || runs[0];
  }

  /** @param {Run} run */
  called(run) {
    return this.show.lesson?.names[run.slot] || run.short;
  }

  /** @param {SceneData} scene @param {What} what @returns {Series[]} */
  series(scene, what) {
    const own = (/** @type {Run} */ run, /** @type {Float32Array} */ row) => ownPart(run, scene.steps, row);
    const plain = (/** @type {"loss" | "norm" | "rate"} */ row) => scene.runs.map((run) => ({ slot: run.slot, values: own(run, run[row]), lost: row !== "rate" && run.status === "diverged" }));
    const row = (/** @type {Run} */ run, /** @type {unknown} */ values) => (values instanceof Float32Array ? own(run, values) : undefined);
    if (what === "norm" || what === "rate") return plain(what);
    if (what === "loss") return plain("loss").map((one, i) => ({ ...one, batch: row(scene.runs[i], scene.runs[i].batch), seen: SEES[scene.sees].thin, held: row(scene.runs[i], scene.runs[i].held) }));
    if (what === "x" || what === "y") {
      const k = what === "x" ? 0 : 1;
      return scene.runs.map((run) => ({ slot: run.slot, values: own(run, coordinate(run.xy, k)), lost: run.status === "diverged" }));
    }
    if (what === "sigma") {
      const run = this.chosen(scene);
      if (!run.factors?.scale || !run.scale || run.weights) return [];
      return [0, 1].map((k) => ({ slot: run.slot, values: own(run, coordinate(/** @type {Float32Array} */ (run.scale), k)), lost: run.status === "diverged", dash: k === 1, word: scene.axes[k] }));
    }
    return scene.runs.filter(({ rate }) => rate.some((eta) => eta !== rate[0]))
      .map((run) => ({ slot: run.slot, values: run.loss.subarray(0, run.steps), at: own(run, run.rate), lost: run.status === "diverged" }));
  }

  /** @param {Wanted[]} wanted */
  build(wanted) {
    this.host.replaceChildren();
    this.charts = wanted.map((one, i) => {
      const part = document.createElement("section");
      part.className = "rv-chart";
      part.dataset.what = this.show.scenes.length > 1 || i === 0 ? "loss" : i === 1 ? "norm" : "rate";
      part.innerHTML = `<header><h3><button type="button" class="rv-chart-title"><span><span class="rv-what"></span><span class="rv-whose"></span></span>${ICONS.unfold}</button></h3><span class="rv-hint"></span><button type="button" class="rv-scale"></button></header><div class="rv-plot"></div><p class="rv-chart-note" hidden></p>`;
      this.host.append(part);
      const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (part.querySelector(selector));
      const curve = new Curve(find(".rv-plot"), this.asks.seek);
      const title = /** @type {HTMLButtonElement} */ (find(".rv-chart-title"));
      /** @type {Chart} */
      const chart = {
        part, title, words: find(".rv-what"), whose: find(".rv-whose"), hint: find(".rv-hint"), scale: /** @type {HTMLButtonElement} */ (find(".rv-scale")),
        note: find(".rv-chart-note"), curve, wanted: one,
        hover: new Hover(curve.host, curve.canvas, onCurve(curve, () => lowered(this.nameOf(chart.wanted.what)), () => chart.wanted.scenes.flatMap(({ runs }) => runs), this.show.strength)),
      };
      // The rate's own chart is always that of the rate, and a lesson's are what it says.
      if (part.dataset.what === "rate" || this.show.lesson) title.disabled = true;
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
      : place === "first" ? ["loss", "norm", "x", "y", "sigma", "range"] : ["loss", "norm", "x", "y", "sigma"];
    const shown = this.charts[place === "first" ? 0 : 1].wanted.what;
    return offered.filter((what) => place === "first" || what !== this.charts[0].wanted.what).map((what) => ({
      label: this.nameOf(what),
      chosen: shown === what,
      act: () => {
        wish[place] = what;
        this.again();
      },
    }));
  }

  again() {
    this.set();
    this.draw(this.step);
    this.describe(this.step);
  }

  measure() {
    const seen = this.charts.filter(({ part }) => part.clientHeight > 0);
    // Beside one another each has an axis of its own, one above the other the lowest has that of all.
    const row = getComputedStyle(this.host).flexDirection === "row";
    for (const chart of this.charts) {
      this.wrap(chart);
      chart.curve.scale = this.show.scale;
      chart.curve.numbered = row || chart === seen.at(-1) || Boolean(chart.curve.charted?.across);
      chart.curve.measure();
    }
  }

  /** A legend that does not fit beside the title has a line of its own. @param {Chart} chart */
  wrap({ part, hint, title, scale, wanted }) {
    const words = hint.dataset.words || "";
    const now = [part.clientWidth, words, title.textContent, scale.hidden, this.show.scale].join();
    // Looked at only where something has changed: to look lays the page out.
    if (part.dataset.laid === now) return;
    part.dataset.laid = now;
    part.dataset.wrapped = "false";
    hint.dataset.room = String(hint.clientWidth);
    if (wanted.what !== "rate" && hint.scrollWidth > hint.clientWidth) part.dataset.wrapped = "true";
  }

  /** @param {number} step */
  draw(step) {
    this.step = step;
    const left = Math.max(...this.charts.map(({ curve }) => (curve.width ? curve.need() : 0)));
    for (const { curve, wanted, hover, hint } of this.charts) {
      // What is not seen is not drawn: a phone shows one picture at a time.
      if (!curve.width) continue;
      curve.left = left;
      curve.before = Boolean(this.show.lesson?.before);
      const own = Math.min(step, Math.max(...wanted.scenes.map((scene) => scene.steps)));
      curve.draw(step, this.show.strength);
      curve.host.dataset.step = String(step);
      if (wanted.what === "rate" && wanted.scenes.length === 1) this.limit(wanted.scenes[0], own, hint);
      hover.again();
    }
  }

  /** The limit of stability where the selected run is now, in words. @param {SceneData} scene @param {number} step @param {HTMLElement} hint */
  limit(scene, step, hint) {
    const run = this.chosen(scene);
    const most = run.most ? run.most[Math.min(step, run.steps - 1)] : NaN;
    const words = hint.dataset.words || "";
    const limit = `${run.limit} = ${written(most)}`;
    // As much as there is room for: what is cut off says nothing.
    const ctx = /** @type {CanvasRenderingContext2D} */ (this.ruler.getContext("2d"));
    ctx.font = `${15 * this.show.scale}px ${this.show.theme.font}`;
    const fits = (/** @type {string} */ said) => widthOf(ctx, said) <= Number(hint.dataset.room);
    put(hint, Number.isFinite(most) ? [words && `${limit} · ${words}`, limit, written(most)].find((said) => said && fits(said)) || "" : words);
    hint.classList.add("rv-limit");
    hint.title = run.limit ? aboveLimit(run.name, run.limit) : "";
  }

  /** @param {number} step */
  describe(step) {
    for (const { curve, wanted, note, hint } of this.charts) {
      const words = chartInWords(lowered(wanted.name) + wanted.whose, curve, wanted.scenes.flatMap(({ runs }) => runs), step, this.show.strength);
      const limit = wanted.what === "rate" && hint.textContent?.includes("=") ? spoken(` ${hint.textContent}.`) : "";
      curve.canvas.setAttribute("aria-label", curve.series.length ? words + limit : `${words} ${note.textContent}`);
    }
  }

  destroy() {
    this.watcher.disconnect();
  }
}

/** What happens above a limit; gradient descent overshoots sooner than that. @param {string} name @param {string} limit */
export function aboveLimit(name, limit) {
  const words = `Above ${limit} ${name} is unstable on the quadratic where it is now: its swings grow.`;
  if (limit.includes("σ")) return `${words} The curvature is that after dividing by σ, and the limit moves as σ does.`;
  return limit === "2/λmax" ? `${words} From half of it on a step overshoots the lowest place across, and the next is shorter. λmax is the largest curvature there.` : words;
}

/** A name within a sentence: letters that stand for something stay as they are. @param {string} name */
function lowered(name) {
  return name.length > 2 && !name.startsWith("σ") ? name[0].toLowerCase() + name.slice(1) : name;
}

/** @param {Float32Array} pairs @param {number} k */
function coordinate(pairs, k) {
  return Float32Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i + k]);
}

/** Whether powers of ten show more of these rows: positive all of them, and far apart. @param {Float32Array[]} rows */
function swept(rows) {
  const known = rows.map((row) => row.filter(Number.isFinite)).filter((row) => row.length);
  const [low, high] = [Math.min(...known.map((row) => row.reduce((a, b) => Math.min(a, b)))), Math.max(...known.map((row) => row.reduce((a, b) => Math.max(a, b))))];
  return low > 0 && high > SWEPT * low;
}

/** A run's limit as it can be drawn: calm, and not far above the rates that it is for. @param {Run} run @param {SceneData} scene */
function shownLimit({ most }, { runs }) {
  const highest = Math.max(...runs.map(({ rate }) => rate.reduce((a, b) => Math.max(a, b || 0), 0)));
  const calm = most && calmed(most, Math.round(most.length * FLICKER));
  const near = calm?.map((v) => (v <= NEAR * highest ? v : NaN));
  return near?.some((v) => v > 0) ? near : undefined;
}

/** The axis of the rates. @param {Series[]} series @returns {{range: [number, number], log: boolean}} */
function acrossOf(series) {
  const rates = series.flatMap(({ at }) => [...(at || [])]).filter((v) => v > 0);
  const [low, high] = [Math.min(...rates), Math.max(...rates)];
  if (!(low < high)) return { range: [0, 1], log: false };
  return high / low > SWEPT ? { range: [Math.log10(low), Math.log10(high)], log: true } : { range: [low, high], log: false };
}
