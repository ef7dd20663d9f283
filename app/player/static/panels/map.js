// @ts-check
/** A map: what comes of every pixel, painted as it is computed, read under the pointer, and run at a click. */

import { contextOf, fit, widthOf } from "../drawing/canvas.js";
import { boxOf, drawAxes, drawCorners, drawCross, drawEdge, drawLetter, drawPixels, drawRing, painted, patternOf, shareOf } from "../map/mosaic.js";
import { own } from "../map/own.js";
import { within } from "../map/source.js";
import { csvOf } from "../map/table.js";
import { countWords, edgeAt, kindWords, pixelWords, placeWords, sizeWords, sumWords, titleWords } from "../map/words.js";
import { element, put } from "../page/dom.js";
import { handOut } from "../page/file.js";
import { OtherVersion } from "../wire/server.js";

/** @typedef {import("../map/source.js").Chart} Chart */
/** @typedef {import("../map/source.js").Part} Part */
/** @typedef {[number, number]} Pixel  row and column of the whole map */

/** Pixels that a press may move and still be a click, and from the ring to its note. */
const CLICK = 4;
const AWAY = 18;
/** And from what has a name to the name. */
const BESIDE = 14;
/** Pixels of a map that an arrow key moves by with Shift. */
const LEAP = 10;
/** @type {Record<string, Pixel>} */
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] };

export class MapPanel {
  /**
   * @param {HTMLElement} host
   * @param {import("./panel.js").Show} show
   * @param {import("./panel.js").Asks} asks
   * @param {import("../map/source.js").Source} [source] where the pixels come from
   */
  constructor(host, show, asks, source = own) {
    host.innerHTML = `
      <header><h3></h3><span class="rv-hint">hover reads · click runs · drag follows</span></header>
      <div class="rv-map-body">
        <div class="rv-plot rv-map-plot"><canvas></canvas><canvas class="rv-over" tabindex="0" role="application"></canvas><div class="rv-map-note" hidden><p><b></b><span></span></p><p></p></div><div class="rv-map-done" hidden></div></div>
        <div class="rv-legend"></div>
      </div>
      <p class="rv-map-count"><span role="status"></span><button type="button" class="rv-quiet" hidden></button><button type="button" class="rv-quiet" data-do="csv" title="This map as a table" hidden>CSV</button></p>`;
    const find = (/** @type {string} */ selector) => /** @type {any} */ (host.querySelector(selector));
    this.host = host;
    this.show = show;
    this.asks = asks;
    this.source = source;
    this.title = find("h3");
    this.plot = /** @type {HTMLElement} */ (find(".rv-map-plot"));
    this.ground = /** @type {HTMLCanvasElement} */ (find("canvas"));
    this.canvas = /** @type {HTMLCanvasElement} */ (find(".rv-over"));
    this.note = /** @type {HTMLElement} */ (find(".rv-map-note"));
    this.line = /** @type {HTMLElement} */ (find(".rv-map-done"));
    this.legend = /** @type {HTMLElement} */ (find(".rv-legend"));
    this.count = /** @type {HTMLElement} */ (find(".rv-map-count span"));
    this.deed = /** @type {HTMLButtonElement} */ (find(".rv-map-count button"));
    this.deed.addEventListener("click", () => this.stop ? this.cancel() : this.begin());
    this.csv = /** @type {HTMLButtonElement} */ (find("[data-do=csv]"));
    this.csv.addEventListener("click", () => this.chart && this.shown && handOut(csvOf(this.chart, this.shown.part), "ravine-map.csv"));
    /** @type {Chart | null} */ this.chart = null;
    /** @type {ReturnType<typeof painted> | null} */ this.shown = null;
    /** @type {AbortController | null} while pixels are computed */ this.stop = null;
    /** @type {Pixel | null} under the pointer, or where the keys have led */ this.at = null;
    /** @type {Pixel | null} what was asked for and is not answered yet */ this.asked = null;
    /** @type {[number, number] | null} */ this.pressed = null;
    this.dragged = false;
    this.box = { left: 0, top: 0, right: 1, bottom: 1 };
    this.said = "";
    this.listen();
    this.watcher = new ResizeObserver(() => this.repaint());
    this.watcher.observe(this.plot);
  }

  set() {
    const { chart, theme } = this.show;
    if (!chart) return this.cancel();
    const before = this.chart;
    this.chart = chart;
    this.asked = null;
    put(this.title, titleWords(chart));
    this.title.title = chart.about;
    if (before?.link !== chart.link || !this.shown) {
      // What is painted stays until there is more to see, unless it is of something else.
      if (before?.kind !== chart.kind || before?.link !== chart.link) this.at = null;
      this.begin();
    } else if (this.shown && this.dark !== theme.dark) this.take(this.shown.part);
    this.dark = theme.dark;
    this.repaint();
  }

  /** Compute the map that is asked for; what was being computed is called off. */
  async begin() {
    this.stop?.abort();
    const stop = (this.stop = new AbortController());
    const chart = /** @type {Chart} */ (this.chart);
    const fresh = this.of !== chart.link;
    this.of = chart.link;
    if (fresh) this.old = this.shown !== null;
    this.host.dataset.state = "computing";
    this.progress(0);
    this.tell();
    try {
      await this.source(chart, {
        part: (part) => stop.signal.aborted || this.take(part),
        done: (share) => stop.signal.aborted || this.progress(share),
      }, stop.signal);
      if (this.stop !== stop) return;
      this.finish("whole");
    } catch (error) {
      if (this.stop !== stop) return;
      this.finish("failed");
      put(this.count, /** @type {Error} */ (error).message);
      if (error instanceof OtherVersion) this.deed.hidden = true;
    }
  }

  /** Nobody waits any more for what is being computed. */
  cancel() {
    if (!this.stop) return;
    this.stop.abort();
    this.finish("cancelled");
  }

  /** @param {"whole" | "failed" | "cancelled"} how */
  finish(how) {
    this.stop = null;
    this.host.dataset.state = how;
    this.line.hidden = true;
    this.tell();
  }

  /** @param {number} share of the finest map that is computed */
  progress(share) {
    const { left, right, bottom } = this.box;
    this.line.hidden = false;
    Object.assign(this.line.style, { left: `${left}px`, top: `${bottom - 3}px`, width: `${share * (right - left)}px` });
  }

  /** The map as far as it is known. @param {Part} part */
  take(part) {
    const chart = /** @type {Chart} */ (this.chart);
    this.old = false;
    this.shown = painted(chart, part, this.show.theme);
    this.asks.letters(this.shown.kinds.flatMap(({ letter, place }) => (letter && place ? [[letter, place]] : [])));
    this.host.dataset.part = sizeWords(part);
    this.explain();
    this.tell();
    this.repaint();
  }

  /** In the count's place: how far it is, and what one can do about it. */
  tell() {
    const { chart, shown, deed } = this;
    if (!chart) return;
    const state = this.host.dataset.state || "";
    const part = this.old ? null : shown?.part;
    const size = part ? sizeWords(part) : "";
    const runs = part ? countWords(chart, part.rows * part.columns) : "";
    const words = state === "computing" ? (size ? `coarse ${size}` : "computing…")
      : state === "cancelled" ? `stopped at ${size || "nothing"}`
      : runs;
    if (state !== "failed") put(this.count, words);
    deed.hidden = state === "whole";
    // Its place is the other button's while there is more to compute.
    this.csv.hidden = !part || state !== "whole";
    put(deed, { computing: "Cancel", cancelled: "Go on", failed: "Try again" }[state] || "");
  }

  /** The legend. */
  explain() {
    const chart = /** @type {Chart} */ (this.chart);
    const shown = /** @type {NonNullable<typeof this.shown>} */ (this.shown);
    const { theme } = this.show;
    const lines = shown.kinds.filter(({ count, what, limit }) => count || (what === "band" && limit)).map((kind) => {
      const line = element("div", "rv-kind", "");
      const swatch = document.createElement("canvas");
      swatch.setAttribute("aria-hidden", "true");
      const ctx = fit(swatch, kind.letter ? 38 : 34, kind.letter ? 46 : 22);
      const [w, h] = kind.letter ? [38, 46] : [34, 22];
      fillKind(ctx, kind, w, h, theme);
      if (kind.letter) drawLetter(ctx, kind.letter, w / 2, h / 2, theme, 1);
      const [strong, rest] = kindWords(chart, kind);
      const words = element("span", "", "");
      if (strong) words.append(element("b", "", strong), " ");
      const [first, ...others] = rest.split("\n");
      words.append(first, ...others.map((text) => element("span", "rv-kind-place", text)));
      line.append(swatch, words);
      return line;
    });
    const sum = sumWords(chart, shown.part).map((words) => element("p", "rv-map-sum", words));
    if (chart.by === "verdict" && shown.spread) sum.push(element("p", "rv-map-sum rv-map-quiet", `Pale is quick, deep is slow: ${shown.spread[0]} to ${shown.spread[2]} steps for nine in ten.`));
    const choice = chart.by === "verdict" ? [] : [this.choice()];
    this.legend.replaceChildren(...lines, ...choice, ...sum);
  }

  /** Which of two things is coloured. */
  choice() {
    const { by } = /** @type {Chart} */ (this.chart);
    const host = element("p", "rv-map-colour", "colour: ");
    for (const [goal, name, is] of [["gap", "steps", by === "goal"], ["final", "final loss", by === "loss"]]) {
      const button = /** @type {HTMLButtonElement} */ (element("button", "rv-quiet", String(name)));
      button.type = "button";
      button.setAttribute("aria-pressed", String(is));
      button.addEventListener("click", () => is || this.asks.request({ what: "goal", goal }));
      host.append(button);
    }
    return host;
  }

  /** Paint the map, all of it. */
  repaint() {
    const { chart, plot } = this;
    const { theme, scale } = this.show;
    const [width, height] = [plot.clientWidth, plot.clientHeight];
    if (!chart || !theme || width < 60 || height < 60) return;
    const phone = /** @type {HTMLElement} */ (plot.closest(".ravine")).dataset.layout === "phone";
    const bare = phone && chart.kind === "basins";
    this.box = boxOf(chart, width, height, contextOf(this.ground), theme, scale, bare);
    const ctx = fit(this.ground, width, height);
    const { box } = this;
    ctx.fillStyle = theme.page;
    ctx.fillRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    ctx.globalAlpha = this.old ? 0.6 : 1;
    if (this.shown && (!this.old || this.shown.part.rows <= chart.rows)) drawPixels(ctx, box, chart, this.shown, theme);
    ctx.globalAlpha = 1;
    if (bare) drawCorners(ctx, box, chart, theme);
    else drawAxes(ctx, box, chart, theme, scale);
    drawEdge(ctx, box, chart, theme);
    if (this.shown && !this.old) this.name(ctx, this.shown);
    if (!this.line.hidden) this.progress(parseFloat(this.line.style.width) / (box.right - box.left) || 0);
    plot.dataset.frame = JSON.stringify({ ...box, rows: chart.rows, columns: chart.columns });
    this.point();
  }

  /** Minima, theory and the best pair have their names. @param {CanvasRenderingContext2D} ctx @param {NonNullable<typeof this.shown>} shown */
  name(ctx, { part, kinds }) {
    const chart = /** @type {Chart} */ (this.chart);
    const { theme, scale } = this.show;
    const { left, right, top, bottom } = this.box;
    for (const { letter, place } of kinds) {
      if (!letter || !place) continue;
      const [x, y] = [left + shareOf(chart.across, place[0]) * (right - left), bottom - shareOf(chart.up, place[1]) * (bottom - top)];
      if (x > left && x < right && y > top && y < bottom) drawLetter(ctx, letter, x, y, theme, scale);
    }
    if (chart.by === "goal" && part.best) {
      const [x, y] = this.place([part.best[0] * part.stride[0], part.best[1] * part.stride[1]]);
      const steps = part.step[part.best[0] * part.columns + part.best[1]];
      drawCross(ctx, x, y, theme);
      this.label(ctx, [`best: ${steps} ${steps === 1 ? "step" : "steps"}`], x, y + 14, "right");
    }
    if (chart.theory && !chart.up.names) {
      const { best, edge, name } = chart.theory;
      if (best && part.best) {
        const [x, y] = [left + best[0] * (right - left), bottom - best[1] * (bottom - top)];
        const [u, v] = this.place([part.best[0] * part.stride[0], part.best[1] * part.stride[1]]);
        // Where both are as good as one place one cross is enough.
        if (Math.hypot(x - u, y - v) > 24 && x > left && x < right && y > top && y < bottom) {
          drawCross(ctx, x, y, theme);
          this.label(ctx, ["theory's best"], x, y - 34, "right");
        }
      }
      const x = left + edgeAt(edge, 0.58) * (right - left);
      if (x > left && x < right) this.label(ctx, ["theory's limit", `η = ${name}`], x, top + 0.42 * (bottom - top) - 24, "left");
    }
  }

  /** A few lines on the page's colour beside a place, where there is room for them. @param {CanvasRenderingContext2D} ctx @param {string[]} lines the first one bold where there are two @param {number} x @param {number} y @param {"left" | "right"} side of the words on which the place is */
  label(ctx, lines, x, y, side) {
    const { theme, scale } = this.show;
    const { left, right, top, bottom } = this.box;
    ctx.save();
    const size = 16 * scale;
    ctx.font = `600 ${size}px ${theme.font}`;
    const width = Math.max(...lines.map((words) => widthOf(ctx, words))) + 16;
    const height = lines.length * 1.25 * size + 6;
    const [before, after] = [x - BESIDE - width, x + BESIDE];
    const wanted = side === "left" ? (after + width < right ? after : before) : before > left ? before : after;
    const across = Math.max(left + 4, Math.min(wanted, right - width - 4));
    const above = Math.max(top + 4, Math.min(y, bottom - height - 4));
    ctx.globalAlpha = 0.9;
    ctx.fillStyle = theme.page;
    ctx.beginPath();
    ctx.roundRect(across, above, width, height, 4);
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.fillStyle = theme.text;
    ctx.textBaseline = "middle";
    lines.forEach((words, k) => {
      ctx.font = `${k === 0 && lines.length > 1 ? 600 : 400} ${size}px ${theme.font}`;
      ctx.fillText(words, across + 8, above + 3 + (k + 0.5) * 1.25 * size);
    });
    ctx.restore();
  }

  /** The middle of a pixel on the screen: of those that it is computed with. @param {Pixel} pixel @returns {[number, number]} */
  place([row, column]) {
    const { rows, columns } = /** @type {Chart} */ (this.chart);
    const { left, right, top, bottom } = this.box;
    return [left + ((column + 0.5) / columns) * (right - left), bottom - ((row + 0.5) / rows) * (bottom - top)];
  }

  /** The pixel at a place of the canvas that was computed; null beside the map. @param {number} x @param {number} y @returns {Pixel | null} */
  pixel(x, y) {
    const { chart } = this;
    const { left, right, top, bottom } = this.box;
    if (!chart || x < left || x >= right || y < top || y >= bottom) return null;
    return this.computed([Math.floor(((bottom - y) / (bottom - top)) * chart.rows), Math.floor(((x - left) / (right - left)) * chart.columns)]);
  }

  /** The pixel for which the one that was computed stands. @param {Pixel} pixel @returns {Pixel} */
  computed([row, column]) {
    const part = this.old ? null : this.shown?.part;
    const { rows, columns } = /** @type {Chart} */ (this.chart);
    const [r, c] = [Math.max(0, Math.min(row, rows - 1)), Math.max(0, Math.min(column, columns - 1))];
    return part ? [within(r, part.stride[0], part.rows) * part.stride[0], within(c, part.stride[1], part.columns) * part.stride[1]] : [r, c];
  }

  listen() {
    const { canvas } = this;
    const where = (/** @type {PointerEvent} */ event) => this.pixel(event.offsetX, event.offsetY);
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button || !where(event)) return;
      canvas.setPointerCapture(event.pointerId);
      this.pressed = [event.offsetX, event.offsetY];
      this.dragged = false;
      this.at = where(event);
      this.point();
    });
    canvas.addEventListener("pointermove", (event) => {
      this.at = where(event);
      if (this.pressed && Math.hypot(event.offsetX - this.pressed[0], event.offsetY - this.pressed[1]) > CLICK) this.dragged = true;
      if (this.dragged && this.at) this.asks.pixel(this.at, false);
      this.point();
    });
    canvas.addEventListener("pointerup", (event) => {
      if (!this.pressed) return;
      const at = where(event);
      this.pressed = null;
      if (at) this.run(at);
      else if (this.dragged) this.asks.pixel(null, false);
      this.dragged = false;
    });
    canvas.addEventListener("pointercancel", () => {
      if (this.dragged) this.asks.pixel(null, false);
      this.pressed = null;
      this.dragged = false;
    });
    canvas.addEventListener("pointerleave", () => {
      if (this.pressed) return;
      this.at = null;
      this.point();
    });
    canvas.addEventListener("focus", () => {
      if (!canvas.matches(":focus-visible") || !this.chart) return;
      this.at ||= this.computed(this.chart.at || [this.chart.rows >> 1, this.chart.columns >> 1]);
      this.point();
    });
    canvas.addEventListener("blur", () => {
      this.at = null;
      this.point();
    });
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const arrow = ARROWS[event.key];
    if (!this.chart || event.ctrlKey || event.metaKey || event.altKey) return;
    if (arrow) {
      const [row, column] = this.at || this.computed(this.chart.at || [this.chart.rows >> 1, this.chart.columns >> 1]);
      const stride = this.old || !this.shown ? [1, 1] : this.shown.part.stride;
      const far = event.shiftKey ? LEAP : 1;
      this.at = this.computed([row + arrow[0] * far * stride[0], column + arrow[1] * far * stride[1]]);
      this.point();
      this.asks.say(this.words(this.at));
    } else if (event.key === "Enter" && this.at) this.run(this.at);
    else if (event.key === "Escape" && (this.at || this.dragged)) {
      if (this.dragged) this.asks.pixel(null, false);
      this.pressed = this.at = null;
      this.dragged = false;
      this.point();
    } else return;
    event.preventDefault();
  }

  /** Have the player run a pixel. @param {Pixel} at */
  run(at) {
    this.asked = at;
    this.point();
    this.asks.pixel(at, true);
  }

  /** What is under the crosshair, in one sentence. @param {Pixel} at */
  words(at) {
    const chart = /** @type {Chart} */ (this.chart);
    if (this.old || !this.shown) return placeWords(chart, ...at);
    const [what, when, place] = pixelWords(chart, this.shown.part, ...at);
    return `${place}: ${what}${when}.`;
  }

  /** Crosshair, rings and note: nothing of the map is painted again for these. */
  point() {
    const { chart, canvas, note, plot } = this;
    const { theme } = this.show;
    if (!chart || !theme || !plot.clientWidth) return;
    const ctx = fit(canvas, plot.clientWidth, plot.clientHeight);
    const { left, right, top, bottom } = this.box;
    const chosen = this.asked || chart.at;
    if (chosen && !this.dragged) drawRing(ctx, ...this.place(chosen), theme, true);
    const { at } = this;
    note.hidden = !at;
    const words = at ? this.words(at) : "";
    const label = `Map: ${chart.title}. ${words || "Every pixel is a run."} Arrow keys move, Enter runs.`;
    if (this.said !== label) canvas.setAttribute("aria-label", (this.said = label));
    if (!at) return;
    const [x, y] = this.place(at);
    ctx.fillStyle = theme.text;
    ctx.globalAlpha = 0.55;
    ctx.fillRect(left, Math.round(y) - 0.5, right - left, 1);
    ctx.fillRect(Math.round(x) - 0.5, top, 1, bottom - top);
    ctx.globalAlpha = 1;
    drawRing(ctx, x, y, theme, false);
    const [what, when, place] = this.old || !this.shown ? ["", "", placeWords(chart, ...at)] : pixelWords(chart, this.shown.part, ...at);
    put(/** @type {HTMLElement} */ (note.querySelector("b")), what);
    put(/** @type {HTMLElement} */ (note.querySelector("span")), when);
    put(/** @type {HTMLElement} */ (note.lastElementChild), place);
    const { offsetWidth: w, offsetHeight: h } = note;
    const across = x + AWAY + w < right ? x + AWAY : Math.max(left, x - AWAY - w);
    const along = y - AWAY - h > top ? y - AWAY - h : Math.min(y + AWAY, bottom - h);
    note.style.transform = `translate(${Math.round(across)}px, ${Math.round(along)}px)`;
  }

  draw() {}

  destroy() {
    this.stop?.abort();
    this.stop = null;
    this.watcher.disconnect();
  }
}

/** A patch of what a kind is painted with. @param {CanvasRenderingContext2D} ctx @param {import("../map/ink.js").Kind} kind @param {number} width @param {number} height @param {import("../drawing/theme.js").Theme} theme */
function fillKind(ctx, kind, width, height, theme) {
  ctx.fillStyle = kind.colour;
  ctx.fillRect(0, 0, width, height);
  if (kind.pattern) {
    ctx.fillStyle = patternOf(ctx, kind.pattern, theme, window.devicePixelRatio || 1);
    ctx.fillRect(0, 0, width, height);
  }
  ctx.strokeStyle = theme.line;
  ctx.strokeRect(0.5, 0.5, width - 1, height - 1);
}
