// @ts-check
/** Looking closer at a part of the plane, or at more of it: by wheel, pinch, keys and buttons. It is a view, and changes no run. */

import { ICONS } from "../drawing/icons.js";
import { element } from "../page/dom.js";
import { fieldOf } from "../wire/decode.js";
import { minus, written } from "../words/numbers.js";

/** @typedef {import("../wire/decode.js").Window} Window */
/** @typedef {import("../wire/decode.js").SceneData} SceneData */

/** How much closer a press looks, and a pixel of the wheel. */
const PRESS = 1.5;
const WHEEL = 0.0015;
/** Milliseconds of rest after which heights are asked for, and after which the link is told. */
const REST = 180;
const TOLD = 420;
/**
 * A view is at most so many times farther than the window, and no coordinate in it larger than a start may be. It is at least
 * so wide, as a share of its coordinates or around 0: positions are single floats.
 */
const FARTHEST = 64;
const LARGEST = 1e6;
const [NARROWEST_SHARE, NARROWEST] = [1.01e-4, 1.01e-6];
/** A press of an arrow moves by that share of the picture. */
const SHARE = 0.1;

export class Zoom {
  /** @param {import("../panels/contour.js").Contour} contour @param {import("../panels/panel.js").Asks} asks */
  constructor(contour, asks) {
    this.contour = contour;
    this.asks = asks;
    /** What the viewer looks at, before the link says so. @type {Window | null} */ this.look = null;
    /** @type {Map<number, [number, number]>} where fingers are, or the mouse that pans */ this.fingers = new Map();
    this.seen = this.name = "";
    this.viewed = false;
    const { canvas, host } = contour;
    this.buttons = element("div", "rv-looks", "");
    for (const [icon, words, act] of /** @type {[string, string, () => void][]} */ ([
      [ICONS.plus, "Look closer", () => this.by(PRESS)],
      [ICONS.minus, "Look from farther away", () => this.by(1 / PRESS)],
      [ICONS.whole, "See the whole", () => this.whole()],
    ])) {
      const button = /** @type {HTMLButtonElement} */ (element("button", "rv-look", ""));
      button.type = "button";
      button.innerHTML = icon;
      button.title = words;
      button.setAttribute("aria-label", words);
      button.addEventListener("click", act);
      this.buttons.append(button);
    }
    host.append(this.buttons);
    canvas.addEventListener("wheel", (event) => {
      // It scrolls the page until the picture is asked for: by Ctrl, or by a click or Tab into it.
      if (!event.ctrlKey && document.activeElement !== canvas) return;
      event.preventDefault();
      this.by(Math.exp(-event.deltaY * (event.deltaMode ? 24 : 1) * WHEEL), [event.offsetX, event.offsetY]);
    }, { passive: false });
    // Or the middle button would scroll by itself.
    canvas.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault());
    canvas.addEventListener("keydown", (event) => this.key(event));
    this.listen(canvas);
  }

  /** Whether fingers or the mouse move the view, and not the start. */
  get busy() {
    return this.fingers.size > 1 || this.panning === true;
  }

  /** @param {HTMLCanvasElement} canvas */
  listen(canvas) {
    const where = (/** @type {PointerEvent} */ event) => /** @type {[number, number]} */ ([event.offsetX, event.offsetY]);
    canvas.addEventListener("pointerdown", (event) => {
      const pans = event.button === 1 || (event.button === 0 && event.shiftKey);
      if (event.pointerType !== "touch" && !pans) return;
      if (pans) event.preventDefault();
      this.panning = pans;
      this.fingers.set(event.pointerId, where(event));
      canvas.setPointerCapture(event.pointerId);
    }, true);
    canvas.addEventListener("pointermove", (event) => {
      const before = this.fingers.get(event.pointerId);
      if (!before) return;
      const now = where(event);
      if (this.panning) this.move(now[0] - before[0], now[1] - before[1]);
      else if (this.fingers.size === 2) {
        const [other] = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
        const spread = (/** @type {[number, number]} */ at) => Math.hypot(at[0] - other[0], at[1] - other[1]) || 1;
        this.move((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
        this.by(spread(now) / spread(before), [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
      }
      this.fingers.set(event.pointerId, now);
    }, true);
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => {
      this.fingers.delete(/** @type {PointerEvent} */ (event).pointerId);
      if (!this.fingers.size) setTimeout(() => (this.panning = false), 0);
    });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey) return;
    /** @type {Record<string, () => void>} */
    const keys = { z: () => this.by(event.shiftKey ? 1 / PRESS : PRESS), 0: () => this.whole() };
    const { left, right, top, bottom } = this.contour.box;
    const [w, h] = [SHARE * (right - left), SHARE * (bottom - top)];
    /** @type {Record<string, () => void>} */
    const arrows = { ArrowLeft: () => this.move(w, 0), ArrowRight: () => this.move(-w, 0), ArrowUp: () => this.move(0, h), ArrowDown: () => this.move(0, -h) };
    const way = event.altKey ? arrows[event.key] : keys[event.key.toLowerCase()];
    if (!way) return;
    event.preventDefault();
    way();
  }

  /**
   * A new message: it has the view that the link says. What is to be seen now: that, unless the viewer is on the way to another.
   * @param {SceneData} scene
   */
  set(scene) {
    // Another surface is seen from where it is seen.
    if (this.name !== scene.name) this.rest();
    const seen = `${scene.name} ${scene.view} ${scene.viewed}`;
    this.fresh = this.seen !== seen && !this.waiting && !this.telling;
    Object.assign(this, { name: scene.name, viewed: scene.viewed, seen });
    return (!this.fresh && this.look) || scene.view;
  }

  /** The message's own view is painted: what was ahead of it is no longer needed. */
  settle() {
    if (this.fresh) this.look = null;
    this.fresh = false;
    this.mark();
  }

  /** Whether there is a way back to the whole. */
  mark() {
    this.contour.host.dataset.viewed = String(Boolean(this.viewed || this.look));
  }

  /** Look closer by a factor, about a place on the screen. @param {number} factor @param {[number, number]} [at] */
  by(factor, at) {
    const { left, right, top, bottom } = this.contour.box;
    const [px, py] = at || [(left + right) / 2, (top + bottom) / 2];
    const shares = [(px - left) / (right - left), (bottom - py) / (bottom - top)];
    this.show(/** @type {Window} */ (this.contour.window.map(([low, high], k) => {
      const centre = low + shares[k] * (high - low);
      return [centre - (centre - low) / factor, centre + (high - centre) / factor];
    })));
  }

  /** @param {number} dx pixels @param {number} dy */
  move(dx, dy) {
    const { contour } = this;
    const { left, right, top, bottom } = contour.box;
    const by = [-dx / (right - left), dy / (bottom - top)];
    this.show(/** @type {Window} */ (contour.window.map(([low, high], k) => [low + by[k] * (high - low), high + by[k] * (high - low)])));
  }

  /** What is seen where nobody has chosen a part. */
  whole() {
    const { scene } = this.contour;
    if (!scene || !(this.viewed || this.look)) return;
    this.rest();
    // The link's own whole is the server's to say: it takes in a start outside the window.
    this.look = this.viewed ? scene.window : null;
    this.fetch(this.viewed ? scene.window : scene.view);
    this.asks.view(null);
  }

  /** @param {Window} view */
  show(view) {
    const whole = this.contour.scene?.window;
    if (!whole) return;
    // No finer than can be told apart: these numbers stand in the link.
    const digits = Math.max(0, Math.min(12, 3 - Math.floor(Math.log10(view[0][1] - view[0][0]))));
    const look = /** @type {Window} */ (view.map((ends) => ends.map((end) => Number(end.toFixed(digits)))));
    if (!allowed(look, this.contour.window, whole)) return;
    this.look = look;
    this.mark();
    // At once from the heights at hand.
    if (!this.frame) this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.contour.repaint();
    });
    this.rest();
    this.waiting = window.setTimeout(() => {
      this.waiting = 0;
      this.fetch(look);
    }, REST);
    this.telling = window.setTimeout(() => {
      this.telling = 0;
      this.asks.view(/** @type {[number, number, number, number]} */ (look.flat()));
      const [x, y] = look.map(([low, high]) => minus(`${written(low)} to ${written(high)}`));
      this.asks.say(`The contour shows ${this.contour.scene?.axes[0]} from ${x}, ${this.contour.scene?.axes[1]} from ${y}.`);
    }, TOLD);
  }

  /** Nothing is waited for any more. */
  rest() {
    clearTimeout(this.waiting);
    clearTimeout(this.telling);
    this.waiting = this.telling = 0;
  }

  /** The heights of what is looked at. @param {Window} view */
  async fetch(view) {
    const { contour, look } = this;
    const { scene } = contour;
    if (!scene) return;
    try {
      const field = await heightsOf(scene, view);
      if (this.look !== look || contour.scene !== scene) return;
      contour.field = field;
    } catch (error) {
      this.asks.tell(/** @type {Error} */ (error).message);
    }
    await contour.repaint();
  }

  destroy() {
    this.rest();
    cancelAnimationFrame(this.frame || 0);
  }
}

/** The heights of a scene over a view of it, which are those of its window where it is that. @param {SceneData} scene @param {Window} view */
export function heightsOf(scene, view) {
  return fieldOf(scene, String(view) === String(scene.window) ? undefined : view);
}

/** Whether there is anything to be seen in a view, or more than in that before it. @param {Window} view @param {Window} before @param {Window} whole */
export function allowed(view, before, whole) {
  return view.every(([low, high], k) => {
    const [size, was, all] = [[low, high], before[k], whole[k]].map((ends) => ends[1] - ends[0]);
    const large = Math.max(Math.abs(low), Math.abs(high));
    return (size >= Math.max(NARROWEST, NARROWEST_SHARE * large) || size > was) && (size <= FARTHEST * all || size <= was) && large <= LARGEST;
  });
}
