// @ts-check
/** One step of one run, taken apart: the rule, the same with this step's numbers, what the method remembers, and the arrows. */

import { drawKey } from "../drawing/glyphs.js";
import { ICONS } from "../drawing/icons.js";
import { copied } from "../page/clipboard.js";
import { element, put } from "../page/dom.js";
import { Menu } from "../page/menu.js";
import { Microscope } from "./microscope.js";
import { dissectionOf } from "../wire/decode.js";
import { fitted, isGradient, loadFormulas, numberTex, numbersTex, ruleTex, termTex, typeset, unnamedTex, vectorTex } from "../words/formula.js";
import { written } from "../words/numbers.js";
import { SEES } from "../words/sees.js";

/** @typedef {import("../wire/decode.js").Dissection} Dissection */
/** @typedef {{symbol: string, word: string, kind: string, formula: string, filled: string, at: (i: number) => ArrayLike<number>, single: boolean, strong?: boolean, flag?: boolean, rows?: [number, number], cells?: HTMLElement[], formed?: HTMLElement}} Row */

/** Pixels that a row has at least and at most. */
const [LOW, HIGH] = [22, 30];
/** A formula in the table is set down to this share of its size. */
const SMALLEST = 0.8;
/** In a place that is narrower the numbers take two lines. */
const NARROW = 480;
/** What is said of a row when it is pointed at. @type {Record<string, string>} */
const EXPLAINED = {
  gradient: "Which way the loss rises, and how steeply, where the run is.",
  direction: "What the rate multiplies and the scale, where there is one, divides.",
  displacement: "The step with its sign turned: what is subtracted from the position. This method does not take it apart into a rate and a direction.",
  scale: "What divides the rate: where it is large the step is short.",
  corrected: "The memory began at 0, or close to it, and leans there at first; this makes up for it.",
  step: "What is added to the position.",
};

/** @param {import("../wire/decode.js").Dissection["lines"][number]} line @param {boolean} factored whether it is of a step of eta / scale * direction */
function wordOf({ role, formula }, factored) {
  const corrected = /^\\frac\{[a-z]\}\{1 - .+\^\{t\}\}$/.test(formula) ? "corrected" : "";
  if (role === "memory") return /\{g'?\}\^2/.test(formula) ? "memory of g²" : /\{g'?\}/.test(formula) ? "memory of g" : "memory";
  if (role === "before") return "from the step before";
  if (role === "direction") return factored ? "direction" : "displacement";
  return role === "between" ? corrected : role;
}

/** A formula in a line: no fraction and no case stands two lines high. @param {string} tex @returns {string} */
export function flat(tex) {
  if (tex.includes("\\begin{cases}")) {
    return flat(tex.replace(/\\begin\{cases\}(.*?)\\end\{cases\}/g, (whole, /** @type {string} */ rows) => {
      const line = rows.split("\\\\").map((row) => row.trim().replace(/ & \\text\{else\}$/, "\\text{ else}").replace(" & ", "\\text{ if }")).join(",\\ ");
      return tex.endsWith(whole) && !tex.slice(0, tex.indexOf(whole)).replace("\\leftarrow ", "") ? line : `(${line})`;
    }));
  }
  const at = tex.indexOf("\\frac{");
  if (at < 0) return tex;
  const [above, middle] = braced(tex, at + 5);
  const [below, end] = braced(tex, middle);
  const whole = (/** @type {string} */ part) => (/ [+-] |^-/.test(part) ? `(${flat(part)})` : flat(part));
  // A product below the line would be taken for one behind it.
  const under = /\\,| /.test(below) && !/ [+-] |^-/.test(below) ? `(${flat(below)})` : whole(below);
  return `${tex.slice(0, at)}${whole(above)} / ${under}${flat(tex.slice(end))}`;
}

/** What stands in braces at a place, and where they end. @param {string} tex @param {number} at @returns {[string, number]} */
function braced(tex, at) {
  let depth = 0;
  for (let i = at; i < tex.length; i++) {
    if (tex[i] === "{") depth += 1;
    else if (tex[i] === "}" && --depth === 0) return [tex.slice(at + 1, i), i + 1];
  }
  return [tex.slice(at + 1), tex.length];
}

/** The order of the rows. @param {Row} row */
function rankOf({ kind, word }) {
  const rank = ["step", "scale", "direction", "rate", "gradient", "decay"].indexOf(kind);
  return rank >= 0 && !/memory/.test(word) ? rank : kind === "reading" ? 20 : 10;
}

/** What something becomes. @param {string} formula */
function arrowed(formula) {
  return formula ? `\\leftarrow ${formula}` : "";
}

/** A schedule's formula without its left side, its t, which counts from 0, by the table's own. @param {string} tex */
export function counted(tex) {
  return tex.replace(/^\\eta_t = /, "").replace(/(?<![_\\a-zA-Z{])t(?![a-zA-Z])/g, "(t{-}1)");
}

export class Dissect {
  /**
   * @param {HTMLElement} host
   * @param {import("./panel.js").Show} show
   * @param {import("./panel.js").Asks} asks
   */
  constructor(host, show, asks) {
    this.host = host;
    this.show = show;
    this.asks = asks;
    host.innerHTML = `
      <div class="rv-dissect-head"><div class="rv-run-tabs" role="group" aria-label="Run"></div><p class="rv-remark"></p><button type="button" class="rv-button rv-opens-source" aria-expanded="false">${ICONS.code}<span>Source</span></button></div>
      <section class="rv-panel rv-rule" aria-label="The rule of this step"><div class="rv-symbols"></div><div class="rv-numbers"></div></section>
      <section class="rv-panel rv-state"><header><h3>State</h3><span class="rv-constants"></span>
        <button type="button" class="rv-quiet rv-in-numbers" aria-pressed="false">with numbers</button>
        <button type="button" class="rv-quiet rv-copy">copy ${ICONS.copy}</button><span class="rv-column" aria-hidden="true"></span><span class="rv-column" aria-hidden="true"></span></header>
        <div class="rv-table" tabindex="0" role="region" aria-label="State, as a table"><table><thead class="rv-unseen"></thead><tbody></tbody></table></div>
        <button type="button" class="rv-quiet rv-rest" hidden></button></section>
      <section class="rv-panel rv-micro"><header><h3>Contour</h3><button type="button" class="rv-quiet rv-beside"></button><span class="rv-zoom"><button type="button" class="rv-quiet" data-zoom="-1" aria-label="Zoom out">−</button><span class="rv-hint"></span><button type="button" class="rv-quiet" data-zoom="1" aria-label="Zoom in">+</button><button type="button" class="rv-quiet" data-zoom="0" aria-pressed="true">auto</button></span></header><div class="rv-plot" role="img"></div></section>
      <section class="rv-panel rv-source" hidden><header><h3></h3><button type="button" class="rv-quiet rv-close" aria-label="Close the source">close</button></header><pre tabindex="0"></pre></section>`;
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (host.querySelector(selector));
    this.remark = find(".rv-remark");
    this.opener = find(".rv-opens-source");
    this.rule = find(".rv-rule");
    this.constants = find(".rv-constants");
    this.rest = find(".rv-rest");
    this.place = find(".rv-table");
    this.beside = find(".rv-beside");
    this.symbols = find(".rv-symbols");
    this.numbers = find(".rv-numbers");
    this.head = find("thead");
    /** Where the table's columns are named, in the line of its title. */
    this.columns = /** @type {HTMLElement[]} */ ([...host.querySelectorAll(".rv-column")]);
    this.body = find("tbody");
    this.fill = find(".rv-in-numbers");
    this.zoomed = find(".rv-zoom .rv-hint");
    this.plot = find(".rv-plot");
    this.source = find(".rv-source");
    this.code = find("pre");
    this.microscope = new Microscope(this.plot, show, () => this.captions());
    this.tabs = find(".rv-run-tabs");
    this.filled = false;
    this.step = 0;
    this.shown = -1;
    /** @type {Row[]} */ this.rows = [];
    /** @type {any} */ this.run = null;
    /** @type {any} the run taken apart; see Dissection in decode.js */ this.data = null;
    this.wanted = "";
    this.of = "";
    /** @type {HTMLElement | null} where the number of the step stands */ this.count = null;
    this.fill.addEventListener("click", () => {
      this.filled = !this.filled;
      this.fill.setAttribute("aria-pressed", String(this.filled));
      this.draw(this.step);
      this.fitRows();
    });
    find(".rv-copy").addEventListener("click", () => this.copy());
    const toggle = () => this.open(this.source.hidden);
    this.opener.addEventListener("click", toggle);
    find(".rv-close").addEventListener("click", toggle);
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (host.querySelectorAll("[data-zoom]"))) {
      button.addEventListener("click", () => {
        const by = Number(button.dataset.zoom);
        if (by) this.microscope.zoom(by);
        else this.microscope.follow();
        this.captions();
      });
    }
    /** @type {number | null} the run whose step is shown beside the own one */ this.other = null;
    new Menu(this.beside, () => [
      { label: "No other run", chosen: this.other === null, act: () => this.compare(null) },
      ...this.show.scene.runs.filter(({ slot }) => slot !== this.run?.slot)
        .map(({ slot, short }) => ({ label: short, chosen: slot === this.other, act: () => this.compare(slot) })),
    ], "Show another run's step beside this one");
    this.rest.addEventListener("click", () => this.place.scrollTo({ top: this.place.scrollHeight }));
    this.place.addEventListener("scroll", () => this.more());
    this.watcher = new ResizeObserver(() => {
      this.reveal();
      this.fitRows();
      this.microscope.paint().then(() => this.draw(this.step));
    });
    this.watcher.observe(this.plot);
    this.watcher.observe(this.symbols);
    this.watcher.observe(this.place);
    loadFormulas().then(() => this.draw(this.step));
  }

  /** Show the selected run; what is shown stays until the numbers are here, and nothing is asked for where it is not on the page. */
  async set() {
    const { scene, selected, link, theme } = this.show;
    if (!this.host.clientWidth) return;
    const run = scene.runs.find((one) => one.slot === selected) || scene.runs[0];
    this.runTabs(run.slot);
    const wanted = `${link}&run=${run.slot}`;
    const fresh = wanted !== this.wanted;
    this.wanted = wanted;
    if (fresh) this.coming = dissectionOf(link, run.slot);
    this.host.dataset.waiting = "true";
    let data;
    try {
      data = await /** @type {Promise<Dissection>} */ (this.coming);
      await loadFormulas();
    } catch (error) {
      if (this.wanted === wanted) this.fail(/** @type {Error} */ (error).message);
      return;
    }
    // The answer to an older question comes too late.
    if (this.wanted !== wanted) return;
    this.host.dataset.waiting = "false";
    this.scene = scene;
    // Who takes the second run apart looks at the first beside it.
    if (this.other === run.slot && this.run) this.other = this.run.slot;
    this.run = run;
    this.data = data;
    this.shown = -1;
    this.sourceText();
    await this.microscope.set(scene, run, data, theme);
    await this.another();
    if (this.wanted !== wanted) return;
    this.draw(this.step);
    this.host.dataset.shown = wanted;
  }

  /** Show a second run's step beside the own one, from where this run is. @param {number | null} slot */
  async compare(slot) {
    this.other = slot;
    await this.another();
    this.draw(this.step);
  }

  /** Have the second run taken apart too, if there is one; without it the own one is shown alone. */
  async another() {
    const { scene, link } = this.show;
    const run = scene.runs.find((one) => one.slot === this.other && one.slot !== this.run?.slot);
    const dissection = run && (await dissectionOf(link, run.slot).catch(() => undefined));
    if (run?.slot === this.other || !run) this.microscope.pair(run && dissection ? { run, dissection } : null);
    const { other } = this.microscope;
    this.beside.hidden = scene.runs.length < 2;
    this.beside.innerHTML = `<span></span>${ICONS.unfold}`;
    put(/** @type {HTMLElement} */ (this.beside.firstElementChild), other ? `beside ${other.run.short}, one scale` : "beside");
    this.beside.title = other
      ? `What ${other.run.name} does in its step of this number, drawn from here and to the scale of this run's step`
      : "Show what another run does in its step, beside this one";
    for (const tab of this.tabs.children) if (tab instanceof HTMLElement) tab.dataset.beside = String(tab.dataset.slot === String(other?.run.slot));
  }

  /** As many rows as there is room for are in sight, the rest is a scroll away. */
  fitRows() {
    const count = this.rows.length;
    const tall = this.place.clientHeight + (this.rest.hidden ? 0 : this.rest.offsetHeight + 3);
    if (!count || tall <= 0) return;
    // A formula is set smaller rather than cut.
    const formulas = this.rows.flatMap(({ formed }) => (formed?.firstElementChild ? [formed] : []));
    for (const place of formulas) place.style.removeProperty("--rv-fit");
    const shares = formulas.map((place) => place.clientWidth / (place.scrollWidth || 1));
    formulas.forEach((place, k) => shares[k] < 1 && place.style.setProperty("--rv-fit", String(Math.max(SMALLEST, Math.floor(40 * shares[k]) / 40))));
    this.place.style.setProperty("--rv-line-height", `${Math.max(LOW, Math.min(Math.floor((tall - 1) / count), HIGH))}px`);
    this.more();
  }

  /** Say how many rows are out of sight below. */
  more() {
    const bottom = this.place.getBoundingClientRect().bottom;
    const hidden = [...this.body.children].filter((row) => row.getBoundingClientRect().bottom > bottom + 2).length;
    this.rest.hidden = !hidden;
    put(this.rest, `${hidden} more`);
    this.place.dataset.more = String(hidden > 0);
  }

  /** A tab for each run. @param {number} selected */
  runTabs(selected) {
    const { scene, theme } = this.show;
    const of = JSON.stringify([theme.dark, scene.runs.map((run) => [run.slot, run.short])]);
    if (of !== this.of) {
      this.of = of;
      this.tabs.replaceChildren(...scene.runs.map((run) => {
        const tab = /** @type {HTMLButtonElement} */ (element("button", "rv-run-tab", ""));
        tab.type = "button";
        tab.dataset.slot = String(run.slot);
        const key = document.createElement("canvas");
        key.setAttribute("aria-hidden", "true");
        drawKey(key, run.slot, theme);
        tab.append(key, element("span", "", run.short));
        tab.title = `${run.name}. Shift-click: its step beside the one that is shown.`;
        tab.addEventListener("click", (event) => {
          if (event.shiftKey && run.slot !== this.run?.slot) this.compare(run.slot === this.other ? null : run.slot);
          else this.asks.select(run.slot);
        });
        return tab;
      }));
    }
    this.tabs.dataset.many = String(scene.runs.length > 5);
    for (const tab of this.tabs.children) {
      if (!(tab instanceof HTMLElement)) continue;
      tab.setAttribute("aria-pressed", String(tab.dataset.slot === String(selected)));
    }
    this.reveal();
  }

  /** Of many runs on a narrow screen the chosen one's tab is in sight. */
  reveal() {
    const { tabs } = this;
    const tab = tabs.querySelector("[aria-pressed='true']");
    if (tab instanceof HTMLElement) tabs.scrollLeft = Math.min(Math.max(tabs.scrollLeft, tab.offsetLeft + tab.offsetWidth - tabs.clientWidth), tab.offsetLeft);
  }

  /** @param {string} words */
  fail(words) {
    this.host.dataset.waiting = "false";
    this.wanted = "";
    put(this.remark, words);
  }

  /** The step that is shown: the last one at the end, which no step leaves. */
  get index() {
    return Math.min(this.step, this.data.steps - 1);
  }

  /** @param {number} step */
  draw(step) {
    this.step = step;
    const { data, run } = this;
    // What is not on the page is not drawn.
    if (!data || !run || !this.host.clientWidth) return;
    const i = this.index;
    const fresh = data.shape[i] !== this.shown;
    if (fresh) this.table(data.shape[i]);
    const shape = data.shapes[data.shape[i]];
    typeset(this.symbols, ruleTex(shape, { factors: data.factors, named: true, from: String(i), to: String(i + 1), tex: data.tex, broken: this.symbols.clientWidth < NARROW }), true);
    typeset(this.numbers, this.withNumbers(i, shape), true);
    fitted(this.symbols);
    fitted(this.numbers);
    for (const row of this.rows) {
      const pair = row.at(i);
      const words = (/** @type {number} */ v) => (row.flag ? (v ? "yes" : "no") : row.single && Number.isInteger(v) ? String(v) : written(v, 4));
      put(/** @type {HTMLElement[]} */ (row.cells)[0], words(pair[0]));
      if (!row.single) put(/** @type {HTMLElement[]} */ (row.cells)[1], words(pair[1]));
      // In a line of text fractions are set too small to be read from afar.
      if (row.formed && row.formula) typeset(row.formed, (this.filled && row.filled ? (row.kind === "step" ? this.stepTex(i, shape) : this.poured(row.filled, i)) : flat(row.formula)));
    }
    if (fresh) this.fitRows();
    const [, remark] = data.remarks.findLast((/** @type {[number, string]} */ [from]) => from <= i) || [0, ""];
    const last = `From step ${i} to ${i + 1}${step > i ? ", the last" : ""}:`;
    this.remark.innerHTML = "";
    this.remark.append(element("b", "", last), ` ${remark}`);
    if (this.count) {
      typeset(this.count, `t = ${i + 1}`);
      this.count.title = "The number of this step, counted from 1: one more than the position it starts from.";
    }
    this.remark.title = this.remark.textContent || "";
    this.microscope.asked = Boolean(this.show.lesson?.before);
    this.microscope.draw(step);
    this.captions();
    this.lines(shape);
    this.host.dataset.step = String(step);
  }

  /** @param {number} i @param {any} shape */
  withNumbers(i, shape) {
    const { theta, factor, rate, factors, rules } = this.data;
    const pair = (/** @type {Float32Array} */ row, /** @type {number} */ k) => row.subarray(2 * k, 2 * k + 2);
    const [before, after] = [pair(theta, i), pair(theta, i + 1)];
    const [direction, scale, decay] = [pair(factor.direction, i), pair(factor.scale, i), pair(factor.decay, i)];
    // What the factors make of it; where a rule has moved the position since, both are shown.
    const made = [0, 1].map((k) => before[k] - decay[k] - (factors ? (rate[i] / scale[k]) * direction[k] : direction[k]));
    const moved = made.some((v, k) => Math.abs(v - after[k]) > 1e-4 * (Math.abs(v) + Math.abs(after[k]) + Math.abs(before[k] - after[k])));
    const numbers = numbersTex({
      after: moved ? made : after, before, rate: rate[i], direction, factors, gradient: isGradient(shape),
      scale: shape.scale ? scale : null, decay: shape.decay ? decay : null,
    }, this.numbers.clientWidth < NARROW);
    const placing = rules.filter((/** @type {{on: string[]}} */ rule) => rule.on.includes("position"));
    if (!moved || !placing.length) return numbers;
    return `${vectorTex(after)} \\xleftarrow{\\text{${placing.map((/** @type {{name: string}} */ rule) => rule.name).join(", ")}}} ${numbers}`;
  }

  /** The step as a product of its numbers. @param {number} i @param {any} shape */
  stepTex(i, shape) {
    const { factor, rate } = this.data;
    const pair = (/** @type {Float32Array} */ row) => vectorTex(row.subarray(2 * i, 2 * i + 2));
    const gradient = isGradient(shape) ? "gradient" : "direction";
    const scale = shape.scale ? ` / ${termTex("scale", pair(factor.scale))}` : "";
    const decay = shape.decay ? ` - ${pair(factor.decay)}` : "";
    return `-\\,${termTex("rate", numberTex(rate[i]))}\\,${termTex(gradient, pair(factor.direction))}${scale}${decay}`;
  }

  /** A formula with a step's numbers in its slots. @param {string} filled @param {number} i */
  poured(filled, i) {
    const { quantities, values } = this.data;
    return filled.replace(/«(\d+)»/g, (_, k) => {
      const [a, b] = values[k].subarray(2 * i, 2 * i + 2);
      if (quantities[k].kind === "flag") return `\\text{${a ? "yes" : "no"}}`;
      if (quantities[k].kind === "vector") return vectorTex([a, b]);
      return Number.isInteger(a) ? String(a) : numberTex(a);
    });
  }

  /** The rows of the table that a shape has, in the order of the step. @param {number} k */
  table(k) {
    this.shown = k;
    const { data } = this;
    const { factor, rate, theta, quantities, values, coordinates, weights, rules, schedule, factors } = data;
    const shape = data.shapes[k];
    const { sees, penalised } = this.show.scene;
    const pair = (/** @type {Float32Array} */ row) => (/** @type {number} */ i) => row.subarray(2 * i, 2 * i + 2);
    const differ = factor.gradient.some((/** @type {number} */ v, /** @type {number} */ at) => v !== factor.used[at] && !Number.isNaN(v));
    const acting = rules.filter((/** @type {{on: string[]}} */ rule) => rule.on.includes("gradient"));
    /** @type {Row[]} */
    const rows = [];
    const add = (/** @type {Row} */ row) => rows.push(row);
    const g = termTex("gradient", "g");
    const nabla = "\\nabla f(\\theta)";
    if (differ) {
      add({ symbol: nabla, word: acting.length ? "gradient" : `gradient ${SEES[sees].all}`, kind: "gradient", formula: "", filled: "", at: pair(factor.gradient), single: false });
      const after = acting.length ? `after ${acting.map((/** @type {{name: string}} */ rule) => rule.name).join(", ").toLowerCase()}` : SEES[sees].of;
      add({ symbol: g, word: `gradient ${after}`, kind: "gradient", formula: acting.map((/** @type {{tex: string}} */ rule) => rule.tex).join(",\\ "), filled: "", at: pair(factor.used), single: false });
    } else add({ symbol: g, word: "gradient", kind: "gradient", formula: `= ${nabla}`, filled: "", at: pair(factor.used), single: false });
    for (const line of shape.lines.map((/** @type {number} */ at) => data.lines[at])) {
      const of = quantities[line.defines];
      const handed = line.role === "gradient";
      const inner = line.inside && line.inside !== shape.inside ? ` of ${line.inside}` : "";
      const word = handed ? `gradient for ${line.inside}` : wordOf(line, factors && !inner) + inner;
      // What is no expression has the formula by which the method is known.
      const formula = line.formula || (line.role === "direction" ? data.tex : "");
      add({ symbol: line.symbol, word, kind: line.role, formula: line.formula ? arrowed(formula) : formula, filled: arrowed(line.filled), at: pair(values[line.defines]), single: of.kind !== "vector", flag: of.kind === "flag", rows: line.inside ? undefined : line.rows });
    }
    const has = (/** @type {string} */ role) => shape.lines.some((/** @type {number} */ at) => data.lines[at].role === role && data.lines[at].inside === shape.inside);
    const plain = isGradient(shape);
    const unnamed = termTex("direction", unnamedTex(factors));
    if (!plain && !has("direction")) add({ symbol: unnamed, word: factors ? "direction" : "displacement", kind: "direction", formula: arrowed(shape.direction), filled: arrowed(shape.filled[0]), at: pair(factor.direction), single: false });
    if (shape.scale && !has("scale")) add({ symbol: termTex("scale", "\\sigma"), word: "scale", kind: "scale", formula: arrowed(shape.scale), filled: arrowed(shape.filled[1]), at: pair(factor.scale), single: false });
    if (shape.decay) add({ symbol: "", word: "decay", kind: "decay", formula: shape.decay, filled: shape.filled[2], at: pair(factor.decay), single: false });
    add({ symbol: termTex("rate", "\\eta_t"), word: `rate, ${schedule.name.toLowerCase()}`, kind: "rate", formula: arrowed(counted(schedule.tex)), filled: "", at: (i) => [rate[i], rate[i]], single: false });
    const decayed = shape.decay ? " - \\text{decay}" : "";
    const product = plain ? shape.direction : shape.direction && has("direction") ? this.symbolOf(shape, "direction") : unnamed;
    const by = shape.scale ? ` / ${has("scale") ? this.symbolOf(shape, "scale") : termTex("scale", "\\sigma")}` : "";
    add({
      symbol: "\\Delta\\theta", word: "step", kind: "step", strong: true, single: false,
      // The numbers of the step itself are poured in where the formula is.
      filled: factors ? "step" : "",
      formula: factors ? `-\\,${termTex("rate", "\\eta_t")}\\,${product}${by}${decayed}` : `-\\,${product}`,
      at: (i) => [theta[2 * i + 2] - theta[2 * i], theta[2 * i + 3] - theta[2 * i + 1]],
    });
    // What is worth knowing of the place, behind what the step is made of.
    const { run } = this;
    const single = (/** @type {string} */ symbol, /** @type {string} */ word, /** @type {(i: number) => number} */ value) =>
      add({ symbol, word, kind: "reading", formula: "", filled: "", single: true, at: (i) => [value(i), value(i)] });
    single("f(\\theta)", "loss", (i) => run.loss[i]);
    if (run.batch instanceof Float32Array) single("", SEES[sees].loss, (i) => run.batch[i]);
    if (run.held instanceof Float32Array) single("", penalised ? "held-out loss, without penalty" : "held-out loss", (i) => run.held[i]);
    single("\\|\\nabla f\\|", "gradient norm", (i) => run.norm[i]);
    this.rule.title = `${data.name}. ${data.sentence}`;
    this.constants.replaceChildren(...data.constants.map((/** @type {{tex: string, label: string, help: string, value?: string}} */ one) => {
      const formula = element("span", "rv-constant", "");
      typeset(formula, one.tex);
      formula.title = [one.label, one.help].filter(Boolean).join(": ");
      return formula;
    }));
    const count = element("span", "rv-constant", "");
    this.count = count;
    this.constants.append(count);
    if (weights) {
      const which = element("span", "", `2 of ${weights} weights, most moved`);
      which.title = `All ${weights} weights are trained. The two that travel farthest are shown.`;
      this.constants.append(which);
    }
    // What all of it comes to first, what the method remembers last: the step and its scale are always in sight.
    rows.sort((a, b) => rankOf(a) - rankOf(b));
    this.head.innerHTML = "";
    const heading = document.createElement("tr");
    for (const words of ["", "", ""]) heading.append(element("td", "", words));
    for (const name of coordinates) {
      const cell = document.createElement("th");
      cell.scope = "col";
      typeset(cell, name);
      if (!cell.firstChild) cell.textContent = name;
      heading.append(cell);
      const column = this.columns[coordinates.indexOf(name)];
      typeset(column, name);
      if (!column.firstChild) column.textContent = name;
    }
    this.head.append(heading);
    this.body.replaceChildren(...rows.map((row) => {
      const line = document.createElement("tr");
      if (row.strong) line.className = "rv-strong";
      line.dataset.kind = row.kind;
      const name = document.createElement("th");
      name.scope = "row";
      line.title = EXPLAINED[row.word] || "";
      typeset(name, row.symbol);
      // Where it stands in the source, while that is open.
      line.addEventListener("pointerenter", () => this.light(row.rows));
      line.addEventListener("pointerleave", () => this.light(undefined));
      row.formed = document.createElement("td");
      row.formed.className = "rv-formed";
      line.append(name, element("td", `rv-what rv-is-${row.kind}`, row.word), row.formed);
      row.cells = (row.single ? [0] : [0, 1]).map(() => {
        const cell = /** @type {HTMLTableCellElement} */ (element("td", "rv-value", ""));
        if (row.single) cell.colSpan = 2;
        line.append(cell);
        return cell;
      });
      return line;
    }));
    this.rows = rows;
  }

  /** @param {any} shape @param {string} role */
  symbolOf(shape, role) {
    return this.data.lines[shape.lines.findLast((/** @type {number} */ at) => this.data.lines[at].role === role)].symbol;
  }

  captions() {
    if (!this.data) return;
    put(this.zoomed, `zoom × ${this.microscope.closeness}`);
    this.host.querySelector("[data-zoom='0']")?.setAttribute("aria-pressed", String(this.microscope.auto));
    this.plot.setAttribute("aria-label", `${this.data.name} at step ${this.index}, close up: its path, and arrows: ${this.microscope.told.join(", ")}.`);
  }

  /** The table as text that a spreadsheet takes, with more digits than the screen has. */
  async copy() {
    const { data } = this;
    if (!data) return;
    const i = this.index;
    const plain = (/** @type {Element | null} */ place) => place?.querySelector("annotation")?.textContent?.replace(/\\htmlClass\{[a-z-]+\}/g, "") || place?.textContent || "";
    const lines = [["symbol", "what", ...data.coordinates].join("\t")];
    for (const row of this.rows) {
      const pair = row.at(i);
      const line = /** @type {HTMLElement} */ (row.formed).parentElement;
      const numbers = row.single ? [pair[0]] : [pair[0], pair[1]];
      lines.push([plain(/** @type {Element} */ (line?.querySelector("th"))), row.word, ...numbers.map((v) => String(Number(v.toPrecision(7))))].join("\t"));
    }
    const text = `${data.name}, from step ${i} to ${i + 1}\n${lines.join("\n")}\n`;
    if (await copied(text)) return this.asks.tell("Table copied");
    const range = document.createRange();
    range.selectNodeContents(this.body);
    getSelection()?.removeAllRanges();
    getSelection()?.addRange(range);
    this.asks.tell("The table is selected: copy it with the keyboard");
  }

  /** @param {boolean} open */
  open(open) {
    this.source.hidden = !open;
    this.host.dataset.source = String(open);
    this.opener.setAttribute("aria-expanded", String(open));
    if (open) {
      this.sourceText();
      const step = [...this.code.children].find((line) => line.textContent?.includes("def step"));
      if (step instanceof HTMLElement) this.code.scrollTop = step.offsetTop - this.code.offsetTop;
      this.code.focus();
    } else this.opener.focus();
  }

  /** The method's own file, a line a row. */
  sourceText() {
    const { file, text } = this.data.source;
    if (this.source.hidden || this.written === text) return this.data && this.lines(this.data.shapes[this.data.shape[this.index]]);
    this.written = text;
    put(/** @type {HTMLElement} */ (this.source.querySelector("h3")), file);
    let quoted = false;
    this.code.replaceChildren(...text.trimEnd().split("\n").map((/** @type {string} */ words) => {
      const marks = words.split('"""').length - 1;
      const said = quoted || marks > 0 || /^\s*#/.test(words);
      quoted = marks % 2 ? !quoted : quoted;
      return element("span", said ? "rv-said" : "", `${words}\n`);
    }));
    this.lines(this.data.shapes[this.data.shape[this.index]]);
  }

  /** Mark the lines that ran in this step. @param {any} shape */
  lines(shape) {
    if (this.source.hidden || this.ran === shape) return;
    this.ran = shape;
    const ran = new Set([...shape.lines.map((/** @type {number} */ at) => this.data.lines[at]), shape]
      .filter((one) => !one.inside).flatMap(({ rows: [from, to] }) => Array.from({ length: to - from + 1 }, (_, k) => from + k)));
    [...this.code.children].forEach((line, at) => line.classList.toggle("rv-ran", ran.has(at + 1)));
  }

  /** Light the source's lines that a row was read off, or none. @param {[number, number] | undefined} rows */
  light(rows) {
    if (this.source.hidden) return;
    [...this.code.children].forEach((line, at) => line.classList.toggle("rv-lit", Boolean(rows) && at + 1 >= Number(rows?.[0]) && at + 1 <= Number(rows?.[1])));
  }

  destroy() {
    this.watcher.disconnect();
    this.microscope.destroy();
  }
}
