// @ts-check
/** The points that a model learns from, and what each run's model makes of them at this step. */

import { DataPicture } from "../drawing/data.js";
import { put } from "../page/dom.js";

export class Data {
  /**
   * @param {HTMLElement} host
   * @param {import("./panel.js").Show} show
   */
  constructor(host, show) {
    host.innerHTML = `<header><h3>Data</h3><span class="rv-hint"></span></header><div class="rv-plot"></div><p class="rv-about" hidden></p><button type="button" class="rv-ask" title="What these data are" aria-label="What these data are" aria-expanded="false">?</button>`;
    this.show = show;
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (host.querySelector(selector));
    this.plot = find(".rv-plot");
    this.reading = find(".rv-hint");
    this.about = find(".rv-about");
    this.ask = find(".rv-ask");
    this.ask.addEventListener("click", () => this.tell(this.about.hidden));
    this.onKey = (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && this.tell(false);
    document.addEventListener("keydown", this.onKey);
    this.picture = new DataPicture(this.plot);
    this.step = 0;
    this.watcher = new ResizeObserver(() => {
      this.measure();
      this.draw(this.step);
    });
    this.watcher.observe(this.plot);
  }

  set() {
    const { scene, order, theme, selected } = this.show;
    this.picture.set(/** @type {any} */ (scene), /** @type {any} */ (order), theme, selected);
  }

  /** What the data are lies over them while it is asked for. @param {boolean} shown */
  tell(shown) {
    this.about.hidden = !shown;
    this.ask.setAttribute("aria-expanded", String(shown));
  }

  measure() {
    this.picture.measure();
  }

  /** @param {number} step */
  draw(step) {
    this.step = step;
    const { scene, selected, strength, scale } = this.show;
    if (!scene?.data || !this.picture.width) return;
    this.picture.scale = scale;
    this.picture.selected = selected;
    const own = Math.min(step, scene.steps);
    const run = scene.runs.find((one) => one.slot === selected) || scene.runs[0];
    const reading = this.picture.draw(own, strength) || answersOf(run, own, scene.data);
    put(this.reading, reading);
    // Where there is no room for a title this is the only place that says it.
    put(this.about, [scene.data.about, reading && `${run.name}: ${reading}.`].filter(Boolean).join(" "));
    this.plot.dataset.step = String(step);
  }

  describe() {
    const { scene } = this.show;
    const name = scene.title ? `${scene.title}, ${scene.name}` : scene.name;
    this.picture.canvas.setAttribute("aria-label", `Data of ${name} and what the models make of them. ${this.reading.textContent} ${scene.data?.about || ""}`);
  }

  destroy() {
    this.watcher.disconnect();
    document.removeEventListener("keydown", this.onKey);
  }
}

/** How many points a classifier gets right. @param {import("../wire/decode.js").Run} run @param {number} step @param {any} data */
function answersOf(run, step, data) {
  if (!(run.right instanceof Float32Array)) return "";
  const held = data.held.length;
  const [train, other] = run.right.subarray(2 * step, 2 * step + 2);
  return `${train} of ${data.points.length - held} right${held ? `, ${other} of ${held} held out` : ""}`;
}
