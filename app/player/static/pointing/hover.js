// @ts-check
/** What lies under the pointer: a small label, a ring and a thin line, as elements over a panel that is not drawn again. */

import { drawKey } from "../drawing/glyphs.js";
import { gridOf, heightAt, toCells } from "../drawing/projection.js";
import { element, put } from "../page/dom.js";
import { position, written } from "../words/numbers.js";

/** @typedef {import("../drawing/theme.js").Theme} Theme */
/** @typedef {import("../wire/decode.js").Run} Run */
/**
 * @typedef {{step?: number, run?: Run, facts: string[], spot?: [number, number], line?: {x: number, top: number, bottom: number}, fall?: number}} Found
 *   spot: the place of the ring; line: the hover line of a curve; fall: which way is downhill on the screen, in radians
 */

/** So near must a pointer be to a path, in pixels. */
const REACH = 10;
/** Where it falls by less of all there is to see than this on its way across the picture, it is flat. */
const FLAT = 1e-3;
/** Pixels between the pointer and its label. */
const AWAY = 14;

export class Hover {
  /**
   * @param {HTMLElement} host the plot, which the label stays within
   * @param {HTMLCanvasElement} canvas where the pointer is listened to
   * @param {(x: number, y: number) => Found | null} find
   */
  constructor(host, canvas, find) {
    this.host = host;
    this.find = find;
    this.line = element("div", "rv-hair", "");
    this.ring = element("div", "rv-spot", "");
    this.tip = element("div", "rv-tip", "");
    this.fall = element("div", "rv-fall", "");
    this.fall.innerHTML = `<svg viewBox="0 0 30 14" width="30" height="14">${["casing", "ink"].map((kind) => `<path class="rv-${kind}" d="M2 7h24M19 2l7 5-7 5"/>`).join("")}</svg>`;
    this.key = document.createElement("canvas");
    this.name = element("b", "", "");
    this.when = element("span", "rv-when", "");
    this.facts = element("div", "", "");
    this.tip.append(this.key, this.name, this.when, this.facts);
    this.keyed = "";
    /** @type {Theme | null} */ this.theme = null;
    /** @type {[number, number] | null} */ this.at = null;
    for (const part of [this.line, this.ring, this.fall, this.tip]) {
      part.hidden = true;
      part.setAttribute("aria-hidden", "true");
    }
    host.append(this.line, this.ring, this.fall, this.tip);
    canvas.addEventListener("pointermove", (event) => {
      if (event.pointerType === "touch" || event.buttons) return this.leave();
      this.at = [event.offsetX, event.offsetY];
      this.again();
    });
    for (const name of ["pointerleave", "pointerdown", "pointercancel"]) canvas.addEventListener(name, () => this.leave());
  }

  leave() {
    this.at = null;
    this.again();
  }

  /** The pointer is where it was, what it points at may be another. */
  again() {
    if (!this.at && this.tip.hidden) return;
    const found = this.at && this.theme && this.find(...this.at);
    this.tip.hidden = !found;
    this.ring.hidden = !found?.spot;
    this.line.hidden = !found?.line;
    this.fall.hidden = !found || found.fall === undefined;
    if (found && this.at) this.show(found, this.at, /** @type {Theme} */ (this.theme));
  }

  /** @param {Found} found @param {[number, number]} at @param {Theme} theme */
  show({ step, run, facts, spot, line, fall }, [x, y], theme) {
    const keyed = run ? `${run.slot} ${theme.dark}` : "";
    if (run && keyed !== this.keyed) drawKey(this.key, run.slot, theme);
    this.keyed = keyed || this.keyed;
    this.key.hidden = !run;
    put(this.name, run ? run.name : "");
    put(this.when, step === undefined ? "" : `step ${step}`);
    put(this.facts, facts.join("\n"));
    if (spot) this.ring.style.transform = `translate(${spot[0]}px, ${spot[1]}px)`;
    if (fall !== undefined) this.fall.style.transform = `translate(${x}px, ${y}px) rotate(${fall}rad)`;
    if (line) {
      this.line.style.transform = `translate(${line.x}px, ${line.top}px)`;
      this.line.style.height = `${line.bottom - line.top}px`;
    }
    // Read once, after all that is written above.
    const { offsetWidth: w, offsetHeight: h } = this.tip;
    const { clientWidth, clientHeight } = this.host;
    const left = x + AWAY + w < clientWidth ? x + AWAY : x - AWAY - w;
    const top = y - AWAY - h > 0 ? y - AWAY - h : y + AWAY;
    const within = (/** @type {number} */ to, /** @type {number} */ most) => Math.round(Math.max(2, Math.min(to, most - 2)));
    this.tip.style.transform = `translate(${within(left, clientWidth - w)}px, ${within(top, clientHeight - h)}px)`;
  }
}

/**
 * The step under the pointer and, of the runs that are shown, the one whose curve is nearest there.
 * @param {import("../drawing/curve.js").Curve} curve
 * @param {() => string} quantity what the curve shows
 * @param {() => Run[]} runs
 * @param {(slot: number) => number} strength
 * @returns {(x: number, y: number) => Found | null}
 */
export function onCurve(curve, quantity, runs, strength) {
  return (x, y) => {
    const { left, right, top, bottom } = curve.box;
    if (x < left - AWAY || x > right + AWAY || !curve.series.length) return null;
    const along = Boolean(curve.charted?.across);
    const share = Math.min(1, Math.max(0, (x - left) / (right - left)));
    // A rate belongs to the step that it leads to, so that there is none at the last position.
    let step = Math.min(Math.round(share * curve.steps), Math.max(...curve.series.map(({ values }) => values.length)) - 1);
    /** @type {import("../drawing/curve.js").Series | undefined} */ let nearest;
    let least = Infinity;
    for (const series of curve.series) {
      if (!strength(series.slot)) continue;
      // Where the axis does not count steps the nearest point is looked for.
      for (let i = along ? 0 : step; i < (along ? series.values.length : step + 1); i++) {
        if (!Number.isFinite(series.values[i])) continue;
        const [px, py] = curve.point(series, i);
        const away = along ? Math.hypot(px - x, py - y) : Math.abs(py - y);
        if (away >= least) continue;
        [nearest, least] = [series, away];
        if (along) step = i;
      }
    }
    const line = along ? undefined : { x: curve.pixel(step, 1)[0], top, bottom };
    const run = runs().find(({ slot }) => slot === nearest?.slot);
    if (!nearest || !run) return { step, facts: [], line };
    const facts = [`${quantity()}${nearest.word ? ` in ${nearest.word}` : ""}${nearest.whose ? ` (${nearest.whose})` : ""} ${written(nearest.values[step])}`];
    if (nearest.at) facts.push(`learning rate ${written(nearest.at[step])}`);
    if (!quantity().startsWith("loss")) facts.push(`loss ${written(run.loss[step])}`);
    if (nearest.batch && step < nearest.batch.length) facts.push(`${nearest.seen} ${written(nearest.batch[step])}`);
    if (nearest.held) facts.push(`held out ${written(nearest.held[step])}`);
    const [across, height] = curve.point(nearest, step);
    return { step, run, facts, line, spot: height > top - 8 && height < bottom + 8 ? [across, height] : undefined };
  };
}

/**
 * The run and the step of the shown part of a path that passes under the pointer; where none does, what the place is like.
 * @param {import("../panels/contour.js").Contour} contour
 * @param {(slot: number) => number} strength
 * @returns {(x: number, y: number) => Found | null}
 */
export function onPath(contour, strength) {
  return (x, y) => {
    const place = contour.held ? null : contour.place(x, y);
    if (!contour.scene || !place) return null;
    /** @type {Run | undefined} */ let nearest;
    let least = REACH;
    let step = 0;
    for (const run of contour.show.order) {
      const drawn = strength(run.slot) ? contour.runs.find((one) => one.run === run) : undefined;
      if (!drawn) continue;
      const { track: { ends }, seen } = drawn;
      for (let t = 0, i = 0; t <= contour.step; t++) for (; i < ends[t]; i++) {
        const from = Math.max(0, i - 1);
        const { away } = toSegment(x, y, seen.x[from], seen.y[from], seen.x[i], seen.y[i]);
        // Of several that are as near the one on top, and its latest step.
        if (away <= least) [nearest, least, step] = [run, away, t];
      }
      if (nearest !== run || !step) continue;
      const far = (/** @type {number} */ t) => Math.hypot(seen.x[ends[t] - 1] - x, seen.y[ends[t] - 1] - y);
      if (far(step - 1) < far(step)) step -= 1;
    }
    if (!nearest) return { facts: [`at ${position(...place)}`, ...lossAt(contour, place)], fall: downhill(contour, place) };
    const [u, v] = nearest.xy.subarray(2 * step, 2 * step + 2);
    return { step, run: nearest, facts: [`loss ${written(nearest.loss[step])}`, `at ${position(u, v)}`], spot: contour.pixel(u, v) };
  };
}

/** @type {WeakMap<object, import("../drawing/projection.js").Grid>} */
const grids = new WeakMap();

/** The heights that a contour shows, as a grid. @param {import("../panels/contour.js").Contour} contour */
function heights({ field }) {
  if (!field) return null;
  const grid = grids.get(field) || gridOf(field);
  grids.set(field, grid);
  return grid;
}

/** The loss between the grid's points, where the heights are the loss itself. @param {import("../panels/contour.js").Contour} contour @param {[number, number]} place */
function lossAt(contour, place) {
  const grid = heights(contour);
  const loss = grid && contour.scene?.height === "height = loss" ? heightAt(grid, ...toCells(grid, ...place)) : NaN;
  return Number.isFinite(loss) ? [`loss ≈ ${written(loss, 2)}`] : [];
}

/** Which way the heights fall at a place: the same for the loss, on whatever scale it is drawn. @param {import("../panels/contour.js").Contour} contour @param {[number, number]} place */
function downhill(contour, place) {
  const grid = heights(contour);
  if (!grid) return undefined;
  const [u, v] = toCells(grid, ...place);
  const rise = (/** @type {number} */ du, /** @type {number} */ dv) => (heightAt(grid, u + du, v + dv) - heightAt(grid, u - du, v - dv)) / 2;
  const [gx, gy] = [rise(1, 0) / grid.dx, rise(0, 1) / grid.dy];
  const flat = FLAT * (grid.top - grid.bottom);
  return Math.hypot(gx * grid.dx, gy * grid.dy) * grid.n > flat ? Math.atan2(gy, -gx) : undefined;
}

/**
 * How far a place is from a segment, and where along it the nearest point lies.
 * @param {number} x
 * @param {number} y
 * @param {number} px
 * @param {number} py
 * @param {number} qx
 * @param {number} qy
 */
function toSegment(x, y, px, py, qx, qy) {
  const [dx, dy] = [qx - px, qy - py];
  const length = dx * dx + dy * dy;
  const share = length > 0 ? Math.max(0, Math.min(1, ((x - px) * dx + (y - py) * dy) / length)) : 1;
  return { away: Math.hypot(px + share * dx - x, py + share * dy - y), share };
}
