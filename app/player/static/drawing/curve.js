// @ts-check
/** A curve panel: past at full strength, future faint, one line for the clock. Axes and future are drawn once. */

import { fit, polyline, widthOf } from "./canvas.js";
import { drawMarker, strokeCased } from "./glyphs.js";
import { keyOf } from "./theme.js";
import { minus, power } from "../words/numbers.js";

const MARGIN = { left: 50, right: 16, top: 5, bottom: 25 };
/** Below a chart that leaves the numbers of the steps to another. */
const BARE = 5;
export const LETTER = 15;
/** Letters of the exponents in its marks. */
const RAISED = 11.5;
/** From one mark to the next. */
const ROOM = 22;
/** How much of the future is seen; on a dark page a line must be stronger to be seen at all. */
const FUTURE = { light: 0.28, dark: 0.4 };
/** A limit that leaps that often, by that factor, is told in words alone: as a line it would be a barcode. */
const LEAPS = { share: 0.04, factor: 3 };
/** So many powers of ten below the highest start a logarithmic axis has its floor: what is left below is rounding. */
const DEEP = 12;
/** A run that diverges is followed up to so many times what the others reach. */
const BEYOND = 30;
/** Rates of different runs that lie so many times apart need powers of ten; a schedule on its own never does. */
const APART = 1000;
/** So few powers of ten are marked by their parts. */
const RULER = 1.3;
/** Marks touch where they are closer than that share of their room. Where one alone is left finer ones are tried. */
const [TIGHT, FINER] = [0.75, [1, 2, 4]];
/** What has overflowed lies there. */
const HUGE = 3.5e38;

/** @typedef {import("./theme.js").Theme} Theme */
/**
 * lost: the run diverged, and may leave the picture. batch and held: the losses of mini-batches and of held-out points.
 * at: where each value lies along the axis, if not at its step. dash: drawn dashed or not, whatever its slot; word: what tells
 * it from another line of its run; whose: the title of its scene, where two scenes have one chart.
 * @typedef {{slot: number, values: Float32Array, lost: boolean, batch?: Float32Array, seen?: string, held?: Float32Array, at?: Float32Array, dash?: boolean, word?: string, whose?: string}} Series
 *
 * What a chart shows.
 * @typedef {object} Charted
 * @property {Series[]} series
 * @property {number} steps
 * @property {Theme} theme
 * @property {boolean} log      whether its axis is logarithmic
 * @property {[number, number]} range   of the axis, powers of ten if it is
 * @property {Float32Array} [limit]   the rate above which the run is unstable there
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
    /** Where the plot begins; charts above one another begin at the same place. */
    this.left = MARGIN.left;
    /** @type {Sunk[]} */ this.sunk = [];
    /** Whether a lesson asks before anything is seen, and what all lines begin with. */
    this.before = false;
    /** @type {{value: number, words: string} | null} */ this.opening = null;
    /** Which values of a row are drawn, since the last change of size. @type {Map<Float32Array, number[]>} */
    this.kept = new Map();
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
    this.sunk = this.log ? sunkOf(this.series, this.low) : [];
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
    const finite = Math.max(-HUGE, Math.min(HUGE, value));
    const height = this.log ? Math.max(Math.log10(Math.max(finite, 1e-300)), low) : finite;
    const across = this.charted?.across;
    const share = across ? ((across.log ? Math.log10(along) : along) - across.range[0]) / (across.range[1] - across.range[0]) : along / this.steps;
    return [left + share * (right - left), top + (1 - (height - low) / (high - low)) * (bottom - top)];
  }

  get box() {
    const { width, height, scale } = this;
    const bottom = this.numbered ? scale * MARGIN.bottom : BARE;
    return { left: this.left, top: MARGIN.top, right: width - MARGIN.right, bottom: Math.max(MARGIN.top + 8, height - bottom) };
  }

  /** Take over the panel's size: once a picture, before anything is written, because each look at it lays the page out. */
  measure() {
    this.width = this.host.clientWidth;
    this.height = this.host.clientHeight;
  }

  /** Where an axis is marked. */
  marks() {
    const { top, bottom } = this.box;
    return ticks(this.low, this.high, this.log, (bottom - top) / (ROOM * this.scale));
  }

  /** How far to the right the plot must begin so that the marks beside it are whole. */
  need() {
    const { theme, scale } = this;
    if (!theme || !this.series.length) return 0;
    const ctx = /** @type {CanvasRenderingContext2D} */ (this.still.getContext("2d", { willReadFrequently: true }));
    return Math.max(scale * MARGIN.left, ...this.marks().map(([, words]) => 12 + wide(ctx, words, theme, scale)));
  }

  /** Axes and the faint future, on a canvas of their own. @param {(slot: number) => number} strength */
  prepare(strength) {
    const { theme, host, series } = this;
    if (!theme) return;
    const signature = [this.width, this.height, this.left, document.fonts.status, theme.dark, this.scale, devicePixelRatio, this.numbered, ...series.map((s) => strength(s.slot))].join();
    if (signature === this.drawnAt) return;
    this.drawnAt = signature;
    this.kept.clear();
    const { left, right, top, bottom } = this.box;
    const ctx = fit(this.still, this.width, this.height);
    if (!series.length) return;
    ctx.font = `${LETTER * this.scale}px ${theme.font}`;
    ctx.fillStyle = theme.muted;
    ctx.strokeStyle = theme.grid;
    ctx.lineWidth = 1;
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    for (const [value, words] of this.marks()) {
      const [, y] = this.pixel(0, this.log ? 10 ** value : value);
      ctx.beginPath();
      ctx.moveTo(left, Math.round(y) + 0.5);
      ctx.lineTo(right, Math.round(y) + 0.5);
      ctx.stroke();
      write(ctx, words, left - 8, Math.max(y, 8 * this.scale), theme, this.scale);
    }
    ctx.font = `${LETTER * this.scale}px ${theme.font}`;
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
    const theme = /** @type {Theme} */ (this.theme);
    ctx.textBaseline = "middle";
    for (const [value, words] of marks) {
      const [x] = this.pixel(value, 1);
      const half = wide(ctx, words, theme, this.scale) / 2;
      // Whole, and apart from the one before.
      const middle = Math.max(left - 8 + half, Math.min(x, this.width - half - 1));
      if (middle - half < free) continue;
      free = middle + half + 8;
      write(ctx, words, middle + half, bottom + 6 + (LETTER / 2) * this.scale, theme, this.scale);
    }
  }

  /** The limit as a dashed line in ink; its name stands in the title, where no line passes. @param {CanvasRenderingContext2D} ctx @param {Float32Array} limit @param {Theme} theme */
  bound(ctx, limit, theme) {
    ctx.save();
    clip(ctx, this.box);
    ctx.strokeStyle = theme.text;
    ctx.lineWidth = 1.6;
    ctx.setLineDash([6, 4]);
    ctx.stroke(this.path({ slot: 0, values: limit, lost: false }, limit, limit.length));
    ctx.restore();
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
    let kept = this.kept.get(values);
    if (!kept) {
      const pixels = Math.ceil(((right - left) * values.length) / (this.steps + 1));
      kept = at || values.length < 2 * (right - left) ? Array.from(values.keys()) : thinned(values, values.length, pixels);
      this.kept.set(values, kept);
    }
    // Those before the last one, and that itself, which may be one that was left out.
    let before = 0;
    for (let end = kept.length; before < end;) {
      const middle = (before + end) >> 1;
      if (kept[middle] < count - 1) before = middle + 1;
      else end = middle;
    }
    const one = kept;
    polyline(path, (n) => {
      const i = n < before ? one[n] : count - 1;
      return this.pixel(at ? at[Math.min(i, at.length - 1)] : i, values[i]);
    }, before + 1, { left, right, top: top - 60, bottom: bottom + 60 });
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
    if (!this.charted?.across && this.series.length) {
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
      if (Number.isNaN(one.values[i])) continue;
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
    this.depth(ctx, this.sunk.filter(({ slot, from }) => from <= step && strength(slot)), theme);
    if (this.before && this.opening) this.begin(ctx, this.opening, theme);
    ctx.restore();
    host.dataset.step = String(step);
  }

  /** What lies on the floor of a logarithmic axis is not there: it is lower. @param {CanvasRenderingContext2D} ctx @param {Sunk[]} sunk @param {Theme} theme */
  depth(ctx, sunk, theme) {
    if (!sunk.length) return;
    const { right, bottom } = this.box;
    const words = sunk.every(({ zero }) => zero) ? "↓ 0" : `↓ under 10${power(Math.ceil(this.low))}`;
    ctx.font = `${LETTER * this.scale}px ${theme.font}`;
    ctx.textAlign = "right";
    ctx.textBaseline = "bottom";
    const width = widthOf(ctx, words);
    ctx.fillStyle = theme.card;
    ctx.fillRect(right - width - 14, bottom - 27 * this.scale, width + 8, 20 * this.scale);
    ctx.fillStyle = theme.muted;
    ctx.fillText(words, right - 10, bottom - 8 * this.scale);
  }

  /** Where all lines begin, before any of them is seen. @param {CanvasRenderingContext2D} ctx @param {{value: number, words: string}} opening @param {Theme} theme */
  begin(ctx, { value, words }, theme) {
    const [x, y] = this.pixel(0, value);
    drawMarker(ctx, "circle-open", x, y, 14, theme.text, theme.card);
    ctx.font = `${LETTER * this.scale}px ${theme.font}`;
    const middle = Math.max(y, this.box.top + 9);
    ctx.fillStyle = theme.card;
    ctx.fillRect(x + 12, middle - 10, widthOf(ctx, words) + 8, 20);
    ctx.fillStyle = theme.text;
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    ctx.fillText(words, x + 16, middle);
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {{left: number, top: number, right: number, bottom: number}} box */
function clip(ctx, { left, top, right, bottom }) {
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip();
}

/** A mark's words without their exponent, and the exponent. @param {string} words */
function parts(words) {
  const [, base, raised] = /** @type {RegExpExecArray} */ (/^(.*?)([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]*)$/.exec(words));
  return [base, [...raised].map((sign) => (sign === "⁻" ? "−" : "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(sign))).join("")];
}

/** @param {CanvasRenderingContext2D} ctx @param {string} words @param {Theme} theme @param {number} scale */
export function wide(ctx, words, { font }, scale) {
  const [base, raised] = parts(words);
  ctx.font = `${RAISED * scale}px ${font}`;
  const more = raised ? widthOf(ctx, raised) + 1 : 0;
  ctx.font = `${LETTER * scale}px ${font}`;
  return widthOf(ctx, base) + more;
}

/**
 * A mark that ends at a place, its exponent raised and large enough to be read.
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} words
 * @param {number} right
 * @param {number} y
 * @param {Theme} theme
 * @param {number} scale
 */
export function write(ctx, words, right, y, theme, scale) {
  const [base, raised] = parts(words);
  ctx.textAlign = "left";
  const start = right - wide(ctx, words, theme, scale);
  ctx.fillText(base, start, y + 1);
  if (!raised) return;
  ctx.font = `${RAISED * scale}px ${theme.font}`;
  ctx.textAlign = "right";
  ctx.fillText(raised, right, y - 5 * scale);
}

/**
 * From which step on a run is lower than a logarithmic axis goes, and whether it is 0 there.
 * @typedef {{slot: number, from: number, zero: boolean}} Sunk
 * @param {Series[]} series
 * @param {number} low the axis' floor, a power of ten
 * @returns {Sunk[]}
 */
export function sunkOf(series, low) {
  const floor = 10 ** low;
  return series.flatMap(({ slot, values }) => {
    const from = values.findIndex((v) => v < floor);
    return from < 0 ? [] : [{ slot, from, zero: values.every((v) => !(v < floor) || v === 0) }];
  });
}

/** @param {Series[]} series */
export function canBeLog(series) {
  return series.every(({ values }) => values.every((v) => !(v < 0))) && series.some(({ values }) => values.some((v) => v > 0));
}

/**
 * What the axis spans: all that the runs do, but of a diverging one only what does not squeeze the others. On a logarithmic
 * axis the floor is twelve powers of ten below the highest start.
 * @param {Series[]} series
 * @param {boolean} log
 * @param {[number, number]} [reach] how far runs that diverge are followed, instead of some way beyond the others
 * @returns {[number, number]}
 */
export function rangeOf(series, log, reach) {
  const [low, high] = extent(series.flatMap(({ values, lost, batch, held }) => (lost ? [values.subarray(0, 1)] : [values, batch, held])), log);
  if (low > high) return [0, 1];
  const alone = series.every(({ lost }) => lost);
  const beyond = alone ? BEYOND * Math.abs(high) || 1 : (high - low) / 2;
  const [from, to] = reach || (log ? [0, high * (alone ? 10 ** DEEP : BEYOND)] : [low - beyond, high + beyond]);
  const [least, most] = extent(series.flatMap(({ values, lost }) => (lost ? [values] : [])), log);
  const [bottom, top] = [Math.min(low, Math.max(least, from)), Math.max(high, Math.min(most, to))];
  if (!log) return padded(bottom, top);
  const start = Math.max(...series.map(({ values }) => values[0]).filter((v) => v > 0 && Number.isFinite(v)), 0);
  // What is exactly 0 lies visibly below all else.
  const zero = series.some(({ values, lost }) => !lost && values.some((v) => v === 0)) ? 2 : 0;
  const [a, b] = [Math.max(Math.log10(bottom) - zero, start > 0 ? Math.min(Math.log10(start) - DEEP, Math.log10(top)) : -Infinity), Math.log10(top)];
  const pad = Math.max(0.06 * (b - a), 0.15);
  return [a - pad, b + pad];
}

/**
 * What the axis of rates spans: from zero, unless all lie close together; powers of ten only if runs lie a thousand times apart.
 * @param {Float32Array[]} rates a row for each run
 * @param {Float32Array} [limit] rates that are to be seen as well
 * @returns {{range: [number, number], log: boolean}}
 */
export function rateAxis(rates, limit) {
  const [low, high] = extent([...rates, limit], false);
  if (low > high) return { range: [0, 1], log: false };
  const peaks = rates.map((row) => extent([row], true)[1]).filter(Number.isFinite);
  if (peaks.length && Math.max(...peaks) / Math.min(...peaks) > 0.9999 * APART) {
    const bottom = Math.log10(Math.max(extent(rates, true)[0], Math.min(...peaks) / BEYOND));
    const pad = 0.08 * (Math.log10(high) - bottom);
    return { range: [bottom - pad, Math.log10(high) + pad], log: true };
  }
  if (low > high / 2 && low < high) return { range: padded(low, high), log: false };
  const from = Math.min(low, 0);
  return { range: [from - 0.04 * (high - from), high + 0.14 * (high - from) || 1], log: false };
}

/** The least and the largest finite value; of positive ones only. @param {(ArrayLike<number> | undefined)[]} rows @param {boolean} positive @returns {[number, number]} */
function extent(rows, positive) {
  let [low, high] = [Infinity, -Infinity];
  for (const row of rows) {
    for (let i = 0; row && i < row.length; i++) {
      if (!Number.isFinite(row[i]) || (positive && row[i] <= 0)) continue;
      low = Math.min(low, row[i]);
      high = Math.max(high, row[i]);
    }
  }
  return [low, high];
}

/** @param {number} low @param {number} high @returns {[number, number]} */
function padded(low, high) {
  const pad = 0.08 * (high - low) || 0.1 * Math.abs(high) || 1;
  return [low - pad, high + pad];
}

/**
 * A row without its flicker, the median of neighbours; null where it leaps over and over, so that no line of it can be read.
 * @param {Float32Array} values
 * @param {number} reach how many neighbours on each side
 * @returns {Float32Array | null}
 */
export function calmed(values, reach) {
  const calm = values.map((_, i) => {
    const near = values.subarray(Math.max(0, i - reach), i + reach + 1);
    const known = near.filter((v) => v > 0).sort();
    return 2 * known.length > near.length ? known[known.length >> 1] : NaN;
  });
  return leaping(calm) ? null : calm;
}

/** Whether a line would be a barcode. @param {ArrayLike<number>} values */
export function leaping(values) {
  let [leaps, count] = [0, 0];
  for (let i = 1; i < values.length; i++) {
    const times = values[i] / values[i - 1];
    // Where it begins or ends it leaps too.
    if (Number.isNaN(values[i]) && Number.isNaN(values[i - 1])) continue;
    count += 1;
    if (!(times <= LEAPS.factor && times >= 1 / LEAPS.factor)) leaps += 1;
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
 * Where an axis is marked, and with what: no mark touches another, and there are two at least where there is room for two.
 * @param {number} low
 * @param {number} high
 * @param {boolean} log
 * @param {number} most how many there is room for
 * @returns {[number, string][]}
 */
export function ticks(low, high, log, most) {
  const rough = (high - low) / Math.max(most, 2), room = (high - low) / most;
  // From coarse to fine.
  const ways = log
    ? [...(high - low < RULER ? [] : FINER.map((n) => () => decades(low, high, rough / n))), ...FINER.map((n) => () => ruled(low, high, n))]
    : FINER.map((n) => () => even(low, high, niceStep(rough / n)));
  /** @type {[number, string][]} */ let marks = [];
  for (const way of ways) {
    let last = -Infinity;
    marks = way().filter(([at]) => {
      const stays = at - last >= TIGHT * room;
      if (stays) last = at;
      return stays;
    });
    if (marks.length > 1) break;
  }
  return marks;
}

/** @param {number} low @param {number} high @param {number} step @returns {[number, string][]} */
function even(low, high, step) {
  const largest = Math.max(Math.abs(low), Math.abs(high));
  return multiples(low, high, step).map((k) => [k * step, worded(k * step, step, largest)]);
}

/** Powers of ten. @param {number} low @param {number} high @param {number} apart @returns {[number, string][]} */
function decades(low, high, apart) {
  const step = niceStep(apart, true);
  return multiples(low, high, step).map((k) => k * step).map((k) => [k, k === 0 ? "1" : k === 1 ? "10" : `10${power(k)}`]);
}

/** A few powers of ten, marked as a ruler is: by 1, 2, 5, or finer. @param {number} low @param {number} high @param {number} finer @returns {[number, string][]} */
function ruled(low, high, finer) {
  const parts = finer === 1 ? [1, 2, 5] : finer === 2 ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : Array.from({ length: 90 }, (_, i) => 1 + i / 10);
  return multiples(Math.floor(low), Math.ceil(high), 1)
    .flatMap((k) => parts.map((n) => /** @type {[number, string]} */ ([k + Math.log10(n), worded(n * 10 ** k, (finer > 2 ? 0.1 : 1) * 10 ** k, 10 ** high)])))
    .filter(([at]) => at >= low && at <= high);
}

/** What steps are multiplied by within a span. @param {number} low @param {number} high @param {number} step @returns {number[]} */
function multiples(low, high, step) {
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.max(0, Math.floor(high / step + 1e-9) - first + 1) }, (_, i) => first + i || 0);
}

/** A mark's number, with as many digits as tell it from the next. @param {number} value @param {number} step @param {number} largest on the axis */
function worded(value, step, largest) {
  if (value === 0) return "0";
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  if (largest < 1e5 && digits <= 4) return minus(value.toFixed(digits));
  const exponent = Math.floor(Math.log10(Math.abs(value)) + 1e-9);
  const mantissa = Number((value / 10 ** exponent).toFixed(Math.max(0, exponent - Math.floor(Math.log10(step) + 1e-9))));
  return `${mantissa === 1 ? "" : mantissa === -1 ? "−" : `${minus(String(mantissa))}·`}10${power(exponent)}`;
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

/** The next of 1, 2, 5 times a power of ten. @param {number} rough @param {boolean} [whole] */
function niceStep(rough, whole = false) {
  const scale = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-300)));
  const nice = [1, 2, 5, 10].find((n) => n * scale >= rough * 0.999) || 10;
  return whole ? Math.max(1, Math.ceil(nice * scale)) : nice * scale;
}
