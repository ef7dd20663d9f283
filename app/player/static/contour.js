// @ts-check
/** The contour panel: Plotly draws the loss and its axes once, a canvas over it holds all that moves. */

import { fit, polyline, widthOf } from "./canvas.js";
import { drawArrow, drawMarker, strokeCased } from "./glyphs.js";
import { keyOf } from "./theme.js";

/** Pixels that the longer of the two gradients takes. */
const ARROW = 88;
/** Pixels from the middle of a marker to where its arrows begin. */
const BESIDE = 13;
const MARGIN = { left: 46, right: 14, top: 14, bottom: 34 };

/** @typedef {import("./theme.js").Theme} Theme */
/** @typedef {import("./decode.js").SceneData} SceneData */
/** @typedef {import("./decode.js").Field} Field */
/** @typedef {{scene: SceneData, field: Field, frame: string}} Shown  what the contour shows, and theme and size */

/** Pixels that a press may move and still be a click. */
const CLICK = 4;
/** Pictures in which a contour turns from raw to normalized features. */
const FRAMES = 8;

export class Contour {
  /**
   * @param {HTMLElement} host
   * @param {any} Plotly
   * @param {(x: number, y: number) => void} onStart told where the viewer wants the runs to start
   * @param {(at: [number, number] | null) => void} [onDrag] told where the start is while it is dragged, null if it is given up
   */
  constructor(host, Plotly, onStart, onDrag = () => {}) {
    this.host = host;
    this.Plotly = Plotly;
    this.plot = document.createElement("div");
    // The canvas over it has the words for both.
    this.plot.setAttribute("aria-hidden", "true");
    this.canvas = document.createElement("canvas");
    this.canvas.className = "rv-over";
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    /** How much larger than usual the text is. */
    this.scale = 1;
    host.append(this.plot, this.canvas);
    /** @type {SceneData | null} */ this.scene = null;
    /** @type {Theme | null} */ this.theme = null;
    /** @type {import("./decode.js").Run[]} */ this.order = [];
    this.drawn = "";
    /** @type {Shown | null} */ this.shown = null;
    /** @type {[number, number] | null} */ this.held = null;
    /** @type {[number, number] | null} */ this.pressed = null;
    this.dragged = false;
    /** @type {[number, number] | null} */ this.asked = null;
    this.box = { left: 0, top: 0, right: 1, bottom: 1 };
    this.step = 0;
    this.width = 0;
    this.height = 0;
    /** @type {(slot: number) => number} */ this.strength = () => 1;
    /** @type {number | null} */ this.selected = null;
    this.listen(onStart, onDrag);
  }

  /**
   * Draw the loss, if it, the theme or the size is new.
   * @param {SceneData} scene
   * @param {import("./decode.js").Run[]} order the runs as they are drawn, the last on top
   * @param {Field} field
   * @param {Theme} theme
   * @param {number | null} selected
   */
  async setField(scene, order, field, theme, selected) {
    this.selected = selected;
    this.scene = scene;
    this.asked = null;
    this.order = order;
    this.theme = theme;
    this.field = field;
    await this.paint();
  }

  async paint() {
    const { scene, theme, field, host } = this;
    const width = host.clientWidth;
    const height = host.clientHeight;
    if (!scene || !theme || !field || width < 60 || height < 60) return;
    const { window } = this;
    const [[x0, x1], [y0, y1]] = window;
    const margin = { ...MARGIN, left: this.scale * MARGIN.left, bottom: this.scale * MARGIN.bottom };
    const room = { w: width - margin.left - margin.right, h: height - margin.top - margin.bottom };
    const scale = Math.min(room.w / (x1 - x0), room.h / (y1 - y0));
    const w = scale * (x1 - x0);
    const h = scale * (y1 - y0);
    const left = margin.left + (room.w - w) / 2;
    const top = margin.top + (room.h - h) / 2;
    this.box = { left, top, right: left + w, bottom: top + h };

    const signature = [scene.field, window, theme.dark, width, height, this.scale].join();
    if (signature === this.drawn) return;
    this.drawn = signature;
    const before = this.shown;
    this.shown = { scene, field, frame: [theme.dark, width, height, this.scale].join() };
    const axis = {
      nticks: 5, ticks: "outside", ticklen: 6, tickcolor: theme.text, showgrid: false, zeroline: false, showline: false,
      fixedrange: true, tickfont: { size: 16 * this.scale, color: theme.muted, family: theme.font },
    };
    const trace = {
      type: "contour", ncontours: 16, showscale: false, hoverinfo: "skip",
      contours: { coloring: "heatmap" }, line: { width: 0.8, color: theme.contour, smoothing: 0.6 },
      colorscale: theme.ramp.map((colour, i) => [i / (theme.ramp.length - 1), colour]),
    };
    /** @type {any} */
    const layout = {
      width, height, margin: { l: left, r: width - left - w, t: top, b: height - top - h, pad: 0, autoexpand: false },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      xaxis: { ...axis }, yaxis: { ...axis },
    };
    /** @param {Field} one @param {[[number, number], [number, number]]} window */
    const show = ({ x, y, z }, window) => {
      const rows = Array.from({ length: y.length }, (_, j) => z.subarray(j * x.length, (j + 1) * x.length));
      layout.xaxis.range = window[0];
      layout.yaxis.range = window[1];
      return this.Plotly.react(this.plot, [{ ...trace, x, y, z: rows }], layout, { staticPlot: true, displayModeBar: false });
    };
    if (before && turns(before, this.shown)) {
      for (let k = 1; k < FRAMES; k++) {
        const share = k / FRAMES;
        await show(blended(before.field, field, share), /** @type {import("./decode.js").Window} */ (window.map(([low, high], i) => {
          const [a, b] = before.scene.window[i];
          return [a + share * (low - a), b + share * (high - b)];
        })));
        // Something newer is to be shown.
        if (this.drawn !== signature) return;
        host.dataset.turned = String(Number(host.dataset.turned || 0) + 1);
        await new Promise(requestAnimationFrame);
      }
    }
    await show(field, window);
    host.dataset.painted = String(Number(host.dataset.painted || 0) + 1);
  }

  /** What part of the plane is shown. @returns {import("./decode.js").Window} */
  get window() {
    return /** @type {SceneData} */ (this.scene).window;
  }

  /** Take over the panel's size: once a picture, before anything is written, because each look at it lays the page out. */
  measure() {
    this.width = this.host.clientWidth;
    this.height = this.host.clientHeight;
  }

  /** @param {number} x @param {number} y @returns {[number, number]} */
  pixel(x, y) {
    const [[x0, x1], [y0, y1]] = this.window;
    const { left, right, top, bottom } = this.box;
    return [left + ((x - x0) / (x1 - x0)) * (right - left), bottom - ((y - y0) / (y1 - y0)) * (bottom - top)];
  }

  /** @param {number} px @param {number} py @returns {[number, number] | null} */
  place(px, py) {
    const { left, right, top, bottom } = this.box;
    if (!this.scene || px < left || px > right || py < top || py > bottom) return null;
    const [[x0, x1], [y0, y1]] = this.window;
    const x = x0 + ((px - left) / (right - left)) * (x1 - x0);
    const y = y0 + ((bottom - py) / (bottom - top)) * (y1 - y0);
    // No finer than a pixel: the numbers stand in the link.
    const digits = Math.max(0, Math.ceil(-Math.log10((x1 - x0) / (right - left))));
    return [Number(x.toFixed(digits)), Number(y.toFixed(digits))];
  }

  /**
   * Trails up to a step, and heads at it.
   * @param {number} step
   * @param {(slot: number) => number} strength 1 for a run at full strength, less for one in the background, 0 for a hidden one
   */
  draw(step, strength) {
    this.step = step;
    this.strength = strength;
    const { host, scene, theme, box } = this;
    if (!scene || !theme || !this.width) return;
    const ctx = fit(this.canvas, this.width, this.height);
    ctx.save();
    ctx.beginPath();
    ctx.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    ctx.clip();
    const small = box.right - box.left < 300;
    const width = small ? 3 : 3.8;
    // A little beyond the frame, so that the cut ends of lines stay out of sight.
    const room = { left: box.left - 40, top: box.top - 40, right: box.right + 40, bottom: box.bottom + 40 };
    for (const run of this.order) {
      const alpha = strength(run.slot);
      if (!alpha) continue;
      const { colour, dash } = keyOf(run.slot, theme);
      ctx.globalAlpha = alpha;
      for (const figure of run.figures) this.figure(ctx, figure, colour);
      for (const line of run.beside) this.second(ctx, line, step, colour, room);
      const path = new Path2D();
      polyline(path, (i) => this.pixel(run.xy[2 * i], run.xy[2 * i + 1]), step + 1, room);
      ctx.globalAlpha = alpha;
      strokeCased(ctx, path, { colour, width, dash, casing: theme.page });
    }
    ctx.globalAlpha = 1;
    for (const [x, y] of scene.without) this.unpenalised(ctx, ...this.pixel(x, y), scene.without.length === 1);
    for (const [x, y] of scene.minima) this.minimum(ctx, ...this.pixel(x, y), scene.minima.length === 1);
    this.ring(ctx);
    for (const run of this.order) {
      const alpha = strength(run.slot);
      const [x, y] = this.pixel(run.xy[2 * step], run.xy[2 * step + 1]);
      if (!alpha || !Number.isFinite(x + y)) continue;
      const { colour, marker } = keyOf(run.slot, theme);
      ctx.globalAlpha = alpha;
      drawMarker(ctx, marker, x, y, small ? 14 : 17, colour, theme.page);
      if (run.slot === this.selected) this.arrows(ctx, run, step, x, y);
    }
    ctx.globalAlpha = 1;
    for (const run of this.order) if (run.slot === this.selected && strength(run.slot)) this.nameLines(ctx, run, step);
    ctx.restore();
    host.dataset.step = String(step);
  }

  /**
   * What a rule keeps the run in: a circle about 0, or a box.
   * @param {CanvasRenderingContext2D} ctx
   * @param {import("./decode.js").Figure} figure
   * @param {string} colour
   */
  figure(ctx, figure, colour) {
    const half = figure.kind === "circle" ? figure.radius : figure.half;
    const [left, top] = this.pixel(-half, half);
    const [right, bottom] = this.pixel(half, -half);
    const path = new Path2D();
    if (figure.kind === "circle") path.ellipse((left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2, 0, 0, 2 * Math.PI);
    else path.rect(left, top, right - left, bottom - top);
    ctx.save();
    ctx.setLineDash([7, 5]);
    ctx.lineWidth = 2;
    ctx.strokeStyle = colour;
    ctx.stroke(path);
    ctx.restore();
  }

  /**
   * The line beside the path: thin, in the run's colour, its end a small ring.
   * @param {CanvasRenderingContext2D} ctx
   * @param {Float32Array} line
   * @param {number} step
   * @param {string} colour
   * @param {{left: number, top: number, right: number, bottom: number}} room
   */
  second(ctx, line, step, colour, room) {
    const theme = /** @type {Theme} */ (this.theme);
    const path = new Path2D();
    polyline(path, (i) => this.pixel(line[2 * i], line[2 * i + 1]), step + 1, room);
    strokeCased(ctx, path, { colour, width: 1.8, dash: false, casing: theme.page });
    const [x, y] = this.pixel(line[2 * step], line[2 * step + 1]);
    if (!Number.isFinite(x + y)) return;
    ctx.beginPath();
    ctx.arc(x, y, 5, 0, 2 * Math.PI);
    ctx.fillStyle = theme.page;
    ctx.fill();
    ctx.lineWidth = 2.2;
    ctx.strokeStyle = colour;
    ctx.stroke();
  }

  /** @param {CanvasRenderingContext2D} ctx @param {import("./decode.js").Run} run @param {number} step */
  nameLines(ctx, run, step) {
    run.beside.forEach((line, i) => {
      const [x, y] = this.pixel(line[2 * step], line[2 * step + 1]);
      if (step && Number.isFinite(x + y)) this.label(ctx, run.lines[i], x + 12, y - 14);
    });
  }

  /**
   * Both gradients of a run with rules, as the way downhill they point: the surface's own hollow, the one that was used
   * filled, on one scale.
   * @param {CanvasRenderingContext2D} ctx
   * @param {import("./decode.js").Run} run
   * @param {number} step
   * @param {number} x
   * @param {number} y
   */
  arrows(ctx, run, step, x, y) {
    const { scene, theme, box } = this;
    if (!run.raw || !run.used || !scene || !theme || step >= scene.steps) return;
    const [[x0, x1], [y0, y1]] = this.window;
    const perX = (box.right - box.left) / (x1 - x0);
    const perY = (box.bottom - box.top) / (y1 - y0);
    const [raw, used] = [run.raw, run.used].map((g) => [-g[2 * step] * perX, g[2 * step + 1] * perY]);
    const longest = Math.max(Math.hypot(...raw), Math.hypot(...used));
    if (!(longest > 0) || !Number.isFinite(longest)) return;
    const scale = ARROW / longest;
    const { colour } = keyOf(run.slot, theme);
    // They begin beside the marker, so that a short one can be seen as well.
    const from = (/** @type {number[]} */ g) => {
      const length = Math.hypot(...g);
      return length ? [x + (BESIDE * g[0]) / length, y + (BESIDE * g[1]) / length] : [x, y - BESIDE];
    };
    const [rx, ry] = from(raw);
    const [ux, uy] = from(used);
    drawArrow(ctx, rx, ry, raw[0] * scale, raw[1] * scale, { colour: theme.text, casing: theme.page, hollow: true });
    drawArrow(ctx, ux, uy, used[0] * scale, used[1] * scale, { colour, casing: theme.page, hollow: false });
  }

  /** Where the minimum is without the penalties. @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {boolean} alone */
  unpenalised(ctx, x, y, alone) {
    const theme = /** @type {Theme} */ (this.theme);
    ctx.save();
    ctx.strokeStyle = theme.muted;
    ctx.lineWidth = 1.6;
    ctx.setLineDash([3, 2]);
    ctx.beginPath();
    ctx.moveTo(x - 7, y); ctx.lineTo(x + 7, y); ctx.moveTo(x, y - 7); ctx.lineTo(x, y + 7);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, y, 9, 0, 2 * Math.PI);
    ctx.stroke();
    ctx.restore();
    if (alone) this.label(ctx, "without penalty", x + 14, y - 14);
  }

  /** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {boolean} alone */
  minimum(ctx, x, y, alone) {
    const theme = /** @type {Theme} */ (this.theme);
    ctx.strokeStyle = theme.text;
    ctx.lineWidth = 1.6;
    ctx.beginPath();
    ctx.moveTo(x - 6, y); ctx.lineTo(x + 6, y); ctx.moveTo(x, y - 6); ctx.lineTo(x, y + 6);
    ctx.stroke();
    if (alone) this.label(ctx, "minimum", x + 12, y + 30);
  }

  /** The start, where the viewer holds it or where the runs began. @param {CanvasRenderingContext2D} ctx */
  ring(ctx) {
    const theme = /** @type {Theme} */ (this.theme);
    const [x, y] = this.held || this.pixel(...(this.asked || /** @type {SceneData} */ (this.scene).start));
    ctx.beginPath();
    ctx.arc(x, y, 8, 0, 2 * Math.PI);
    ctx.fillStyle = theme.page;
    ctx.fill();
    ctx.lineWidth = 3;
    ctx.strokeStyle = theme.text;
    ctx.stroke();
    if (this.step === 0 || this.held) return;
    this.label(ctx, "start", x - 18, y - 18);
  }

  /** @param {CanvasRenderingContext2D} ctx @param {string} words @param {number} x @param {number} y */
  label(ctx, words, x, y) {
    const theme = /** @type {Theme} */ (this.theme);
    const { scale } = this;
    ctx.font = `500 ${16 * scale}px ${theme.font}`;
    const w = widthOf(ctx, words);
    const left = Math.max(this.box.left + 6, Math.min(x, this.box.right - w - 8));
    const base = Math.max(this.box.top + 22, Math.min(y, this.box.bottom - 8));
    ctx.globalAlpha = 0.86;
    ctx.fillStyle = theme.page;
    ctx.fillRect(left - 4, base - 17 * scale, w + 8, 23 * scale);
    ctx.globalAlpha = 1;
    ctx.fillStyle = theme.text;
    ctx.fillText(words, left, base);
  }

  /** @param {(x: number, y: number) => void} onStart @param {(at: [number, number] | null) => void} onDrag */
  listen(onStart, onDrag) {
    const { canvas } = this;
    /** @param {PointerEvent} event @returns {[number, number]} */
    const where = (event) => {
      const frame = canvas.getBoundingClientRect();
      return [event.clientX - frame.left, event.clientY - frame.top];
    };
    canvas.addEventListener("pointerdown", (event) => {
      const at = where(event);
      if (event.button !== 0 || !this.place(...at)) return;
      canvas.setPointerCapture(event.pointerId);
      this.held = this.pressed = at;
      this.draw(this.step, this.strength);
    });
    canvas.addEventListener("pointermove", (event) => {
      const at = where(event);
      canvas.style.cursor = this.place(...at) ? "crosshair" : "default";
      if (!this.held || !this.pressed) return;
      this.held = at;
      const place = this.place(...at);
      // A click is a little way long as well.
      if (place && (this.dragged || Math.hypot(at[0] - this.pressed[0], at[1] - this.pressed[1]) > CLICK)) {
        this.dragged = true;
        onDrag(place);
      }
      this.draw(this.step, this.strength);
    });
    canvas.addEventListener("pointerup", (event) => {
      const place = this.held && this.place(...where(event));
      this.held = null;
      // Let go beside the picture, it is where it was.
      if (this.dragged && !place) onDrag(null);
      this.dragged = false;
      if (place) {
        // The ring stays there; the paths follow when the server has run them.
        this.asked = place;
        onStart(...place);
      }
      this.draw(this.step, this.strength);
    });
    canvas.addEventListener("pointercancel", () => {
      this.held = null;
      if (this.dragged) onDrag(null);
      this.dragged = false;
    });
  }

  destroy() {
    this.Plotly.purge(this.plot);
  }
}

/** Whether a change is of the features' normalization alone, which is worth seeing happen. @param {Shown} before @param {Shown} now */
function turns(before, now) {
  return before.scene.name === now.scene.name && before.scene.normalization !== now.scene.normalization
    && before.frame === now.frame && before.field.z.length === now.field.z.length
    && !matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** A picture between two: no real loss, only the way from one to the other. @param {Field} a @param {Field} b @param {number} share @returns {Field} */
function blended(a, b, share) {
  const mix = (/** @type {Float32Array} */ from, /** @type {Float32Array} */ to) => from.map((v, i) => v + share * (to[i] - v));
  return { ...b, x: mix(a.x, b.x), y: mix(a.y, b.y), z: mix(a.z, b.z) };
}
