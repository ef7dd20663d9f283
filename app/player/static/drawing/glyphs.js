// @ts-check
/** The eight markers and the cased line, as every canvas draws them. */

import { fit } from "./canvas.js";
import { keyOf } from "./theme.js";

/**
 * One marker with a casing in the page's colour, so that it stands off any background.
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} kind one of the eight markers of theme.js
 * @param {number} x centre
 * @param {number} y centre
 * @param {number} size width in CSS pixels, casing left out
 * @param {string} colour
 * @param {string} casing
 * @param {number} [wide] the casing on both sides together; 0 for none
 */
export function drawMarker(ctx, kind, x, y, size, colour, casing, wide = 4) {
  const open = kind.endsWith("-open");
  const thin = kind === "cross" || kind === "x";
  const path = outline(kind.replace("-open", ""), x, y, open ? size * 0.82 : size);
  ctx.save();
  ctx.setLineDash([]);
  ctx.lineJoin = "round";
  ctx.lineCap = "round";
  ctx.strokeStyle = casing;
  if (thin) {
    ctx.lineWidth = size * 0.34 + wide;
    if (wide) ctx.stroke(path);
    ctx.lineCap = "butt";
    ctx.lineWidth = size * 0.34;
    ctx.strokeStyle = colour;
    ctx.stroke(path);
  } else {
    ctx.lineWidth = open ? size * 0.22 + wide : wide;
    if (wide) ctx.stroke(path);
    ctx.fillStyle = open ? casing : colour;
    ctx.fill(path);
    if (open) {
      ctx.lineWidth = size * 0.22;
      ctx.strokeStyle = colour;
      ctx.stroke(path);
    }
  }
  ctx.restore();
}

/**
 * @param {string} shape
 * @param {number} x
 * @param {number} y
 * @param {number} size
 */
function outline(shape, x, y, size) {
  const p = new Path2D();
  const r = size / 2;
  if (shape === "circle") p.arc(x, y, r, 0, 2 * Math.PI);
  else if (shape === "square") p.rect(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76);
  else if (shape === "diamond") {
    p.moveTo(x, y - r * 1.15); p.lineTo(x + r * 1.15, y); p.lineTo(x, y + r * 1.15); p.lineTo(x - r * 1.15, y); p.closePath();
  } else if (shape === "cross") {
    p.moveTo(x - r, y); p.lineTo(x + r, y); p.moveTo(x, y - r); p.lineTo(x, y + r);
  } else {
    const d = r * 0.8;
    p.moveTo(x - d, y - d); p.lineTo(x + d, y + d); p.moveTo(x - d, y + d); p.lineTo(x + d, y - d);
  }
  return p;
}

/**
 * An arrow from a place along a vector, in CSS pixels; one that is too short to see is a dot.
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} x
 * @param {number} y
 * @param {number} dx
 * @param {number} dy
 * @param {{colour: string, casing: string, hollow: boolean}} style hollow: a thin dashed shaft and an open head
 */
export function drawArrow(ctx, x, y, dx, dy, { colour, casing, hollow }) {
  const length = Math.hypot(dx, dy);
  ctx.save();
  ctx.lineCap = "round";
  ctx.lineJoin = "round";
  if (length < 3) {
    ctx.beginPath();
    ctx.arc(x + dx, y + dy, 3, 0, 2 * Math.PI);
    ctx.fillStyle = colour;
    ctx.fill();
    ctx.restore();
    return;
  }
  const [ux, uy] = [dx / length, dy / length];
  const head = Math.min(13, length * 0.6);
  const [tx, ty] = [x + dx, y + dy];
  const [bx, by] = [tx - ux * head, ty - uy * head];
  const shaft = new Path2D();
  shaft.moveTo(x, y);
  shaft.lineTo(bx, by);
  const tip = new Path2D();
  tip.moveTo(tx, ty);
  tip.lineTo(bx - uy * head * 0.5, by + ux * head * 0.5);
  tip.lineTo(bx + uy * head * 0.5, by - ux * head * 0.5);
  tip.closePath();
  ctx.strokeStyle = casing;
  ctx.lineWidth = (hollow ? 1.8 : 3.6) + 3;
  ctx.stroke(shaft);
  ctx.lineWidth = 4;
  ctx.stroke(tip);
  ctx.strokeStyle = colour;
  ctx.lineWidth = hollow ? 1.8 : 3.6;
  ctx.setLineDash(hollow ? [5, 5] : []);
  ctx.stroke(shaft);
  ctx.setLineDash([]);
  ctx.fillStyle = hollow ? casing : colour;
  ctx.fill(tip);
  ctx.lineWidth = 1.8;
  ctx.stroke(tip);
  ctx.restore();
}

/**
 * A line, first its casing and then itself. `path` holds as many subpaths as it likes.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Path2D} path
 * @param {{colour: string, width: number, dash: boolean, casing?: string}} style
 */
export function strokeCased(ctx, path, { colour, width, dash, casing }) {
  ctx.save();
  ctx.lineJoin = "round";
  ctx.lineCap = "butt";
  if (casing) {
    ctx.setLineDash([]);
    ctx.strokeStyle = casing;
    ctx.lineWidth = width + 3;
    ctx.stroke(path);
  }
  ctx.setLineDash(dash ? [width * 2.2, width * 1.1] : []);
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke(path);
  ctx.restore();
}

/** A run as it is drawn: its line and its marker. @param {HTMLCanvasElement} canvas @param {number} slot @param {import("./theme.js").Theme} theme */
export function drawKey(canvas, slot, theme) {
  const { colour, marker, dash } = keyOf(slot, theme);
  const ctx = fit(canvas, 40, 20);
  const line = new Path2D();
  line.moveTo(0, 10);
  line.lineTo(40, 10);
  strokeCased(ctx, line, { colour, dash, width: 4 });
  drawMarker(ctx, marker, 20, 10, 15, colour, theme.card, 0);
}
