// @ts-check
/**
 * A part of the plane: the loss and its axes are drawn once, a canvas over them holds all that moves. A loss of x alone is drawn
 * as a curve, and a place of the plane is where that is at its x.
 */

import { contextOf, fit, widthOf } from "./canvas.js";
import { axisMarks } from "./curve.js";
import { drawHeights } from "./heights.js";
import { drawLine, heightOver, spanOf } from "./line.js";

/** Pixels for the axes; that above has room for half a number, that on the left grows with the numbers. */
const MARGIN = { left: 44, right: 12, top: 10, bottom: 34 };
/** Pixels from a number on the left to the picture, and from the picture to the middle of those beneath it. */
const TICK = 10;
const BENEATH = 18;
/** Numbers beneath the picture are so many pixels apart, at least. */
const BETWEEN = 10;
/** An axis has at most so many numbers, of that size. */
const NUMBERS = 5;
const DIGITS = 15;
/** Without axes. */
const BARE = { left: 1, right: 1, top: 1, bottom: 1 };
/** Heights that cover no more of the picture's width than this are not drawn. */
const SPECK = 0.02;
/** How many times longer than the other an axis is that has a scale of its own. */
const UNEVEN = 5;
/** Pictures in which a contour turns from raw to normalized features. */
const FRAMES = 20;
const SVG = "http://www.w3.org/2000/svg";

/** @typedef {import("./theme.js").Theme} Theme */
/** @typedef {import("../wire/decode.js").SceneData} SceneData */
/** @typedef {import("../wire/decode.js").Field} Field */
/** @typedef {{scene: SceneData, field: Field, frame: string}} Shown  what is shown, and theme and size */

/**
 * The sides of a picture: both axes are on one scale, unless one is so much longer that little more than a line would be seen.
 * @param {number} width @param {number} height what there is room for @param {number} x @param {number} y how long the axes are
 * @returns {[number, number]}
 */
export function sidesOf(width, height, x, y) {
  if (Math.max(x, y) > UNEVEN * Math.min(x, y)) return [width, height];
  const scale = Math.min(width / x, height / y);
  return [scale * x, scale * y];
}

export class Plane {
  /**
   * @param {HTMLElement} host a positioned element that the picture fills
   * @param {{scale: number}} text how much larger than usual it is
   */
  constructor(host, text) {
    this.host = host;
    this.text = text;
    this.ground = document.createElement("div");
    this.ground.className = "rv-ground";
    // The canvas over it has the words for both.
    this.ground.setAttribute("aria-hidden", "true");
    this.heights = document.createElement("canvas");
    this.rulers = document.createElementNS(SVG, "svg");
    this.ground.append(this.heights, this.rulers);
    this.canvas = document.createElement("canvas");
    this.canvas.className = "rv-over";
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    host.append(this.ground, this.canvas);
    /** @type {SceneData | null} */ this.scene = null;
    /** @type {Theme | null} */ this.theme = null;
    /** @type {Field | null} */ this.field = null;
    /** Of a curve the losses that are shown. @type {[number, number] | null} */ this.span = null;
    /** Whether there is no room for axes. */
    this.bare = false;
    this.drawn = "";
    /** @type {Shown | null} */ this.shown = null;
    this.box = { left: 0, top: 0, right: 1, bottom: 1 };
    this.width = 0;
    this.height = 0;
    this.gone = false;
  }

  /**
   * Draw the loss, if it, the theme or the size is new.
   * @param {SceneData} scene
   * @param {Field} field
   * @param {Theme} theme
   */
  async setField(scene, field, theme) {
    this.scene = scene;
    this.theme = theme;
    this.field = field;
    await this.paint();
  }

  async paint() {
    const { scene, theme, field, host } = this;
    const width = host.clientWidth;
    const height = host.clientHeight;
    if (this.gone || !scene || !theme || !field || width < 60 || height < 60) return;
    const { window } = this;
    this.span = scene.line ? spanOf(field, window[0]) : null;
    const [[x0, x1], [y0, y1]] = this.frame;
    const measure = contextOf(this.canvas);
    measure.font = `${DIGITS * this.scale}px ${theme.font}`;
    const wide = (/** @type {string} */ words) => widthOf(measure, words);
    const ys = axisMarks(y0, y1, NUMBERS);
    // Far in, the numbers have many digits, and each is to be seen whole.
    const widest = Math.max(0, ...ys.map(([, words]) => wide(words))) + TICK + 2;
    const margin = this.bare ? BARE : { ...MARGIN, left: Math.max(this.scale * MARGIN.left, widest), bottom: this.scale * MARGIN.bottom };
    const room = { w: width - margin.left - margin.right, h: height - margin.top - margin.bottom };
    // Losses are no lengths: a curve takes all the room.
    const [w, h] = scene.line ? [room.w, room.h] : sidesOf(room.w, room.h, x1 - x0, y1 - y0);
    const left = margin.left + (room.w - w) / 2;
    const top = margin.top + (room.h - h) / 2;
    this.box = { left, top, right: left + w, bottom: top + h };

    const signature = [scene.field, field.x[0], field.x[field.x.length - 1], field.y[0], window, this.span, theme.dark, width, height, this.scale, this.bare].join();
    if (signature === this.drawn) return;
    this.drawn = signature;
    const before = this.shown;
    this.shown = { scene, field, frame: [theme.dark, width, height, this.scale].join() };
    const xs = fitting(x0, x1, w, wide).filter(([x, words]) => {
      const at = left + ((x - x0) / (x1 - x0)) * w;
      return at - wide(words) / 2 >= 0 && at + wide(words) / 2 <= width;
    });
    /** @param {Field} one @param {import("../wire/decode.js").Window} window */
    const show = (one, window) => {
      const ctx = fit(this.heights, width, height);
      // Seen from so far away that the heights at hand are next to nothing, they wait for others.
      if (scene.line) drawLine(ctx, one, (x) => this.pixel(x, 0), this.box, theme);
      else if (one.x[one.x.length - 1] - one.x[0] >= SPECK * (window[0][1] - window[0][0])) {
        drawHeights(ctx, one, window, this.box, { ramp: this.scale > 1 ? theme.walls : theme.ramp, line: theme.contour });
      }
      this.ground.dataset.frame = JSON.stringify({ left, top, width: w, height: h, x: window[0], y: window[1], of: [width, height] });
    };
    this.rule(this.bare ? [] : xs, this.bare ? [] : ys, wide);
    if (before && turns(before, this.shown)) {
      for (let k = 1; k < FRAMES; k++) {
        const share = k / FRAMES;
        show(blended(before.field, field, share), /** @type {import("../wire/decode.js").Window} */ (window.map(([low, high], i) => {
          const [a, b] = before.scene.window[i];
          return [a + share * (low - a), b + share * (high - b)];
        })));
        // Something newer is to be shown.
        if (this.gone || this.drawn !== signature) return;
        host.dataset.turned = String(Number(host.dataset.turned || 0) + 1);
        await new Promise(requestAnimationFrame);
      }
    }
    show(field, window);
    host.dataset.painted = String(Number(host.dataset.painted || 0) + 1);
  }

  get scale() {
    return this.text.scale;
  }

  /** What part of the plane is shown. @returns {import("../wire/decode.js").Window} */
  get window() {
    return /** @type {SceneData} */ (this.scene).window;
  }

  /** What the axes show: of a curve x and the loss. @returns {import("../wire/decode.js").Window} */
  get frame() {
    return this.span ? [this.window[0], this.span] : this.window;
  }

  /**
   * Mark both axes, and name them: each at its end or else between its last two numbers, where there is room.
   * @param {[number, string][]} xs
   * @param {[number, string][]} ys
   * @param {(words: string) => number} wide
   */
  rule(xs, ys, wide) {
    const { box, scale, rulers } = this;
    const { axes, line: curve } = /** @type {SceneData} */ (this.scene);
    const [x, y] = curve ? [axes[0], "loss"] : axes;
    const theme = /** @type {Theme} */ (this.theme);
    const free = (/** @type {{at: number, half: number}[]} */ taken, /** @type {number} */ half, /** @type {number[]} */ places) =>
      places.find((place) => taken.every(({ at, half: own }) => Math.abs(at - place) >= own + half + 4));
    const across = xs.map(([value, words]) => ({ at: this.pixel(value, 0)[0], half: wide(words) / 2, words }));
    const along = ys.map(([value, words]) => ({ at: this.down(value), half: 0.6 * DIGITS * scale, words }));
    const between = (/** @type {{at: number}[]} */ marks) => marks.slice(-2).reduce((sum, { at }) => sum + at / Math.min(2, marks.length), 0);
    const px = free(across, wide(x) / 2, [box.right - wide(x) / 2, ...(xs.length > 1 ? [between(across)] : [])]);
    const py = free(along, 0.6 * DIGITS * scale, [box.top + 0.5 * DIGITS * scale, ...(ys.length > 1 ? [between(along)] : [])]);
    const [line, start] = [box.bottom + BENEATH * scale, box.left - TICK];
    rulers.setAttribute("style", `fill: ${theme.muted}; stroke: none; font: ${DIGITS * scale}px ${theme.font}`);
    const part = (/** @type {string} */ tag, /** @type {Record<string, string | number>} */ is, words = "") => {
      const made = document.createElementNS(SVG, tag);
      for (const [name, value] of Object.entries(is)) made.setAttribute(name, String(value));
      made.textContent = words;
      return made;
    };
    const beneath = (/** @type {string} */ name, /** @type {string} */ words, /** @type {number} */ at) =>
      part("text", { class: name, x: at, y: line, "text-anchor": "middle", "dominant-baseline": "central" }, words);
    const beside = (/** @type {string} */ name, /** @type {string} */ words, /** @type {number} */ at) =>
      part("text", { class: name, x: start, y: at, "text-anchor": "end", "dominant-baseline": "central" }, words);
    const tick = (/** @type {string} */ way) => part("path", { d: way, style: `stroke: ${theme.text}` });
    rulers.replaceChildren(
      ...across.flatMap(({ at, words }) => [tick(`M${at} ${box.bottom}v6`), beneath("rv-x", words, at)]),
      ...along.flatMap(({ at, words }) => [tick(`M${box.left} ${at}h-6`), beside("rv-y", words, at)]),
      ...(px === undefined || !xs.length ? [] : [beneath("rv-axis", x, px)]),
      ...(py === undefined || !ys.length || wide(y) > box.left - TICK ? [] : [beside("rv-axis", y, py)]),
    );
  }

  /** Take over the panel's size: once a picture, before anything is written, because each look at it lays the page out. */
  measure() {
    this.width = this.host.clientWidth;
    this.height = this.host.clientHeight;
  }

  /** @param {number} x @param {number} y @returns {[number, number]} */
  pixel(x, y) {
    const [[x0, x1]] = this.frame;
    const { left, right } = this.box;
    return [left + ((x - x0) / (x1 - x0)) * (right - left), this.down(this.span && this.field ? heightOver(this.field, x) : y)];
  }

  /** Where a number of the upright axis is. @param {number} v */
  down(v) {
    const [, [low, high]] = this.frame;
    const { top, bottom } = this.box;
    return bottom - ((v - low) / (high - low)) * (bottom - top);
  }

  /** @param {number} px @param {number} py @returns {[number, number] | null} */
  place(px, py) {
    const { left, right, top, bottom } = this.box;
    if (!this.scene || px < left || px > right || py < top || py > bottom) return null;
    const [[x0, x1], [y0, y1]] = this.window;
    const x = x0 + ((px - left) / (right - left)) * (x1 - x0);
    // Along a curve there is no y to choose.
    const y = this.scene.line ? this.scene.start[1] : y0 + ((bottom - py) / (bottom - top)) * (y1 - y0);
    // No finer than a pixel: the numbers stand in the link.
    const digits = Math.max(0, Math.ceil(-Math.log10((x1 - x0) / (right - left))));
    return [Number(x.toFixed(digits)), Number(y.toFixed(digits))];
  }

  /** @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y */
  minimum(ctx, x, y) {
    const theme = /** @type {Theme} */ (this.theme);
    ctx.strokeStyle = theme.text;
    ctx.lineWidth = 1.6;
    ctx.beginPath();
    ctx.moveTo(x - 6, y); ctx.lineTo(x + 6, y); ctx.moveTo(x, y - 6); ctx.lineTo(x, y + 6);
    ctx.stroke();
  }

  destroy() {
    this.gone = true;
  }
}

/**
 * Round numbers along the lower edge, as many as stand apart from one another.
 * @param {number} low
 * @param {number} high
 * @param {number} room pixels
 * @param {(words: string) => number} wide
 */
function fitting(low, high, room, wide) {
  for (let most = NUMBERS; most > 1; most--) {
    const marks = axisMarks(low, high, most);
    const apart = marks.length > 1 ? ((marks[1][0] - marks[0][0]) / (high - low)) * room : room;
    if (Math.max(0, ...marks.map(([, words]) => wide(words))) + BETWEEN <= apart) return marks;
  }
  return axisMarks(low, high, 1).slice(0, 1);
}

/** Whether a change is of the features' normalization alone, which is worth seeing happen. @param {Shown} before @param {Shown} now */
function turns(before, now) {
  return before.scene.name === now.scene.name && before.scene.normalization !== now.scene.normalization
    && before.frame === now.frame && before.field.z.length === now.field.z.length
    && !matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** A picture between two: no real loss, only the way from one to the other. @param {Field} a @param {Field} b @param {number} share @returns {Field} */
function blended(a, b, share) {
  const mix = (/** @type {Float32Array} */ from, /** @type {Float32Array} */ to) => from.map((v, i) => v + share * (to[i] - v));
  return { ...b, x: mix(a.x, b.x), y: mix(a.y, b.y), z: mix(a.z, b.z) };
}
