// @ts-check
/** A map's pixels on a canvas, each exactly where it is: colours, patterns in the screen's own pixels over them, axes, rings. */

import { widthOf } from "../drawing/canvas.js";
import { axisMarks } from "../drawing/curve.js";
import { position } from "../words/numbers.js";
import { inked, kindsOf, masked, quantiles } from "./ink.js";
import { logMarks } from "./words.js";

/** @typedef {import("../drawing/theme.js").Theme} Theme */
/** @typedef {import("./source.js").Chart} Chart */
/** @typedef {import("./source.js").Part} Part */
/** @typedef {import("../drawing/labels.js").Box} Box */

/** Pixels from one line of a hatch to the next, between dots, and what a number is written with. */
const [LINES, DOTS] = [7, 6];
const DIGITS = 15;
/** Pixels around a map: above, on the right, for the numbers beneath, and for the name of what varies under these. */
const [ABOVE, BESIDE, BENEATH, NAMED] = [2, 14, 34, 16];
/** A ring with a letter, and quantiles between which a class is shaded. */
const RING = 13;
const [QUICK, SLOW] = [0.05, 0.95];

/** A part with what its pixels are painted with, worked out once. @param {Chart} chart @param {Part} part @param {Theme} theme */
export function painted(chart, part, theme) {
  const { kinds, of } = kindsOf(chart, part, theme);
  const spread = quantiles(part, kinds, of, [QUICK, 0.5, SLOW]);
  /** @type {[number, number]} */
  const ends = spread ? [spread[0], spread[2]] : [0, 1];
  const colours = image(part, inked(part, kinds, of, ends));
  const patterns = /** @type {const} */ (["hatch", "dots", "pale"]).flatMap((pattern) => {
    const mask = masked(part, kinds, of, pattern);
    return mask ? [{ pattern, mask: image(part, mask) }] : [];
  });
  return { part, kinds, of, spread, colours, patterns };
}

/** @param {{rows: number, columns: number}} part @param {Uint32Array<ArrayBuffer>} pixels */
function image({ rows, columns }, pixels) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns, rows];
  const ctx = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  ctx.putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), columns, rows), 0, 0);
  return canvas;
}

/**
 * Where a map lies in its place: basins as wide and high as their window is, all others as large as there is room.
 * @param {Chart} chart @param {number} width @param {number} height @param {CanvasRenderingContext2D} ctx @param {Theme} theme @param {number} scale
 * @param {boolean} bare whether there is no room for numbers beside it
 * @returns {Box}
 */
export function boxOf(chart, width, height, ctx, theme, scale, bare) {
  if (bare) return fitted(chart, { left: 0, top: 0, right: width, bottom: height });
  ctx.font = `${DIGITS * scale}px ${theme.font}`;
  const words = chart.up.names || marksOf(chart.up, 6).map(([, text]) => text);
  const left = Math.max(36 * scale, ...words.map((text) => widthOf(ctx, text))) + 14;
  const named = chart.kind === "basins" ? 0 : NAMED * scale;
  const room = { w: width - left - BESIDE, h: height - ABOVE - BENEATH * scale - named };
  return fitted(chart, { left, top: ABOVE, right: left + room.w, bottom: ABOVE + room.h });
}

/** A map of starts has the shape of its window, in the middle of its room; every other fills it. @param {Chart} chart @param {Box} box @returns {Box} */
function fitted(chart, box) {
  if (chart.kind !== "basins") return box;
  const { left, top } = box;
  const room = { w: box.right - left, h: box.bottom - top };
  const [x, y] = [chart.across.ends, chart.up.ends].map(([low, high]) => high - low);
  const unit = Math.min(room.w / x, room.h / y);
  const [across, above] = [left + (room.w - unit * x) / 2, top + (room.h - unit * y) / 2];
  return { left: across, right: across + unit * x, top: above, bottom: above + unit * y };
}

/** Round numbers along a side. @param {import("./source.js").Side} side @param {number} most */
function marksOf({ scale, ends: [low, high] }, most) {
  return scale === "log" ? logMarks(low, high, most + 3) : axisMarks(low, high, most);
}

/** How far along a side a value is. @param {import("./source.js").Side} side @param {number} value */
export function shareOf({ scale, ends: [low, high] }, value) {
  return scale === "log" ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
}

/**
 * The pixels of a map in its box.
 * @param {CanvasRenderingContext2D} ctx @param {Box} box @param {Chart} chart @param {ReturnType<typeof painted>} shown @param {Theme} theme
 */
export function drawPixels(ctx, box, chart, { part, colours, patterns }, theme) {
  const [w, h] = [box.right - box.left, box.bottom - box.top];
  // The last row and column of a coarse part may reach beyond the map.
  const [wide, high] = [(w * part.columns * part.stride[1]) / chart.columns, (h * part.rows * part.stride[0]) / chart.rows];
  const put = (/** @type {CanvasRenderingContext2D} */ on, /** @type {HTMLCanvasElement} */ from, /** @type {number} */ left, /** @type {number} */ bottom) => {
    on.imageSmoothingEnabled = false;
    on.drawImage(from, left, bottom - high, wide, high);
  };
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.left, box.top, w, h);
  ctx.clip();
  put(ctx, colours, box.left, box.bottom);
  const ratio = window.devicePixelRatio || 1;
  for (const { pattern, mask } of patterns) {
    const layer = document.createElement("canvas");
    [layer.width, layer.height] = [Math.ceil(w * ratio), Math.ceil(h * ratio)];
    const on = /** @type {CanvasRenderingContext2D} */ (layer.getContext("2d"));
    on.scale(ratio, ratio);
    put(on, mask, 0, h);
    on.globalCompositeOperation = "source-in";
    on.fillStyle = patternOf(on, pattern, theme, ratio);
    on.fillRect(0, 0, w, h);
    ctx.drawImage(layer, box.left, box.top, layer.width / ratio, layer.height / ratio);
  }
  if (chart.up.names) {
    // Rows of methods have nothing to do with one another.
    ctx.fillStyle = theme.card;
    for (let row = 1; row < chart.rows; row++) ctx.fillRect(box.left, box.bottom - (row / chart.rows) * h - 1, w, 2);
  }
  ctx.restore();
}

/** A hatch at 45 degrees, or dots. @param {CanvasRenderingContext2D} ctx @param {import("./ink.js").Pattern} pattern @param {Theme} theme @param {number} ratio */
export function patternOf(ctx, pattern, theme, ratio) {
  const side = Math.round((pattern === "hatch" ? LINES * Math.SQRT2 : DOTS) * ratio);
  const tile = document.createElement("canvas");
  tile.width = tile.height = side;
  const on = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
  on.fillStyle = on.strokeStyle = pattern === "pale" ? theme.page : theme.hatch;
  on.lineWidth = 1.8 * ratio;
  on.beginPath();
  if (pattern === "hatch") {
    for (const off of [-side, 0, side]) {
      on.moveTo(off - 2, side + 2);
      on.lineTo(off + side + 2, -2);
    }
    on.stroke();
  } else {
    for (const [x, y] of [[0.25, 0.25], [0.75, 0.75]]) {
      on.moveTo(side * x + 0.9 * ratio, side * y);
      on.arc(side * x, side * y, 0.9 * ratio, 0, 2 * Math.PI);
    }
    on.fill();
  }
  const made = /** @type {CanvasPattern} */ (ctx.createPattern(tile, "repeat"));
  made.setTransform(new DOMMatrix().scale(1 / ratio));
  return made;
}

/** Where no numbers stand beside it, those of its corners stand in it. @param {CanvasRenderingContext2D} ctx @param {Box} box @param {Chart} chart @param {Theme} theme */
export function drawCorners(ctx, { left, right, top, bottom }, { across, up }, theme) {
  ctx.save();
  ctx.font = `${DIGITS}px ${theme.font}`;
  ctx.textBaseline = "middle";
  const corners = /** @type {[string, number, number][]} */ ([
    [position(across.ends[0], up.ends[0]), left + 6, bottom - 14],
    [position(across.ends[1], up.ends[1]), right - 6, top + 14],
  ]);
  corners.forEach(([words, x, y], k) => {
    const width = widthOf(ctx, words) + 10;
    ctx.globalAlpha = 0.85;
    ctx.fillStyle = theme.page;
    ctx.fillRect(k ? x - width : x, y - 11, width, 22);
    ctx.globalAlpha = 1;
    ctx.fillStyle = theme.text;
    ctx.fillText(words, (k ? x - width : x) + 5, y);
  });
  ctx.restore();
}

/** Numbers along both sides, names where rows have names, and what varies. @param {CanvasRenderingContext2D} ctx @param {Box} box @param {Chart} chart @param {Theme} theme @param {number} scale */
export function drawAxes(ctx, box, chart, theme, scale) {
  const { left, right, top, bottom } = box;
  const { across, up } = chart;
  ctx.save();
  ctx.font = `${DIGITS * scale}px ${theme.font}`;
  ctx.fillStyle = theme.muted;
  ctx.strokeStyle = theme.text;
  ctx.lineWidth = 1;
  ctx.textBaseline = "middle";
  ctx.textAlign = "center";
  let end = -Infinity;
  const line = bottom + 17 * scale;
  for (const [value, words] of marksOf(across, right - left > 300 ? 6 : 4)) {
    const x = left + shareOf(across, value) * (right - left);
    const half = widthOf(ctx, words) / 2;
    tick(ctx, x, bottom, 0, 5);
    if (x - half < end) continue;
    ctx.fillText(words, x, line);
    end = x + half + 8;
  }
  if (chart.kind !== "basins") {
    ctx.textAlign = "right";
    ctx.fillText(axisWords(across), right, line + NAMED * scale);
  }
  ctx.textAlign = "right";
  if (up.names) {
    const high = (bottom - top) / up.names.length;
    up.names.forEach((name, row) => ctx.fillText(name, left - 9, bottom - (row + 0.5) * high));
  } else {
    const marks = marksOf(up, bottom - top > 260 ? 6 : 4).map(([value, words]) => ({ words, y: bottom - shareOf(up, value) * (bottom - top) }));
    for (const { words, y } of marks) {
      tick(ctx, left, y, -5, 0);
      if (chart.kind === "basins" || y > top + 20 * scale) ctx.fillText(words, left - 9, Math.min(y, bottom - 2));
    }
    if (chart.kind !== "basins") ctx.fillText(up.symbol, left - 9, top + 8 * scale);
  }
  ctx.restore();
}

/** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {number} dx @param {number} dy */
function tick(ctx, x, y, dx, dy) {
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(x + dx, y + dy);
  ctx.stroke();
}

/** @param {import("./source.js").Side} side */
function axisWords({ label, symbol, scale }) {
  const words = `${label.slice(0, 1).toLowerCase()}${label.slice(1)}`;
  return `${words}${symbol && symbol !== words && !words.endsWith(` ${symbol}`) ? ` ${symbol}` : ""}${scale === "log" ? " (log)" : ""}`;
}

/** A letter in a ring. @param {CanvasRenderingContext2D} ctx @param {string} letter @param {number} x @param {number} y @param {Theme} theme @param {number} scale */
export function drawLetter(ctx, letter, x, y, theme, scale) {
  ctx.save();
  ctx.beginPath();
  ctx.arc(x, y, RING * scale, 0, 2 * Math.PI);
  ctx.fillStyle = theme.page;
  ctx.fill();
  ctx.lineWidth = 2;
  ctx.strokeStyle = ctx.fillStyle = theme.text;
  ctx.stroke();
  ctx.font = `600 ${16 * scale}px ${theme.font}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText(letter, x, y + 0.5);
  ctx.restore();
}

/** Theory's line, or where rows are methods a stroke for each. @param {CanvasRenderingContext2D} ctx @param {Box} box @param {Chart} chart @param {Theme} theme */
export function drawEdge(ctx, { left, right, top, bottom }, { theory, up, rows }, theme) {
  if (!theory) return;
  const at = (/** @type {[number, number]} */ [x, y]) => /** @type {[number, number]} */ ([left + x * (right - left), bottom - y * (bottom - top)]);
  const line = new Path2D();
  theory.edge.forEach((point, k) => {
    const [x, y] = at(point);
    if (up.names) {
      const half = (bottom - top) / rows / 2;
      line.moveTo(x, y - half);
      line.lineTo(x, y + half);
    } else if (k) line.lineTo(x, y);
    else line.moveTo(x, y);
  });
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip();
  for (const [width, colour] of /** @type {[number, string][]} */ ([[6.5, theme.page], [2.6, theme.text]])) {
    ctx.lineWidth = width;
    ctx.strokeStyle = colour;
    ctx.stroke(line);
  }
  ctx.restore();
}

/** A cross, cased. @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {Theme} theme */
export function drawCross(ctx, x, y, theme) {
  ctx.save();
  const cross = new Path2D(`M${x - 8} ${y}h16M${x} ${y - 8}v16`);
  for (const [width, colour] of /** @type {[number, string][]} */ ([[5, theme.page], [2, theme.text]])) {
    ctx.lineWidth = width;
    ctx.strokeStyle = colour;
    ctx.stroke(cross);
  }
  ctx.restore();
}

/** The ring of a pixel, hollow or filled. @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y @param {Theme} theme @param {boolean} filled */
export function drawRing(ctx, x, y, theme, filled) {
  ctx.save();
  for (const [width, colour] of /** @type {[number, string][]} */ ([[6.5, theme.page], [3, theme.text]])) {
    ctx.beginPath();
    ctx.arc(x, y, 10, 0, 2 * Math.PI);
    if (filled && width > 5) {
      ctx.fillStyle = theme.page;
      ctx.fill();
    }
    ctx.lineWidth = width;
    ctx.strokeStyle = colour;
    ctx.stroke();
  }
  ctx.restore();
}
