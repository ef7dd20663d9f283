// @ts-check
/** The loss for every rate: a curve a method, the band of the one that is looked at, the goal, and the rate that was found. */

import { fit, polyline, widthOf } from "../drawing/canvas.js";
import { LETTER, ticks, wide, write } from "../drawing/curve.js";
import { drawMarker, strokeCased } from "../drawing/glyphs.js";
import { keyOf } from "../drawing/theme.js";

/** @typedef {import("../drawing/theme.js").Theme} Theme */
/** @typedef {import("./pieces.js").Standing} Standing */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */

/** Powers of ten: what is less lies on the floor; so far above the losses at the start a curve is followed. */
const [FLOOR, ABOVE] = [-9, 1.8];
/** Widths: a curve, the one that is looked at. */
const [THIN, FULL] = [1.9, 3.8];
/** So near a curve, in pixels, the pointer means it. */
const NEAR = 24;

/**
 * The powers of ten between which losses are drawn.
 * @param {Standing[]} standings
 * @param {number | null} first the loss from which the runs begin
 * @param {number | null} goal
 * @returns {[number, number]}
 */
export function spanOf(standings, first, goal) {
  const losses = standings.flatMap(({ median }) => median.filter((loss) => loss !== null));
  const positive = [...losses, first, goal].filter((loss) => loss !== null && loss > 0).map((loss) => Math.log10(/** @type {number} */ (loss)));
  if (!positive.length) return [FLOOR, 1];
  const top = first && first > 0 ? Math.log10(first) + ABOVE : Math.max(...positive);
  // The goal is in the picture, however low it lies.
  const floor = Math.min(FLOOR, goal && goal > 0 ? Math.log10(goal) - 1 : FLOOR);
  const least = losses.some((loss) => loss <= 0) ? floor : Math.max(floor, Math.min(...positive));
  return [least === floor ? floor : least - 0.05 * (top - least), Math.max(top, least + 1)];
}

export class Chart {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    /** @type {Standing[]} */ this.standings = [];
    /** @type {[number, number]} */ this.span = [FLOOR, 1];
    /** @type {[number, number]} */ this.rates = [1, 10];
    /** @type {number | null} */ this.goal = null;
    this.width = this.height = 0;
  }

  /** @returns {Box} */
  get box() {
    return { left: 50, top: 6, right: this.width - 14, bottom: this.height - 46 };
  }

  /** @param {number} rate */
  x(rate) {
    const { left, right } = this.box;
    return left + ((right - left) * Math.log(rate / this.rates[0])) / Math.log(this.rates[1] / this.rates[0]);
  }

  /** @param {number | null} loss */
  y(loss) {
    const { top, bottom } = this.box;
    const [low, high] = this.span;
    const power = loss === null ? 40 : loss > 0 ? Math.max(Math.log10(loss), low) : low;
    return bottom - ((bottom - top) * (power - low)) / (high - low);
  }

  /** @param {Standing[]} standings @param {[number, number]} rates @param {{goal: number | null, first: number | null} | null} begun */
  set(standings, rates, begun) {
    this.standings = standings;
    this.rates = rates;
    this.goal = begun?.goal ?? null;
    this.span = spanOf(standings, begun?.first ?? null, this.goal);
  }

  /** Whether something lies on the floor, which is a power of ten. @returns {number | null} */
  get floor() {
    const [low] = this.span;
    return low <= FLOOR && this.standings.some(({ median }) => median.some((loss) => loss !== null && loss <= 10 ** low)) ? low : null;
  }

  /** @param {Theme} theme @param {number | null} active the slot that is looked at */
  draw(theme, active) {
    const host = /** @type {HTMLElement} */ (this.canvas.parentElement);
    this.width = host.clientWidth;
    this.height = host.clientHeight;
    if (!this.width || !this.height) return;
    const ctx = fit(this.canvas, this.width, this.height);
    this.axes(ctx, theme);
    const { left, top, right, bottom } = this.box;
    const last = (/** @type {Standing} */ { slot }) => Number(slot === active);
    const inOrder = [...this.standings].sort((a, b) => last(a) - last(b));
    ctx.save();
    ctx.beginPath();
    ctx.rect(left - 1, top - 6, right - left + 2, bottom - top + 9);
    ctx.clip();
    for (const one of inOrder) if (one.slot === active) this.band(ctx, one, theme);
    this.aim(ctx, theme);
    for (const { slot, rates, median } of inOrder) {
      const { colour, dash } = keyOf(slot, theme);
      const path = new Path2D();
      polyline(path, (i) => [this.x(rates[i]), this.y(median[i])], rates.length, { left, top: top - 60, right, bottom: bottom + 60 });
      const full = slot === active;
      ctx.globalAlpha = full || active === null ? 1 : 0.75;
      strokeCased(ctx, path, { colour, dash, width: full ? FULL : THIN, casing: full ? theme.card : undefined });
    }
    ctx.restore();
    for (const { slot, rate, rates, median } of inOrder) {
      const { colour, marker } = keyOf(slot, theme);
      // A rate at which most runs are lost stands at the upper edge.
      const y = Math.max(top, this.y(median[rates.indexOf(rate)]));
      drawMarker(ctx, marker, this.x(rate), y, slot === active ? 17 : 14, colour, theme.card);
    }
    this.aimed(ctx, theme);
  }

  /** @param {CanvasRenderingContext2D} ctx @param {Theme} theme */
  axes(ctx, theme) {
    const { left, top, right, bottom } = this.box;
    ctx.font = `${LETTER}px ${theme.font}`;
    ctx.fillStyle = theme.muted;
    ctx.strokeStyle = theme.grid;
    ctx.lineWidth = 1;
    ctx.textBaseline = "middle";
    for (const [power, words] of ticks(...this.span, true, (bottom - top) / 34)) {
      const y = Math.round(this.y(10 ** power)) + 0.5;
      ctx.beginPath();
      ctx.moveTo(left, y);
      ctx.lineTo(right, y);
      ctx.stroke();
      write(ctx, words, left - 8, Math.max(y, 9), theme, 1);
      ctx.font = `${LETTER}px ${theme.font}`;
    }
    const [low, high] = this.rates;
    ctx.strokeStyle = theme.muted;
    for (const [power, words] of ticks(Math.log10(low), Math.log10(high), true, (right - left) / 90)) {
      const x = this.x(10 ** power);
      ctx.beginPath();
      ctx.moveTo(x, bottom + 3);
      ctx.lineTo(x, bottom + 8);
      ctx.stroke();
      const half = wide(ctx, words, theme, 1) / 2;
      write(ctx, words, Math.min(x + half, this.width - 1), bottom + 17, theme, 1);
    }
    ctx.font = `${LETTER}px ${theme.font}`;
    ctx.textAlign = "right";
    ctx.fillText("learning rate (log)", right, bottom + 36);
    if (this.floor !== null) {
      const [before, [[, words]]] = ["on the floor: under ", ticks(this.floor, this.floor + 2, true, 2)];
      ctx.textAlign = "left";
      ctx.fillText(before, left, bottom + 36);
      write(ctx, words, left + widthOf(ctx, before) + wide(ctx, words, theme, 1), bottom + 35, theme, 1);
    }
  }

  /** The middle half of the runs. @param {CanvasRenderingContext2D} ctx @param {Standing} standing @param {Theme} theme */
  band(ctx, { slot, rates, lower, upper }, theme) {
    const { top, bottom } = this.box;
    // Far out it is as good as anywhere out of the picture, and a canvas counts no further.
    const y = (/** @type {number | null} */ loss) => Math.max(top - 40, Math.min(bottom, this.y(loss)));
    const path = new Path2D();
    rates.forEach((rate, i) => path.lineTo(this.x(rate), y(upper[i])));
    for (let i = rates.length - 1; i >= 0; i--) path.lineTo(this.x(rates[i]), y(lower[i]));
    path.closePath();
    ctx.globalAlpha = theme.dark ? 0.22 : 0.16;
    ctx.fillStyle = keyOf(slot, theme).colour;
    ctx.fill(path);
    ctx.globalAlpha = 1;
  }

  /** The goal as a dotted line. @param {CanvasRenderingContext2D} ctx @param {Theme} theme */
  aim(ctx, theme) {
    if (this.goal === null || this.goal <= 0) return;
    const { left, right } = this.box;
    const y = Math.round(this.y(this.goal));
    ctx.save();
    ctx.setLineDash([3, 3]);
    ctx.strokeStyle = theme.text;
    ctx.lineWidth = 2;
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(right, y);
    ctx.stroke();
    ctx.restore();
  }

  /** Its word, over all lines. @param {CanvasRenderingContext2D} ctx @param {Theme} theme */
  aimed(ctx, theme) {
    if (this.goal === null || this.goal <= 0) return;
    const y = this.y(this.goal);
    ctx.font = `${LETTER}px ${theme.font}`;
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    ctx.fillStyle = theme.card;
    ctx.fillRect(this.box.left + 10, y - 10, widthOf(ctx, "goal") + 12, 20);
    ctx.fillStyle = theme.text;
    ctx.fillText("goal", this.box.left + 16, y);
  }

  /** The slot of the curve that is nearest to a place, null if none is near. @param {number} x @param {number} y @returns {number | null} */
  near(x, y) {
    const { left, right, bottom } = this.box;
    if (x < left - 8 || x > right + 8 || y > bottom + 8) return null;
    /** @type {number | null} */ let found = null;
    let least = NEAR;
    for (const { slot, rates, median, rate } of this.standings) {
      const ends = rates.map((one) => this.x(one));
      const at = [...rates.keys()].reduce((best, i) => (Math.abs(ends[i] - x) < Math.abs(ends[best] - x) ? i : best), 0);
      const mark = Math.hypot(this.x(rate) - x, this.y(median[rates.indexOf(rate)]) - y) - 8;
      const away = Math.min(Math.abs(this.y(median[at]) - y), Math.max(mark, 0));
      if (away < least) [found, least] = [slot, away];
    }
    return found;
  }
}
