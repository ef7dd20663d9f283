// @ts-check
/** A curve panel: past at full strength, future faint, one line for the clock. Axes and future are drawn once. */

import { fit, minus, polyline, power } from "./canvas.js";
import { drawMarker, strokeCased } from "./glyphs.js";
import { keyOf } from "./theme.js";

const MARGIN = { left: 50, right: 14, top: 6, bottom: 26 };

/** @typedef {import("./theme.js").Theme} Theme */
/**
 * lost: the run diverged, and may leave the picture. batch and held: the losses of mini-batches and of held-out points.
 * @typedef {{slot: number, values: Float32Array, lost: boolean, batch?: Float32Array, held?: Float32Array}} Series
 */
/** Dots of the line of held-out points; batches are thin. */
const DOTS = [1.5, 5];

export class Curve {
  /**
   * @param {HTMLElement} host
   * @param {(step: number) => void} onSeek told the step under a click
   */
  constructor(host, onSeek) {
    this.host = host;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "rv-over";
    this.canvas.setAttribute("role", "img");
    /** How much larger than usual the text is. */
    this.scale = 1;
    this.still = document.createElement("canvas");
    host.append(this.canvas);
    /** @type {Series[]} */ this.series = [];
    this.steps = 1;
    this.width = 0;
    this.height = 0;
    this.low = 0;
    this.high = 1;
    this.drawnAt = "";
    this.log = true;
    this.wantsLog = true;
    this.canvas.addEventListener("click", (event) => {
      const frame = this.canvas.getBoundingClientRect();
      const { left, right } = this.box;
      onSeek(Math.round(((event.clientX - frame.left - left) / (right - left)) * this.steps));
    });
  }

  /**
   * @param {Series[]} series
   * @param {number} steps
   * @param {Theme} theme
   * @param {boolean} log a wish: where a value is not positive the axis is linear
   * @param {[number, number]} [shared] a range to use instead of the series' own
   * @param {{values: Float32Array, name: string}} [limit] what the values should stay below
   */
  set(series, steps, theme, log, shared, limit) {
    this.series = series;
    this.limit = limit;
    this.steps = steps;
    this.theme = theme;
    this.log = log && canBeLog(series);
    [this.low, this.high] = shared || rangeOf(series, this.log);
    this.drawnAt = "";
  }

  /** @param {number} i @param {number} value @returns {[number, number]} */
  pixel(i, value) {
    const { left, right, top, bottom } = this.box;
    const low = /** @type {number} */ (this.low);
    const high = /** @type {number} */ (this.high);
    // On a logarithmic axis a zero lies below everything that can be drawn.
    const at = this.log ? Math.log10(Math.max(value, 1e-45)) : value;
    return [left + (i / this.steps) * (right - left), top + (1 - (at - low) / (high - low)) * (bottom - top)];
  }

  get box() {
    const { width, height, scale } = this;
    return { left: scale * MARGIN.left, top: MARGIN.top, right: width - MARGIN.right, bottom: height - scale * MARGIN.bottom };
  }

  /** Take over the panel's size: once a picture, before anything is written, because each look at it lays the page out. */
  measure() {
    this.width = this.host.clientWidth;
    this.height = this.host.clientHeight;
  }

  /** Axes and the faint future, on a canvas of their own. @param {(slot: number) => number} strength */
  prepare(strength) {
    const { theme, host, series } = this;
    if (!theme) return;
    const signature = [this.width, this.height, theme.dark, this.scale, devicePixelRatio, ...series.map((s) => strength(s.slot))].join();
    if (signature === this.drawnAt) return;
    this.drawnAt = signature;
    const { left, right, top, bottom } = this.box;
    const ctx = fit(this.still, this.width, this.height);
    ctx.font = `${16 * this.scale}px ${theme.font}`;
    ctx.fillStyle = theme.muted;
    ctx.strokeStyle = theme.grid;
    ctx.lineWidth = 1;
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    for (const [value, words] of ticks(Number(this.low), Number(this.high), this.log, (bottom - top) / (34 * this.scale))) {
      const [, y] = this.pixel(0, this.log ? 10 ** value : value);
      ctx.beginPath();
      ctx.moveTo(left, Math.round(y) + 0.5);
      ctx.lineTo(right, Math.round(y) + 0.5);
      ctx.stroke();
      // Squeezed where it has more digits than there is room for.
      if (y > top + 4) ctx.fillText(words, left - 8, y, left - 10);
    }
    ctx.textBaseline = "top";
    const every = niceStep(this.steps / Math.max(2, (right - left) / (90 * this.scale)));
    for (let i = 0; i <= this.steps; i += Math.max(1, every)) {
      const [x] = this.pixel(i, 0);
      ctx.textAlign = i === 0 ? "left" : x > right - 14 ? "right" : "center";
      ctx.fillText(String(i), x, bottom + 6);
    }
    if (this.limit) this.bound(ctx, this.limit, theme);
    ctx.save();
    clip(ctx, this.box);
    for (const { slot, values } of series) {
      const { colour, dash } = keyOf(slot, theme);
      ctx.globalAlpha = 0.28 * strength(slot);
      strokeCased(ctx, this.path(values, 0, values.length), { colour, dash, width: 2.4 });
    }
    ctx.restore();
  }

  /**
   * The limit as a dashed line in ink, and its name above where it ends.
   * @param {CanvasRenderingContext2D} ctx
   * @param {{values: Float32Array, name: string}} limit
   * @param {Theme} theme
   */
  bound(ctx, { values, name }, theme) {
    const { right, top, bottom } = this.box;
    ctx.save();
    clip(ctx, this.box);
    ctx.strokeStyle = theme.text;
    ctx.lineWidth = 1.6;
    ctx.setLineDash([6, 4]);
    ctx.stroke(this.path(values, 0, values.length));
    ctx.restore();
    const last = values.findLast((v) => Number.isFinite(v));
    if (last === undefined) return;
    const [, y] = this.pixel(0, last);
    if (y < top || y > bottom) return;
    ctx.fillStyle = theme.text;
    ctx.textAlign = "right";
    ctx.textBaseline = y - top > 20 ? "bottom" : "top";
    ctx.fillText(name, right, y - top > 20 ? y - 3 : y + 4);
  }

  /**
   * The losses beside a run's own: those of its mini-batches up to now, thin, and that of held-out points, dotted.
   * @param {CanvasRenderingContext2D} ctx
   * @param {Series} series
   * @param {number} step
   * @param {string} colour
   */
  besides(ctx, { batch, held }, step, colour) {
    ctx.save();
    ctx.strokeStyle = colour;
    if (batch) {
      ctx.lineWidth = 1.1;
      ctx.globalAlpha *= 0.6;
      ctx.stroke(this.path(batch, 0, Math.min(step + 1, batch.length)));
      ctx.globalAlpha /= 0.6;
    }
    if (held) {
      ctx.lineWidth = 3;
      ctx.lineCap = "round";
      ctx.setLineDash(DOTS);
      ctx.stroke(this.path(held, 0, Math.min(step + 1, held.length)));
    }
    ctx.restore();
  }

  /** @param {Float32Array} values @param {number} first @param {number} end */
  path(values, first, end) {
    const path = new Path2D();
    const { left, right, top, bottom } = this.box;
    polyline(path, (i) => this.pixel(first + i, values[first + i]), end - first, { left, right, top: top - 60, bottom: bottom + 60 });
    return path;
  }

  /** @param {number} step @param {(slot: number) => number} strength 0 for a hidden run */
  draw(step, strength) {
    const { host, theme } = this;
    if (!theme || !this.width || !this.height) return;
    this.prepare(strength);
    const ctx = fit(this.canvas, this.width, this.height);
    const { left, right, top, bottom } = this.box;
    ctx.drawImage(this.still, 0, 0, this.width, this.height);
    ctx.save();
    ctx.beginPath();
    ctx.rect(left - 10, top - 6, right - left + 20, bottom - top + 12);
    ctx.clip();
    const heads = this.series.filter(({ slot }) => strength(slot));
    for (const one of heads) {
      const { slot, values } = one;
      const { colour, dash } = keyOf(slot, theme);
      ctx.globalAlpha = strength(slot);
      this.besides(ctx, one, step, colour);
      const past = this.path(values, 0, Math.min(step + 1, values.length));
      strokeCased(ctx, past, { colour, dash, width: 3, casing: theme.card });
    }
    ctx.globalAlpha = 1;
    const [now] = this.pixel(step, 0);
    ctx.strokeStyle = theme.text;
    ctx.lineWidth = 2;
    ctx.beginPath();
    ctx.moveTo(now, top - 6);
    ctx.lineTo(now, bottom);
    ctx.stroke();
    for (const { slot, values } of heads) {
      const value = values[Math.min(step, values.length - 1)];
      if (!Number.isFinite(value) || (this.log && value <= 0)) continue;
      const [, y] = this.pixel(step, value);
      const { colour, marker } = keyOf(slot, theme);
      ctx.globalAlpha = strength(slot);
      if (y > top - 8 && y < bottom + 8) drawMarker(ctx, marker, now, y, 11, colour, theme.card);
    }
    ctx.restore();
    host.dataset.step = String(step);
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {{left: number, top: number, right: number, bottom: number}} box */
function clip(ctx, { left, top, right, bottom }) {
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip();
}

/** @param {Series[]} series */
export function canBeLog(series) {
  return series.every(({ values }) => values.every((v) => !(v < 0))) && series.some(({ values }) => values.some((v) => v > 0));
}

/**
 * What the axis spans: all that the runs do, but what a diverging run does only up to thirty times the others' most, and
 * no more than twelve powers of ten.
 * @param {Series[]} series
 * @param {boolean} log
 * @returns {[number, number]}
 */
export function rangeOf(series, log) {
  let low = Infinity;
  let high = -Infinity;
  let wild = -Infinity;
  for (const { values, lost, batch, held } of series) {
    for (const row of [values, batch, held]) row?.forEach((v, i) => {
      if (!Number.isFinite(v) || (log && v <= 0)) return;
      if (lost && i > 0) {
        wild = Math.max(wild, v);
        return;
      }
      low = Math.min(low, v);
      high = Math.max(high, v);
    });
  }
  if (low > high) return [0, 1];
  if (log) {
    const top = Math.log10(Math.max(high, Math.min(wild, 30 * high)));
    const bottom = Math.max(Math.log10(low), top - 12);
    const pad = Math.max(0.06 * (top - bottom), 0.15);
    return [bottom - pad, top + pad];
  }
  const top = Math.max(high, Math.min(wild, high + 0.5 * (high - low)));
  const pad = 0.08 * (top - low) || 0.1 * Math.abs(top) || 1;
  return [low - pad, top + pad];
}

/**
 * Where the axis is marked, and with what.
 * @param {number} low
 * @param {number} high
 * @param {boolean} log
 * @param {number} most
 * @returns {[number, string][]}
 */
function ticks(low, high, log, most) {
  const step = log ? Math.max(1, niceStep((high - low) / Math.max(most, 1.5), true)) : niceStep((high - low) / Math.max(most, 1.5));
  /** @type {[number, string][]} */
  const marks = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) {
    const value = k * step;
    marks.push([value, log ? (value === 0 ? "1" : `10${power(value)}`) : short(value, step)]);
  }
  return marks;
}

/** @param {number} value @param {number} step */
function short(value, step) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e4 || size < 1e-3) {
    const exponent = Math.floor(Math.log10(size) + 1e-9);
    const mantissa = Number((value / 10 ** exponent).toFixed(1));
    return `${mantissa === 1 ? "" : `${minus(String(mantissa))}·`}10${power(exponent)}`;
  }
  return minus(value.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9))));
}

/** The next of 1, 2, 5 times a power of ten. @param {number} rough @param {boolean} [whole] */
function niceStep(rough, whole = false) {
  const scale = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-300)));
  const nice = [1, 2, 5, 10].find((n) => n * scale >= rough * 0.999) || 10;
  return whole ? Math.max(1, Math.ceil(nice * scale)) : nice * scale;
}
