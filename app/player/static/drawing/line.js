// @ts-check
/** A loss of x alone as a curve: its heights over x, read off a row of the field, and the line through them. */

/** @typedef {import("../wire/decode.js").Field} Field */

/** What the curve leaves free above and below, as a share of its height; a level one has so much either way. */
const FREE = 0.08;
const LEVEL = 1;

/** The losses that a curve has over a part of x. @param {Field} field @param {[number, number]} part @returns {[number, number]} */
export function spanOf({ x, z }, [from, to]) {
  const within = z.subarray(0, x.length).filter((v, i) => Number.isFinite(v) && x[i] >= from && x[i] <= to);
  const low = within.reduce((least, v) => Math.min(least, v), Infinity), high = within.reduce((most, v) => Math.max(most, v), -Infinity);
  if (!(low < high)) return Number.isFinite(low) ? [low - LEVEL, low + LEVEL] : [0, LEVEL];
  return [low - FREE * (high - low), high + FREE * (high - low)];
}

/** The curve's height at a place, between two of the field's; beyond them as at the last. @param {Field} field @param {number} at */
export function heightOver({ x, z }, at) {
  const last = x.length - 1;
  const place = Math.max(0, Math.min(last, ((at - x[0]) / (x[last] - x[0])) * last));
  const i = Math.min(last - 1, Math.floor(place));
  return z[i] + (place - i) * (z[i + 1] - z[i]);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Field} field
 * @param {(x: number) => [number, number]} pixel
 * @param {{left: number, top: number, right: number, bottom: number}} box
 * @param {import("./theme.js").Theme} theme
 */
export function drawLine(ctx, { x }, pixel, { left, top, right, bottom }, theme) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.fillStyle = theme.ramp[0];
  ctx.fill();
  ctx.clip();
  ctx.beginPath();
  let on = false;
  for (const at of x) {
    const [px, py] = pixel(at);
    if (!Number.isFinite(py)) on = false;
    else if (on) ctx.lineTo(px, py);
    else {
      ctx.moveTo(px, py);
      on = true;
    }
  }
  ctx.lineWidth = 2.4;
  ctx.lineJoin = "round";
  ctx.strokeStyle = theme.muted;
  ctx.stroke();
  ctx.restore();
}
