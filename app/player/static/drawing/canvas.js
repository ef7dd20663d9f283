// @ts-check
/** A canvas that fills its host at the screen's own resolution, and lines that are cut to it. */

/**
 * What one draws on a canvas with. It is kept in the processor's memory: where the graphics are software too, as in a virtual
 * machine, thick dashed lines are three times as quick there.
 * @param {HTMLCanvasElement} canvas
 */
export function contextOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
}

/**
 * Size a canvas to its host; its context then counts CSS pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
export function fit(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const w = Math.max(1, Math.round(width * ratio));
  const h = Math.max(1, Math.round(height * ratio));
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const ctx = contextOf(canvas);
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return ctx;
}

/**
 * A polyline through pixel positions, cut to a box: what lies far outside is not drawn, nothing is moved. A dash along a
 * line of a billion pixels would stop the browser.
 * @param {Path2D} path
 * @param {(i: number) => [number, number]} at pixel position of point i
 * @param {number} count
 * @param {{left: number, top: number, right: number, bottom: number}} box
 * @param {boolean} [on] whether it leads on a line that ends where it begins
 */
export function polyline(path, at, count, box, on = false) {
  let [px, py] = at(0);
  let joined = on;
  for (let i = 1; i < count; i++) {
    const [x, y] = at(i);
    const part = Number.isFinite(px + py + x + y) ? cut(px, py, x, y, box) : null;
    if (part) {
      if (!joined || part[0] > 0) path.moveTo(px + part[0] * (x - px), py + part[0] * (y - py));
      path.lineTo(px + part[1] * (x - px), py + part[1] * (y - py));
    }
    joined = part !== null && part[1] === 1;
    px = x;
    py = y;
  }
}

/**
 * The part of a segment within a box, as two shares of its length (Liang & Barsky 1984); null where there is none.
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 * @param {{left: number, top: number, right: number, bottom: number}} box
 * @returns {[number, number] | null}
 */
export function cut(x0, y0, x1, y1, box) {
  let enter = 0;
  let leave = 1;
  const dx = x1 - x0;
  const dy = y1 - y0;
  for (const [p, q] of [[-dx, x0 - box.left], [dx, box.right - x0], [-dy, y0 - box.top], [dy, box.bottom - y0]]) {
    if (p === 0) {
      if (q < 0) return null;
    } else if (p < 0) enter = Math.max(enter, q / p);
    else leave = Math.min(leave, q / p);
  }
  return enter <= leave ? [enter, leave] : null;
}

/** @type {Map<string, number>} */
const widths = new Map();

/** The width of a few words in a context's font, measured once: a label is written in each frame. @param {CanvasRenderingContext2D} ctx @param {string} words */
export function widthOf(ctx, words) {
  // A font that is still on its way measures otherwise.
  const key = `${document.fonts.status} ${ctx.font} ${words}`;
  let width = widths.get(key);
  if (width === undefined) {
    width = ctx.measureText(words).width;
    if (widths.size > 500) widths.clear();
    widths.set(key, width);
  }
  return width;
}
