// @ts-check
/** What lies under the pointer: a small label, a ring and a thin line, as elements over a panel that is not drawn again. */

import { minus, written } from "./canvas.js";
import { drawKey, element, put } from "./cards.js";

/** @typedef {import("./theme.js").Theme} Theme */
/** @typedef {import("./decode.js").Run} Run */
/**
 * @typedef {{step: number, run?: Run, facts: string[], spot?: [number, number], line?: {x: number, top: number, bottom: number}}} Found
 *   spot: the place of the ring; line: the hover line of a curve
 */

/** So near must a pointer be to a path, in pixels. */
const REACH = 10;
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
    this.key = document.createElement("canvas");
    this.name = element("b", "", "");
    this.when = element("span", "rv-when", "");
    this.facts = element("div", "", "");
    this.tip.append(this.key, this.name, this.when, this.facts);
    this.keyed = "";
    /** @type {Theme | null} */ this.theme = null;
    /** @type {[number, number] | null} */ this.at = null;
    for (const part of [this.line, this.ring, this.tip]) {
      part.hidden = true;
      part.setAttribute("aria-hidden", "true");
    }
    host.append(this.line, this.ring, this.tip);
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
    if (found && this.at) this.show(found, this.at, /** @type {Theme} */ (this.theme));
  }

  /** @param {Found} found @param {[number, number]} at @param {Theme} theme */
  show({ step, run, facts, spot, line }, [x, y], theme) {
    const keyed = run ? `${run.slot} ${theme.dark}` : "";
    if (run && keyed !== this.keyed) drawKey(this.key, run.slot, theme);
    this.keyed = keyed || this.keyed;
    this.key.hidden = !run;
    put(this.name, run ? run.name : "");
    put(this.when, `step ${step}`);
    put(this.facts, facts.join("\n"));
    if (spot) this.ring.style.transform = `translate(${spot[0]}px, ${spot[1]}px)`;
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

/** @param {number} x @param {number} y */
export function position(x, y) {
  return Number.isFinite(x + y) ? minus(`(${written(x)}, ${written(y)})`) : "overflow";
}

/**
 * The step under the pointer and, of the runs that are shown, the one whose curve is nearest there.
 * @param {import("./curves.js").Curve} curve
 * @param {string} quantity what the curve shows
 * @param {() => Run[]} runs
 * @param {(slot: number) => number} strength
 * @returns {(x: number, y: number) => Found | null}
 */
export function onCurve(curve, quantity, runs, strength) {
  return (x, y) => {
    const { left, right, top, bottom } = curve.box;
    if (x < left - AWAY || x > right + AWAY || !curve.series.length) return null;
    const share = Math.min(1, Math.max(0, (x - left) / (right - left)));
    // A rate belongs to the step that it leads to, so that there is none at the last position.
    const step = Math.min(Math.round(share * curve.steps), curve.series[0].values.length - 1);
    const line = { x: curve.pixel(step, 1)[0], top, bottom };
    /** @type {import("./curves.js").Series | undefined} */ let nearest;
    let least = Infinity;
    for (const series of curve.series) {
      const value = series.values[step];
      if (!strength(series.slot) || !Number.isFinite(value)) continue;
      const away = Math.abs(curve.pixel(step, value)[1] - y);
      if (away < least) [nearest, least] = [series, away];
    }
    const run = runs().find(({ slot }) => slot === nearest?.slot);
    if (!nearest || !run) return { step, facts: [], line };
    const facts = [`${quantity} ${written(nearest.values[step])}`];
    if (quantity !== "loss") facts.push(`loss ${written(run.loss[step])}`);
    if (nearest.batch && step < nearest.batch.length) facts.push(`batch ${written(nearest.batch[step])}`);
    if (nearest.held) facts.push(`held out ${written(nearest.held[step])}`);
    const [, height] = curve.pixel(step, nearest.values[step]);
    return { step, run, facts, line, spot: height > top - 8 && height < bottom + 8 ? [line.x, height] : undefined };
  };
}

/**
 * The run and the step of the shown part of a path that passes under the pointer.
 * @param {import("./contour.js").Contour} contour
 * @param {(slot: number) => number} strength
 * @returns {(x: number, y: number) => Found | null}
 */
export function onPath(contour, strength) {
  return (x, y) => {
    if (!contour.scene || contour.held || !contour.place(x, y)) return null;
    /** @type {Run | undefined} */ let nearest;
    let least = REACH;
    let step = 0;
    for (const run of contour.order) {
      if (!strength(run.slot)) continue;
      let [px, py] = contour.pixel(run.xy[0], run.xy[1]);
      for (let i = 0; i <= contour.step; i++) {
        const [qx, qy] = contour.pixel(run.xy[2 * i], run.xy[2 * i + 1]);
        const { away, share } = toSegment(x, y, px, py, qx, qy);
        // Of several that are as near the one on top, and its latest step.
        if (away <= least) [nearest, least, step] = [run, away, share < 0.5 ? Math.max(0, i - 1) : i];
        [px, py] = [qx, qy];
      }
    }
    if (!nearest) return null;
    const [u, v] = nearest.xy.subarray(2 * step, 2 * step + 2);
    return { step, run: nearest, facts: [`loss ${written(nearest.loss[step])}`, `at ${position(u, v)}`], spot: contour.pixel(u, v) };
  };
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
