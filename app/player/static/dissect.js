// @ts-check
/** One step of one run, taken apart: the rule, the same with this step's numbers, what the method remembers, and the arrows. */

import { written } from "./canvas.js";
import { element, put } from "./cards.js";
import { dissectionOf } from "./decode.js";
import { fitted, isGradient, loadFormulas, numbersTex, numberTex, ruleTex, termTex, typeset, vectorTex } from "./formula.js";
import { ICONS } from "./icons.js";
import { Microscope } from "./microscope.js";

/** @typedef {import("./decode.js").Dissection} Dissection */
/** @typedef {{symbol: string, word: string, kind: string, formula: string, filled: string, at: (i: number) => ArrayLike<number>, single: boolean, strong?: boolean, flag?: boolean, cells?: HTMLElement[], formed?: HTMLElement}} Row */

/** In a place that is narrower the numbers take two lines. */
const NARROW = 480;
/** What is said of a row when it is pointed at. @type {Record<string, string>} */
const EXPLAINED = {
  gradient: "Which way the loss rises, and how steeply, where the run is.",
  direction: "Where the step goes, before rate and scale decide how far.",
  displacement: "The step itself: this method does not take it apart into a rate and a direction.",
  scale: "What divides the rate, for each axis on its own: large where gradients have been large.",
  "rate along each axis": "The rate divided by the scale: how far a direction of length 1 leads along each axis.",
  "corrected for its start at 0": "The memory began at 0 and is too small at first; this makes up for it.",
  "direction, corrected for its start at 0": "The memory began at 0 and is too small at first; this makes up for it.",
  "number of this step": "Counted from 1, so that it is one more than the position it starts from.",
  step: "What is added to the position.",
};

/** @param {import("./decode.js").Dissection["lines"][number]} line @param {boolean} factored whether it is of a step of eta / scale * direction */
function wordOf({ role, formula }, factored) {
  const corrected = /^\\frac\{.+\}\{1 - .+\^\{t\}\}$/.test(formula) ? "corrected for its start at 0" : "";
  if (role === "memory") return /\{g'?\}\^2/.test(formula) ? "memory of g²" : /\{g'?\}/.test(formula) ? "memory of g" : "memory";
  if (role === "direction") return [factored ? "direction" : "displacement", corrected].filter(Boolean).join(", ");
  return role === "between" ? corrected : role;
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
   * @param {HTMLElement} bar where the sentence and the button for the source stand
   * @param {any} Plotly
   * @param {(words: string) => void} say
   */
  constructor(host, bar, Plotly, say) {
    this.host = host;
    this.say = say;
    bar.innerHTML = `<p class="rv-remark"></p><button type="button" class="rv-button rv-opens-source" aria-expanded="false">${ICONS.code}<span>Source</span></button>`;
    host.innerHTML = `
      <section class="rv-panel rv-rule" aria-label="The rule of this step"><p></p><p class="rv-constants"></p><div class="rv-symbols"></div><div class="rv-numbers"></div></section>
      <section class="rv-panel rv-state"><header><h3>State</h3><span class="rv-hint"></span>
        <button type="button" class="rv-quiet rv-fill" aria-pressed="false">with numbers</button>
        <button type="button" class="rv-quiet rv-copy">copy ${ICONS.copy}</button></header>
        <div class="rv-table" tabindex="0" role="region" aria-label="State, as a table"><table><thead></thead><tbody></tbody></table></div></section>
      <section class="rv-panel rv-micro"><header><h3>Contour</h3><span class="rv-zoom"><button type="button" class="rv-quiet" data-zoom="-1" aria-label="Zoom out">−</button><span class="rv-hint"></span><button type="button" class="rv-quiet" data-zoom="1" aria-label="Zoom in">+</button><button type="button" class="rv-quiet" data-zoom="0" aria-pressed="true">auto</button></span></header><div class="rv-plot" role="img"></div><p class="rv-caption"></p></section>
      <section class="rv-panel rv-source" hidden><header><h3></h3><button type="button" class="rv-quiet rv-close" aria-label="Close the source">close</button></header><pre tabindex="0"></pre></section>`;
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (host.querySelector(selector));
    this.remark = /** @type {HTMLElement} */ (bar.querySelector(".rv-remark"));
    this.opener = /** @type {HTMLElement} */ (bar.querySelector(".rv-opens-source"));
    this.sentence = find(".rv-rule p");
    this.constants = find(".rv-constants");
    this.symbols = find(".rv-symbols");
    this.numbers = find(".rv-numbers");
    this.hint = find(".rv-state .rv-hint");
    this.head = find("thead");
    this.body = find("tbody");
    this.fill = find(".rv-fill");
    this.zoomed = find(".rv-zoom .rv-hint");
    this.plot = find(".rv-plot");
    this.note = find(".rv-caption");
    this.source = find(".rv-source");
    this.code = find("pre");
    this.microscope = new Microscope(this.plot, Plotly, () => this.captions());
    this.filled = false;
    this.step = 0;
    this.shown = -1;
    /** @type {Row[]} */ this.rows = [];
    /** @type {any} */ this.run = null;
    /** @type {any} the run taken apart; see Dissection in decode.js */ this.data = null;
    this.wanted = "";
    this.fill.addEventListener("click", () => {
      this.filled = !this.filled;
      this.fill.setAttribute("aria-pressed", String(this.filled));
      this.draw(this.step);
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
    this.watcher = new ResizeObserver(() => this.microscope.paint().then(() => this.draw(this.step)));
    this.watcher.observe(this.plot);
    this.watcher.observe(this.symbols);
    loadFormulas().then(() => this.draw(this.step));
  }

  /**
   * Show a run of a scene; what is shown stays until the numbers are here.
   * @param {import("./decode.js").SceneData} scene
   * @param {number} slot
   * @param {string} link
   * @param {import("./theme.js").Theme} theme
   * @param {number} step where the clock is
   */
  async set(scene, slot, link, theme, step) {
    this.step = step;
    const run = scene.runs.find((one) => one.slot === slot) || scene.runs[0];
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
    this.run = run;
    this.data = data;
    this.shown = -1;
    this.sourceText();
    await this.microscope.set(scene, run, data, theme);
    this.draw(this.step);
    this.host.dataset.shown = wanted;
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
    if (data.shape[i] !== this.shown) this.table(data.shape[i]);
    const shape = data.shapes[data.shape[i]];
    typeset(this.symbols, ruleTex(shape, { factors: data.factors, named: true, from: String(i), to: String(i + 1), tex: data.tex }), true);
    typeset(this.numbers, this.withNumbers(i, shape), true);
    for (const place of [this.symbols, this.numbers]) {
      if (place.firstElementChild instanceof HTMLElement) fitted(place.firstElementChild);
    }
    for (const row of this.rows) {
      const pair = row.at(i);
      const words = (/** @type {number} */ v) => (row.flag ? (v ? "yes" : "no") : row.single && Number.isInteger(v) ? String(v) : written(v, 4));
      put(/** @type {HTMLElement[]} */ (row.cells)[0], words(pair[0]));
      if (!row.single) put(/** @type {HTMLElement[]} */ (row.cells)[1], words(pair[1]));
      // In a line of text fractions are set too small to be read from afar.
      if (row.formed) typeset(row.formed, (this.filled && row.filled ? (row.kind === "step" ? this.stepTex(i, shape) : this.poured(row.filled, i)) : row.formula).replaceAll("\\frac", "\\dfrac"));
    }
    const [, remark] = data.remarks.findLast((/** @type {[number, string]} */ [from]) => from <= i) || [0, ""];
    const last = step > i ? `Step ${i} was the last:` : `Step ${i}:`;
    this.remark.innerHTML = "";
    this.remark.append(element("b", "", last), ` ${remark}`);
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
    const pair = (/** @type {Float32Array} */ row) => (/** @type {number} */ i) => row.subarray(2 * i, 2 * i + 2);
    const differ = factor.gradient.some((/** @type {number} */ v, /** @type {number} */ at) => v !== factor.used[at]);
    const acting = rules.filter((/** @type {{on: string[]}} */ rule) => rule.on.includes("gradient"));
    /** @type {Row[]} */
    const rows = [];
    const add = (/** @type {Row} */ row) => rows.push(row);
    const g = termTex("gradient", "g");
    const nabla = "\\nabla f(\\theta)";
    if (differ) {
      add({ symbol: nabla, word: acting.length ? "gradient" : "gradient over all data", kind: "gradient", formula: "", filled: "", at: pair(factor.gradient), single: false });
      const after = acting.length ? `after ${acting.map((/** @type {{name: string}} */ rule) => rule.name).join(", ").toLowerCase()}` : "of this step's batch";
      add({ symbol: g, word: `gradient ${after}`, kind: "gradient", formula: acting.map((/** @type {{tex: string}} */ rule) => rule.tex).join(",\\ "), filled: "", at: pair(factor.used), single: false });
    } else add({ symbol: g, word: "gradient", kind: "gradient", formula: `= ${nabla}`, filled: "", at: pair(factor.used), single: false });
    for (const line of shape.lines.map((/** @type {number} */ at) => data.lines[at])) {
      const of = quantities[line.defines];
      const handed = line.role === "gradient";
      const inner = line.inside && line.inside !== shape.inside ? ` of ${line.inside}` : "";
      const word = handed ? `gradient for ${line.inside}` : wordOf(line, factors && !inner) + inner;
      // What is no expression has the formula by which the method is known.
      const formula = line.formula || (line.role === "direction" ? data.tex : "");
      add({ symbol: line.symbol, word, kind: line.role, formula: line.formula ? arrowed(formula) : formula, filled: arrowed(line.filled), at: pair(values[line.defines]), single: of.kind !== "vector", flag: of.kind === "flag" });
    }
    const has = (/** @type {string} */ role) => shape.lines.some((/** @type {number} */ at) => data.lines[at].role === role && data.lines[at].inside === shape.inside);
    const plain = isGradient(shape);
    if (!plain && !has("direction")) add({ symbol: termTex("direction", factors ? "m_t" : "\\Delta"), word: factors ? "direction" : "displacement", kind: "direction", formula: shape.direction ? arrowed(shape.direction) : data.tex, filled: arrowed(shape.filled[0]), at: pair(factor.direction), single: false });
    if (shape.scale && !has("scale")) add({ symbol: termTex("scale", "\\sigma_t"), word: "scale", kind: "scale", formula: arrowed(shape.scale), filled: arrowed(shape.filled[1]), at: pair(factor.scale), single: false });
    if (shape.decay) add({ symbol: "", word: "decay", kind: "decay", formula: shape.decay, filled: shape.filled[2], at: pair(factor.decay), single: false });
    add({ symbol: termTex("rate", "\\eta_t"), word: `rate: ${schedule.name.toLowerCase()}`, kind: "rate", formula: arrowed(counted(schedule.tex)), filled: "", at: (i) => [rate[i], rate[i]], single: true });
    add({ symbol: "t", word: "number of this step", kind: "count", formula: "", filled: "", at: (i) => [i + 1, i + 1], single: true });
    const decayed = shape.decay ? " - \\text{decay}" : "";
    const product = plain ? g : shape.direction && has("direction") ? this.symbolOf(shape, "direction") : termTex("direction", "m_t");
    const by = shape.scale ? ` / ${has("scale") ? this.symbolOf(shape, "scale") : termTex("scale", "\\sigma_t")}` : "";
    if (factors && shape.scale) {
      const each = (/** @type {number} */ i) => [0, 1].map((k) => rate[i] / factor.scale[2 * i + k]);
      add({ symbol: `${termTex("rate", "\\eta_t")}${by}`, word: "rate along each axis", kind: "each", formula: "", filled: "", at: each, single: false });
    }
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
    if (run.batch instanceof Float32Array) single("", "batch loss", (i) => run.batch[i]);
    if (run.held instanceof Float32Array) single("", "held-out loss", (i) => run.held[i]);
    single("\\|\\nabla f\\|", "gradient norm", (i) => run.norm[i]);
    put(this.sentence, `${data.name}. ${data.sentence}`);
    const known = [{ tex: "\\theta", label: "where the run is", help: "Its position: one number for each axis." }, ...data.constants];
    this.constants.replaceChildren(...known.map((one) => {
      const place = element("span", "", "");
      const formula = element("span", "", "");
      typeset(formula, one.tex);
      place.append(formula, ` ${one.label}`);
      place.title = one.help;
      return place;
    }));
    put(this.hint, weights ? `the two of ${weights} weights that travel farthest` : "");
    this.head.innerHTML = "";
    const heading = document.createElement("tr");
    for (const words of ["", "", ""]) heading.append(element("td", "", words));
    for (const name of coordinates) {
      const cell = document.createElement("th");
      cell.scope = "col";
      typeset(cell, name);
      if (!cell.firstChild) cell.textContent = name;
      heading.append(cell);
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
    put(this.note, this.microscope.caption);
    this.plot.setAttribute("aria-label", `${this.data.name} at step ${this.index}, close up: its path, and arrows for the gradient, the direction and the step. ${this.microscope.caption}`);
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
    const text = `${data.name}, step ${i}\n${lines.join("\n")}\n`;
    try {
      await navigator.clipboard.writeText(text);
      this.say("Table copied");
    } catch {
      // Without a secure context there is no clipboard; the table can be selected all the same.
      const range = document.createRange();
      range.selectNodeContents(this.body);
      getSelection()?.removeAllRanges();
      getSelection()?.addRange(range);
      this.say("The table is selected: copy it with the keyboard");
    }
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

  destroy() {
    this.watcher.disconnect();
    this.microscope.destroy();
  }
}
