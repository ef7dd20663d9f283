// @ts-check
/** A curve panel: past at full strength, future faint, one line for the clock. Axes and future are drawn once. */

import { fit, polyline } from "./canvas.js";
import { drawMarker, strokeCased } from "./glyphs.js";
import { keyOf } from "./theme.js";
import { minus, power } from "../words/numbers.js";

const MARGIN = { left: 50, right: 16, top: 5, bottom: 25 };
/** Below a chart that leaves the numbers of the steps to another. */
const BARE = 5;
const LETTER = 15;
/** How much of the future is seen; on a dark page a line must be stronger to be seen at all. */
const FUTURE = { light: 0.28, dark: 0.4 };
/** A limit that leaps that often, by that factor, is told in words alone: as a line it would be a barcode. */
const LEAPS = { share: 0.04, factor: 3 };
/** So many powers of ten below the largest a logarithmic axis has its floor. */
const DEEP = 12;

/** @typedef {import("./theme.js").Theme} Theme */
/**
 * lost: the run diverged, and may leave the picture. batch and held: the losses of mini-batches and of held-out points.
 * at: where each value lies along the axis, if not at its step. dash: drawn dashed whatever its slot; word: what tells it
 * from another line of its run.
 * @typedef {{slot: number, values: Float32Array, lost: boolean, batch?: Float32Array, held?: Float32Array, at?: Float32Array, dash?: boolean, word?: string}} Series
 *
 * What a chart shows.
 * @typedef {object} Charted
 * @property {Series[]} series
 * @property {number} steps
 * @property {Theme} theme
 * @property {boolean} log      whether its axis is logarithmic
 * @property {[number, number]} range   of the axis, powers of ten if it is
 * @property {{values: Float32Array, name: string}} [limit]   what the values should stay below
 * @property {boolean} numbered   whether the steps are numbered beneath it
 * @property {{range: [number, number], log: boolean} | null} [across]   the axis along, where it is not that of the steps
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
    /** @type {Charted | null} */ this.charted = null;
    this.steps = 1;
    this.width = 0;
    this.height = 0;
    this.low = 0;
    this.high = 1;
    this.drawnAt = "";
    this.log = true;
    this.numbered = true;
    this.canvas.addEventListener("click", (event) => {
      if (this.charted?.across) return;
      const frame = this.canvas.getBoundingClientRect();
      const { left, right } = this.box;
      onSeek(Math.round(((event.clientX - frame.left - left) / (right - left)) * this.steps));
    });
  }

  /** @param {Charted} charted */
  set(charted) {
    this.charted = charted;
    this.series = charted.series;
    this.steps = charted.steps;
    this.theme = charted.theme;
    this.log = charted.log;
    this.limit = charted.limit;
    [this.low, this.high] = charted.range;
    this.numbered = charted.numbered;
    this.drawnAt = "";
  }

  /** Where a value of a series is on the screen. @param {Series} series @param {number} i @returns {[number, number]} */
  point({ at, values }, i) {
    return this.pixel(at ? at[Math.min(i, at.length - 1)] : i, values[i]);
  }

  /** @param {number} along the step, or what the axis counts @param {number} value @returns {[number, number]} */
  pixel(along, value) {
    const { left, right, top, bottom } = this.box;
    const { low, high } = this;
    // On a logarithmic axis what is too small to be drawn, a zero too, lies on the floor.
    const height = this.log ? Math.max(Math.log10(Math.max(value, 1e-300)), low) : value;
    const across = this.charted?.across;
    const share = across ? ((across.log ? Math.log10(along) : along) - across.range[0]) / (across.range[1] - across.range[0]) : along / this.steps;
    return [left + share * (right - left), top + (1 - (height - low) / (high - low)) * (bottom - top)];
  }

  get box() {
    const { width, height, scale } = this;
    const bottom = this.numbered ? scale * MARGIN.bottom : BARE;
    return { left: scale * MARGIN.left, top: MARGIN.top, right: width - MARGIN.right, bottom: Math.max(MARGIN.top + 8, height - bottom) };
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
    const signature = [this.width, this.height, theme.dark, this.scale, devicePixelRatio, this.numbered, ...series.map((s) => strength(s.slot))].join();
    if (signature === this.drawnAt) return;
    this.drawnAt = signature;
    const { left, right, top, bottom } = this.box;
    const ctx = fit(this.still, this.width, this.height);
    ctx.font = `${LETTER * this.scale}px ${theme.font}`;
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
      if (y > top - 2 && y < bottom + 2) ctx.fillText(words, left - 8, Math.max(y, 8 * this.scale), left - 10);
    }
    ctx.textBaseline = "top";
    if (this.numbered) this.numbers(ctx);
    if (this.limit) this.bound(ctx, this.limit, theme);
    ctx.save();
    clip(ctx, this.box);
    for (const one of series) {
      const { colour, dash } = keyOf(one.slot, theme);
      ctx.globalAlpha = (theme.dark ? FUTURE.dark : FUTURE.light) * strength(one.slot);
      strokeCased(ctx, this.path(one, one.values, one.values.length), { colour, dash: one.dash ?? dash, width: 2.4 });
    }
    ctx.restore();
  }

  /** What the axis along counts. @param {CanvasRenderingContext2D} ctx */
  numbers(ctx) {
    const { left, right, bottom } = this.box;
    const across = this.charted?.across;
    const most = Math.max(1, (right - left) / (78 * this.scale));
    /** @type {[number, string][]} */
    const marks = across
      ? ticks(across.range[0], across.range[1], across.log, most).map(([value, words]) => [across.log ? 10 ** value : value, words])
      : steps(this.steps, most).map((i) => [i, String(i)]);
    let free = -Infinity;
    for (const [value, words] of marks) {
      const [x] = this.pixel(value, 1);
      const half = ctx.measureText(words).width / 2;
      // Whole, and apart from the one before.
      const middle = Math.max(left - 8 + half, Math.min(x, this.width - half - 1));
      if (middle - half < free) continue;
      free = middle + half + 8;
      ctx.textAlign = "center";
      ctx.fillText(words, middle, bottom + 6);
    }
  }

  /**
   * The limit as a dashed line in ink, and its name where it ends, on the card's own ground.
   * @param {CanvasRenderingContext2D} ctx
   * @param {{values: Float32Array, name: string}} limit
   * @param {Theme} theme
   */
  bound(ctx, { values, name }, theme) {
    if (leaping(values)) return;
    const { right, top, bottom } = this.box;
    ctx.save();
    clip(ctx, this.box);
    ctx.strokeStyle = theme.text;
    ctx.lineWidth = 1.6;
    ctx.setLineDash([6, 4]);
    ctx.stroke(this.path({ slot: 0, values, lost: false }, values, values.length));
    ctx.restore();
    const last = values.findLast((v) => Number.isFinite(v));
    if (last === undefined) return;
    const [, y] = this.pixel(0, last);
    const tall = LETTER * this.scale;
    // Where the chart is low its title has the name and the number.
    if (y < top || y > bottom || bottom - top < 4 * tall) return;
    const wide = ctx.measureText(name).width;
    const above = y - top > tall + 4;
    const base = above ? y - tall - 3 : y + 4;
    ctx.fillStyle = theme.card;
    ctx.fillRect(right - wide - 4, base - 1, wide + 6, tall + 2);
    ctx.fillStyle = theme.text;
    ctx.textAlign = "right";
    ctx.textBaseline = "top";
    ctx.fillText(name, right, base);
  }

  /**
   * The losses beside a run's own: those of its mini-batches up to now, thin, and that of held-out points, dotted.
   * @param {CanvasRenderingContext2D} ctx
   * @param {Series} series
   * @param {number} step
   * @param {string} colour
   */
  besides(ctx, series, step, colour) {
    const { batch, held } = series;
    ctx.save();
    ctx.strokeStyle = colour;
    if (batch) {
      ctx.lineWidth = 1.1;
      ctx.globalAlpha *= 0.6;
      ctx.stroke(this.path(series, batch, Math.min(step + 1, batch.length)));
      ctx.globalAlpha /= 0.6;
    }
    if (held) {
      ctx.lineWidth = 3;
      ctx.lineCap = "round";
      ctx.setLineDash(DOTS);
      ctx.stroke(this.path(series, held, Math.min(step + 1, held.length)));
    }
    ctx.restore();
  }

  /**
   * A line through the first values; of more than there are pixels the least and the most of each pixel.
   * @param {Series} series whose places along the axis they have
   * @param {Float32Array} values
   * @param {number} count
   */
  path({ at }, values, count) {
    const path = new Path2D();
    const { left, right, top, bottom } = this.box;
    const room = { left, right, top: top - 60, bottom: bottom + 60 };
    const kept = at || count < 2 * (right - left) ? null : thinned(values, count, Math.ceil(((right - left) * count) / (this.steps + 1)));
    const place = (/** @type {number} */ i) => this.pixel(at ? at[Math.min(i, at.length - 1)] : i, values[i]);
    if (kept) polyline(path, (n) => place(kept[n]), kept.length, room);
    else polyline(path, place, count, room);
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
    ctx.rect(left - 10, 0, right - left + 24, this.numbered ? bottom + 6 : this.height);
    ctx.clip();
    const heads = this.series.filter(({ slot }) => strength(slot));
    for (const one of heads) {
      const { slot, values } = one;
      const { colour, dash } = keyOf(slot, theme);
      ctx.globalAlpha = strength(slot);
      this.besides(ctx, one, step, colour);
      const past = this.path(one, values, Math.min(step + 1, values.length));
      strokeCased(ctx, past, { colour, dash: one.dash ?? dash, width: 3, casing: theme.card });
    }
    ctx.globalAlpha = 1;
    if (!this.charted?.across) {
      const [now] = this.pixel(step, 1);
      ctx.strokeStyle = theme.text;
      ctx.lineWidth = 2;
      ctx.beginPath();
      ctx.moveTo(now, 0);
      ctx.lineTo(now, this.numbered ? bottom : this.height);
      ctx.stroke();
    }
    for (const one of heads) {
      const i = Math.min(step, one.values.length - 1);
      if (!Number.isFinite(one.values[i])) continue;
      const [x, y] = this.point(one, i);
      const { colour, marker } = keyOf(one.slot, theme);
      ctx.globalAlpha = strength(one.slot);
      if (y < top - 8 || y > bottom + 8) continue;
      drawMarker(ctx, marker, x, y, 11, colour, theme.card);
      if (!one.word) continue;
      ctx.font = `${LETTER * this.scale}px ${theme.font}`;
      ctx.fillStyle = theme.text;
      ctx.textAlign = x > right - 30 ? "right" : "left";
      ctx.fillText(one.word, x + (x > right - 30 ? -10 : 10), Math.max(y - 6, top + 12));
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
  let [low, high, wild] = [Infinity, -Infinity, -Infinity];
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
    const bottom = Math.max(Math.log10(low), top - DEEP);
    const pad = Math.max(0.06 * (top - bottom), 0.15);
    return [bottom - pad, top + pad];
  }
  const top = Math.max(high, Math.min(wild, high + 0.5 * (high - low)));
  const pad = 0.08 * (top - low) || 0.1 * Math.abs(top) || 1;
  return [low - pad, top + pad];
}

/** Whether a line would be a barcode. @param {ArrayLike<number>} values */
export function leaping(values) {
  let [leaps, count] = [0, 0];
  for (let i = 1; i < values.length; i++) {
    const times = values[i] / values[i - 1];
    if (!Number.isFinite(times)) continue;
    count += 1;
    if (times > LEAPS.factor || times < 1 / LEAPS.factor) leaps += 1;
  }
  return leaps > Math.max(2, LEAPS.share * count);
}

/** Which values of a long row are drawn: of each pixel the first, the least, the most and the last. @param {ArrayLike<number>} values @param {number} count @param {number} pixels */
export function thinned(values, count, pixels) {
  /** @type {number[]} */ const kept = [];
  for (let p = 0; p < pixels; p++) {
    const from = Math.floor((p * count) / pixels);
    const to = Math.min(count, Math.floor(((p + 1) * count) / pixels));
    let [least, most] = [from, from];
    for (let i = from; i < to; i++) {
      if (values[i] < values[least] || Number.isNaN(values[least])) least = i;
      if (values[i] > values[most] || Number.isNaN(values[most])) most = i;
    }
    for (const i of [...new Set([from, Math.min(least, most), Math.max(least, most), to - 1])].sort((a, b) => a - b)) {
      if (i < to && i !== kept.at(-1)) kept.push(i);
    }
  }
  return kept;
}

/** Steps that are numbered: round ones, and not more than there is room for. @param {number} last @param {number} most */
export function steps(last, most) {
  const every = Math.max(1, niceStep(last / Math.max(most, 1), true));
  return Array.from({ length: Math.floor(last / every) + 1 }, (_, k) => k * every);
}

/**
 * Where the axis is marked, and with what.
 * @param {number} low
 * @param {number} high
 * @param {boolean} log
 * @param {number} most
 * @returns {[number, string][]}
 */
export function ticks(low, high, log, most) {
  const step = log ? Math.max(1, niceStep((high - low) / Math.max(most, 1.5), true)) : niceStep((high - low) / Math.max(most, 1.5));
  /** @type {[number, string][]} */
  const marks = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) {
    const value = k * step;
    marks.push([value, log ? (value === 0 ? "1" : `10${power(value)}`) : short(value, step)]);
  }
  return marks;
}

/**
 * Round numbers along an axis of a plane, at most so many, written out: each differs from its neighbours however close they are.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 * @returns {[number, string][]}
 */
export function axisMarks(low, high, most) {
  let step = niceStep((high - low) / (1.5 * most));
  const within = () => Math.floor(high / step + 1e-9) - Math.ceil(low / step - 1e-9) + 1;
  while (within() > most) step = niceStep(1.5 * step);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.max(0, within()) }, (_, k) => [(first + k) * step, minus(((first + k) * step).toFixed(decimals))]);
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
