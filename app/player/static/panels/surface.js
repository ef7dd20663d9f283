// @ts-check
/** The surface in three dimensions, with the trails on it. */

import { Surface3D } from "../drawing/surface3d.js";
import { element, put } from "../page/dom.js";
import { steerCamera } from "../pointing/steer.js";
import { fieldOf } from "../wire/decode.js";
import { OtherVersion, loadPlotly } from "../wire/server.js";

export class Surface {
  /**
   * @param {HTMLElement} host
   * @param {import("./panel.js").Show} show
   * @param {import("./panel.js").Asks} asks
   */
  constructor(host, show, asks) {
    host.innerHTML = `<header><h3>3-D</h3><span class="rv-hint"></span></header><div class="rv-plot" tabindex="0" role="application"></div>`;
    this.show = show;
    this.asks = asks;
    this.plot = /** @type {HTMLElement} */ (host.querySelector(".rv-plot"));
    this.hint = /** @type {HTMLElement} */ (host.querySelector(".rv-hint"));
    this.surface = new Surface3D(this.plot, () => loadPlotly("The 3-D picture could not be loaded"));
    this.surface.taken = () => overlaps(this.plot, host.querySelectorAll("header > *"));
    this.field = this.name = "";
    this.inSight = false;
    /** What is said until there is a picture. */ this.word = element("p", "rv-coming", "Loading…");
    /** Whether there is something new that nobody has looked at. */ this.due = false;
    this.step = 0;
    steerCamera(this.plot, this.surface);
    this.watcher = new ResizeObserver(() => {
      this.measure();
      if (!this.inSight) return;
      if (this.due && this.show.scene) this.set();
      this.surface.scale = this.show.scale;
      this.surface.resize();
      this.draw(this.step);
    });
    this.watcher.observe(this.plot);
  }

  async set() {
    const { scene, theme, scale } = this.show;
    // What nobody looks at is not set up: it takes a context of the graphics, and a second.
    this.measure();
    this.due = !this.inSight;
    put(this.hint, scene.height);
    if (this.due) return;
    if (!this.drawn && !this.word.isConnected) this.plot.append(this.word);
    this.surface.scale = scale;
    // A start outside the window is in the picture; a closer look is the contour's own.
    const outside = !scene.viewed && String(scene.view) !== String(scene.window);
    const field = await fieldOf(scene, outside ? scene.view : undefined);
    // The answer to an older question comes too late.
    if (this.show.scene !== scene) return;
    this.runs();
    // From where the viewer turned one surface to says nothing of another.
    if (this.name !== scene.name) this.surface.whole();
    this.name = scene.name;
    this.surface.home = scene.camera;
    this.surface.setMarks({ start: scene.start, minima: scene.minima });
    const signature = `${scene.field} ${outside ? scene.view : ""} ${theme.dark}`;
    if (signature === this.field) return;
    this.field = signature;
    // For the first picture nobody waits.
    const drawing = this.paint(field, theme, signature);
    if (this.drawn) await drawing;
  }

  /** Whether there was a picture already. */
  get drawn() {
    return Boolean(this.plot.dataset.painted);
  }

  /**
   * Draw the surface, the first time not before the other pictures are on the screen.
   * @param {import("../wire/decode.js").Field} field
   * @param {import("../drawing/theme.js").Theme} theme
   * @param {string} signature
   */
  async paint(field, theme, signature) {
    await this.asks.seen;
    try {
      await this.surface.setField(field, theme);
      if (this.field === signature) this.word.remove();
    } catch (error) {
      if (this.drawn) throw error;
      if (this.field === signature) this.fail(/** @type {Error} */ (error), () => this.paint(field, theme, signature));
    }
  }

  /** Say that there is no picture, and offer to try again where that may help. @param {Error} error @param {() => void} again */
  fail(error, again) {
    const button = element("button", "rv-button", "Try again");
    button.addEventListener("click", () => {
      put(this.word, "Loading…");
      this.plot.focus({ preventScroll: true });
      again();
    });
    this.word.setAttribute("role", "status");
    this.word.replaceChildren(error.message, ...(error instanceof OtherVersion ? [] : [" ", button]));
  }

  /** Other runs are hidden than before. */
  runs() {
    const { order, strength, theme } = this.show;
    this.seen = order.map((run) => strength(run.slot)).join();
    this.surface.setRuns(order.map((run) => ({ ...run, hidden: !strength(run.slot) })), theme);
  }

  measure() {
    this.inSight = this.plot.clientWidth > 0;
  }

  /** @param {number} step */
  draw(step) {
    this.step = step;
    const { scene, order, strength } = this.show;
    if (!scene || !this.inSight) return;
    if (this.seen !== order.map((run) => strength(run.slot)).join()) this.runs();
    this.surface.draw(Math.min(step, scene.steps));
    this.plot.dataset.step = String(step);
  }

  describe() {
    const { scene } = this.show;
    const name = scene.title ? `${scene.title}, ${scene.name}` : scene.name;
    this.plot.setAttribute("aria-label", `Surface of ${name} in three dimensions, ${scene.height}. Shift with the arrow keys turns it, 0 turns it back, Escape gives the wheel to the page.`);
  }

  destroy() {
    this.watcher.disconnect();
    this.surface.destroy();
  }
}

/** Where other things lie over a place, in its pixels. @param {HTMLElement} place @param {NodeListOf<Element>} others */
function overlaps(place, others) {
  const at = place.getBoundingClientRect();
  return [...others].map((other) => other.getBoundingClientRect()).filter((box) => box.width && box.bottom > at.top && box.top < at.bottom)
    .map(({ left, right, top, bottom }) => ({ left: left - at.left, right: right - at.left, top: top - at.top, bottom: bottom - at.top }));
}
