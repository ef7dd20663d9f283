// @ts-check
/** One scene on the page: surface, contour, curves and the strip. It is told the step and draws it; it knows no clock. */

import { minus, written } from "./canvas.js";
import { latest, put } from "./cards.js";
import { Contour } from "./contour.js";
import { Curve, canBeLog, rangeOf } from "./curves.js";
import { DataPanel } from "./data.js";
import { fieldOf } from "./decode.js";
import { fitted, isGradient, loadFormulas, numbersTex, ruleTex, typeset } from "./formula.js";
import { Hover, onCurve, onPath } from "./hover.js";
import { ICONS } from "./icons.js";
import { chartInWords } from "./speech.js";
import { steerCamera, steerStart } from "./steer.js";
import { Surface3D } from "./surface3d.js";
import { scaleOf } from "./theme.js";

/** @typedef {import("./decode.js").SceneData} SceneData */
/** @typedef {import("./theme.js").Theme} Theme */

/** Milliseconds for which a formula's numbers stand while time flows. */
const READABLE = 120;
const CURVES = ["Loss", "Gradient norm", "Learning rate"];

export class Picture {
  /**
   * @param {HTMLElement} host
   * @param {any} Plotly
   * @param {{start: (x: number, y: number) => void, drag: (at: [number, number] | null) => void, seek: (step: number) => void, unfold: () => void, dissect: () => void, say: (words: string) => void, strength: (slot: number) => number}} asks
   */
  constructor(host, Plotly, asks) {
    host.className = "rv-scene";
    host.innerHTML = `
      <div class="rv-title"><h2></h2><p></p></div>
      <section class="rv-panel rv-surface"><header><h3>Surface</h3><button type="button" class="rv-swap" title="Show the data instead of the surface">data</button><span class="rv-hint"></span></header><div class="rv-plot"></div></section>
      <section class="rv-panel rv-contour"><header><h3>Contour</h3><span class="rv-hint"></span></header><div class="rv-plot"></div></section>
      <section class="rv-panel rv-data"><header><h3>Data</h3><button type="button" class="rv-swap" title="Show the surface instead of the data">surface</button><span class="rv-hint"></span></header><div class="rv-both"><div class="rv-plot"></div><p></p></div></section>
      <section class="rv-panel rv-strip"><header><h3>This step</h3><span class="rv-who"></span><button type="button" class="rv-button rv-unfold" aria-expanded="false" aria-label="Take this step apart, below" title="Take this step apart, below"><span>Take apart</span> ${ICONS.unfold}</button><button type="button" class="rv-button rv-to-dissect" aria-label="Dissect this step, on a page of its own" title="Dissect this step, on a page of its own"><span>Dissect</span> ${ICONS.next}</button></header><div class="rv-telling"><div class="rv-equation"><span></span><span></span></div><p></p></div></section>
      <div class="rv-curves">
      <section class="rv-panel rv-curve rv-loss-curve"><header><h3>Loss</h3><span class="rv-legend"></span><button type="button" class="rv-scale" aria-label="Scale of the loss axis">log</button></header><div class="rv-plot"></div></section>
      <section class="rv-panel rv-curve"><header><h3>Gradient norm</h3><span class="rv-hint"></span></header><div class="rv-plot"></div></section>
      <section class="rv-panel rv-curve"><header><h3>Learning rate</h3><span class="rv-hint rv-limit"></span></header><div class="rv-plot"></div></section></div>`;
    this.host = host;
    const plots = /** @type {HTMLElement[]} */ ([...host.querySelectorAll(".rv-plot")]);
    this.pedestal = plots[0];
    this.surface = new Surface3D(this.pedestal, Plotly);
    this.contour = new Contour(plots[1], Plotly, asks.start, asks.drag);
    this.data = new DataPanel(plots[2]);
    this.curves = plots.slice(3).map((plot) => new Curve(plot, asks.seek));
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (host.querySelector(selector));
    this.title = find(".rv-title h2");
    this.remark = find(".rv-title p");
    this.reading = find(".rv-data .rv-hint");
    this.about = find(".rv-data p");
    this.legend = find(".rv-legend");
    this.limit = find(".rv-limit");
    this.normHint = find(".rv-curve .rv-hint");
    /** @type {SceneData[]} */ this.together = [];
    // Where there is no room for both, the data take the surface's place.
    for (const swap of host.querySelectorAll(".rv-swap")) swap.addEventListener("click", () => this.swap());
    this.scaleButton = /** @type {HTMLButtonElement} */ (host.querySelector(".rv-scale"));
    this.heightHint = /** @type {HTMLElement} */ (host.querySelector(".rv-surface .rv-hint"));
    this.axesHint = /** @type {HTMLElement} */ (host.querySelector(".rv-contour .rv-hint"));
    this.who = /** @type {HTMLElement} */ (host.querySelector(".rv-who"));
    this.sentence = /** @type {HTMLElement} */ (host.querySelector(".rv-strip p"));
    const [rule, numbers] = [...find(".rv-equation").children];
    this.rule = rule;
    this.told = false;
    this.setAt = 0;
    this.numbers = numbers;
    find(".rv-unfold").addEventListener("click", asks.unfold);
    find(".rv-to-dissect").addEventListener("click", asks.dissect);
    loadFormulas().then(() => this.draw(this.step, this.strength));
    this.wantsLog = true;
    /** @type {SceneData | null} */ this.scene = null;
    /** @type {import("./decode.js").Run[]} */ this.order = [];
    /** @type {number | null} */ this.selected = null;
    /** @type {(slot: number) => number} */ this.strength = asks.strength;
    this.step = 0;
    this.field = "";
    this.scaleButton.addEventListener("click", () => {
      this.wantsLog = !this.wantsLog;
      this.setCurves();
      this.draw(this.step, this.strength);
    });
    const strong = (/** @type {number} */ slot) => this.strength(slot);
    this.hovers = this.curves.map((curve, i) => new Hover(curve.host, curve.canvas, onCurve(curve, CURVES[i].toLowerCase(), () => this.scene?.runs || [], strong)));
    this.hovers.push(new Hover(this.contour.host, this.contour.canvas, onPath(this.contour, strong)));
    steerStart(this.contour, asks.start, asks.say);
    steerCamera(this.pedestal, this.surface);
    this.pedestal.tabIndex = 0;
    this.pedestal.setAttribute("role", "application");
    this.watcher = new ResizeObserver((entries) => this.resized(entries));
    for (const plot of plots) this.watcher.observe(plot);
  }

  /**
   * @param {SceneData} scene
   * @param {Theme} theme
   * @param {number | null} selected
   * @param {SceneData[]} together all scenes on the clock, this one among them
   */
  async set(scene, theme, selected, together) {
    this.scene = scene;
    this.together = together;
    this.theme = theme;
    this.selected = selected;
    put(this.heightHint, scene.height);
    put(this.axesHint, `${scene.axes.join(", ")} · ${scene.facts || "click to start there"}`);
    this.axesHint.title = "Click or drag in the picture: the runs start there.";
    put(this.title, scene.title);
    put(this.remark, scene.remark);
    this.remark.title = scene.remark;
    this.host.dataset.data = String(Boolean(scene.data));
    put(this.about, scene.data?.about || "");
    this.order = drawingOrder(scene.runs, selected);
    this.zoom();
    this.setCurves();
    for (const hover of this.hovers) hover.theme = theme;
    const field = await fieldOf(scene);
    // The answer to an older question comes too late.
    if (this.scene !== scene) return;
    this.data.set(/** @type {any} */ (scene), this.order, theme, selected);
    this.hide();
    this.surface.setMarks({ start: scene.start, minima: scene.minima });
    const signature = `${scene.field} ${theme.dark}`;
    const changed = signature !== this.field;
    this.field = signature;
    await Promise.all([
      this.contour.setField(scene, this.order, field, theme, selected),
      changed ? this.surface.setField(field, theme) : null,
    ]);
  }

  setCurves() {
    const { scene, theme } = this;
    if (!scene || !theme) return;
    const loss = lossesOf(scene);
    const together = scene.sameLoss ? this.together.flatMap(lossesOf) : loss;
    const possible = canBeLog(together);
    const legend = [scene.runs.some((run) => run.batch) ? "thin: batch" : "", scene.runs.some((run) => run.held) ? "dots: held out" : ""];
    put(this.legend, legend.filter(Boolean).join(" · "));
    this.scaleButton.disabled = !possible;
    put(this.scaleButton, possible && this.wantsLog ? "log" : "linear");
    this.scaleButton.setAttribute("aria-label", `Scale of the loss axis: ${this.scaleButton.textContent}`);
    this.scaleButton.title = possible ? "Switch between a logarithmic and a linear axis" : "The loss is not positive everywhere, so the axis is linear";
    const log = this.wantsLog && possible;
    this.curves[0].set(loss, scene.steps, theme, log, scene.sameLoss ? rangeOf(together, log) : undefined);
    // Two scenes side by side are compared by eye, so their gradients are on one scale.
    const norms = this.together.flatMap((other) => seriesOf(other, "norm"));
    this.curves[1].set(seriesOf(scene, "norm"), scene.steps, theme, canBeLog(norms), rangeOf(norms, canBeLog(norms)));
    put(this.normHint, this.together.length > 1 ? "same scale" : "");
    const rates = seriesOf(scene, "rate").map((series) => ({ ...series, lost: false }));
    // Rates a hundred times apart need powers of ten; a schedule that ends at 0 is read better on a plain axis.
    const firsts = scene.runs.map((run) => run.lr);
    const apart = Math.max(...firsts) / Math.min(...firsts) > 30 && canBeLog(rates);
    const run = scene.runs.find((one) => one.slot === this.selected) || scene.runs[0];
    const limit = run.most && { values: run.most, name: run.limit };
    this.curves[2].set(rates, scene.steps, theme, apart, withLimit(rangeOf(rates, apart), limit?.values, apart, firsts), limit);
  }

  /** Show the data where the surface was, or the other way round. */
  swap() {
    this.host.dataset.swapped = String(this.host.dataset.swapped !== "true");
    this.draw(this.step, this.strength);
  }

  /** Other runs are hidden than before. */
  hide() {
    const { scene, theme } = this;
    if (scene && theme) this.surface.setRuns(this.order.map((run) => ({ ...run, hidden: !this.strength(run.slot) })), theme);
  }

  /** Take over the size of the text, which full screen changes. */
  zoom() {
    const scale = scaleOf(this.host);
    for (const panel of [this.surface, this.contour, this.data, ...this.curves]) panel.scale = scale;
  }

  /** Put into words what the pictures show. @param {number} step */
  describe(step) {
    const { scene, contour, pedestal, data, strength } = this;
    if (!scene) return;
    const own = Math.min(step, scene.steps);
    const name = scene.title ? `${scene.title}, ${scene.name}` : scene.name;
    const label = (/** @type {Element} */ place, /** @type {string} */ words) => place.setAttribute("aria-label", words);
    label(contour.canvas, `Contour of ${name}, ${scene.axes.join(" and ")}, start at ${minus(`(${written(scene.start[0])}, ${written(scene.start[1])})`)}. Shift with the arrow keys moves the start, Enter runs from there, Escape gives it up.`);
    label(pedestal, `Surface of ${name} in three dimensions, ${scene.height}. Shift with the arrow keys turns it.`);
    label(data.canvas, `Data of ${name} and what the models make of them. ${this.reading.textContent}`);
    this.curves.forEach((curve, i) => label(curve.canvas, chartInWords(CURVES[i], curve, scene.runs, own, strength)));
  }

  /** @param {ResizeObserverEntry[]} entries */
  resized(entries) {
    this.zoom();
    for (const { target } of entries) {
      if (target === this.contour.host) this.contour.paint().then(() => this.draw(this.step, this.strength));
      if (target === this.pedestal && target.clientWidth) this.surface.resize();
    }
    this.draw(this.step, this.strength);
  }

  /**
   * @param {number} step
   * @param {(slot: number) => number} strength
   */
  draw(step, strength) {
    this.step = step;
    this.strength = strength;
    const { scene } = this;
    if (!scene) return;
    const own = Math.min(step, scene.steps);
    for (const panel of [this.contour, ...this.curves]) panel.measure();
    this.told = Number(this.rule.parentElement?.clientWidth) > 0;
    // What is not on the page is not drawn: on a phone that is all but one panel.
    if (this.pedestal.clientWidth) {
      this.surface.draw(own);
    }
    // Another run may have been picked in the cards since the message came.
    this.contour.selected = this.selected;
    this.contour.draw(own, strength);
    for (const curve of this.curves) curve.draw(own, strength);
    this.data.selected = this.selected;
    this.read(own, this.data.draw(own, strength));
    for (const hover of this.hovers) hover.again();
  }

  /** @param {number} step @param {string} reading what the data panel says */
  read(step, reading) {
    const scene = /** @type {SceneData} */ (this.scene);
    const run = scene.runs.find((one) => one.slot === this.selected) || scene.runs[0];
    put(this.who, `${run.name}, step ${step}`);
    this.equation(run, Math.min(step, scene.steps - 1));
    const most = run.most ? run.most[Math.min(step, scene.steps - 1)] : NaN;
    put(this.limit, Number.isFinite(most) ? `${run.limit} = ${written(most)} here` : "");
    this.limit.title = run.limit ? `Above ${run.limit} ${run.name} overshoots where it is now: λmax is the largest curvature there.` : "";
    put(this.reading, reading || answersOf(run, step, scene.data));
    const news = latest(run, step);
    const way = run.share === null ? "" : ` This plane shows ${Math.round(100 * run.share)}% of its way.`;
    put(this.sentence, (news ? `${run.name} ${news.sentence}.` : "") + way);
  }

  /**
   * The rule and this step's numbers in it. Of a network the plane shows only where the step led.
   * @param {import("./decode.js").Run} run
   * @param {number} i
   */
  equation(run, i) {
    const { factors, direction, scale, decay } = run;
    // Another run was picked, and its numbers are on their way.
    if (!factors || !direction || !scale || !decay || !this.told) return;
    // Numbers that change faster than they can be read cost a fifth of a frame. At rest they are always the step's own.
    const now = performance.now();
    if (this.host.closest(".ravine")?.getAttribute("data-playing") === "true" && now - this.setAt < READABLE) return;
    this.setAt = now;
    typeset(this.rule, ruleTex(factors, { factors: run.factored, named: false, from: "", to: "", tex: run.tex }));
    const pair = (/** @type {Float32Array} */ row, /** @type {number} */ k) => row.subarray(2 * k, 2 * k + 2);
    const whole = Boolean(run.weights);
    typeset(this.numbers, numbersTex({
      after: pair(run.xy, i + 1), before: pair(run.xy, i), rate: run.rate[i], direction: pair(direction, i), factors: run.factored,
      gradient: isGradient(factors),
      scale: factors.scale && !whole ? pair(scale, i) : null, decay: factors.decay && !whole ? pair(decay, i) : null,
    }));
    if (this.rule.parentElement) fitted(this.rule.parentElement);
  }

  destroy() {
    this.watcher.disconnect();
    this.surface.destroy();
    this.contour.destroy();
  }
}

/** @param {SceneData} scene @param {"loss" | "norm" | "rate"} what @returns {import("./curves.js").Series[]} */
function seriesOf(scene, what) {
  return scene.runs.map((run) => ({ slot: run.slot, values: run[what], lost: run.status === "diverged" }));
}

/** The losses of all runs, with those of their mini-batches and of the points held out. @param {SceneData} scene */
function lossesOf(scene) {
  const row = (/** @type {unknown} */ values) => (values instanceof Float32Array ? values : undefined);
  return seriesOf(scene, "loss").map((series, i) => ({ ...series, batch: row(scene.runs[i].batch), held: row(scene.runs[i].held) }));
}

/** How many points a classifier gets right. @param {import("./decode.js").Run} run @param {number} step @param {any} data */
function answersOf(run, step, data) {
  if (!(run.right instanceof Float32Array)) return "";
  const held = data.held.length;
  const [train, other] = run.right.subarray(2 * step, 2 * step + 2);
  return `${train} of ${data.points.length - held} right${held ? `, ${other} of ${held} held out` : ""}`;
}

/**
 * The runs, those that travel farthest first, so that where paths lie on one another the short one stays in sight; the
 * selected one on top of all.
 * @param {import("./decode.js").Run[]} runs
 * @param {number | null} selected
 */
function drawingOrder(runs, selected) {
  const length = new Map(runs.map((run) => {
    let sum = 0;
    for (let i = 2; i < run.xy.length; i += 2) sum += Math.hypot(run.xy[i] - run.xy[i - 2], run.xy[i + 1] - run.xy[i - 1]) || 0;
    return [run, sum];
  }));
  const above = (/** @type {import("./decode.js").Run} */ run) => Number(run.slot === selected);
  return [...runs].sort((a, b) => above(a) - above(b) || Number(length.get(b)) - Number(length.get(a)));
}

/** Limits farther above the rates than that many times are told in words, not drawn. */
const FAR = 4;

/**
 * A range of rates that shows their limit as well, where that is not far above them.
 * @param {[number, number]} range
 * @param {Float32Array | undefined} limit
 * @param {boolean} log
 * @param {number[]} rates
 * @returns {[number, number]}
 */
function withLimit([low, high], limit, log, rates) {
  const near = limit ? [...limit].filter((v) => v > 0 && v <= FAR * Math.max(...rates)) : [];
  if (!near.length) return [low, high];
  const at = (/** @type {number} */ v) => (log ? Math.log10(v) : v);
  const pad = 0.12 * (high - low);
  return [Math.min(low, at(Math.min(...near)) - pad), Math.max(high, at(Math.max(...near)) + pad)];
}
