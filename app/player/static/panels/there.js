// @ts-check
/** The run of a map's pixel in words and numbers, beside its picture. */

import { drawKey } from "../drawing/glyphs.js";
import { MARKS, NO_MARK } from "../drawing/marks.js";
import { rateText } from "../pointing/rate.js";
import { element, put } from "../page/dom.js";
import { latest } from "../wire/runs.js";
import { placeWords } from "../map/words.js";
import { written } from "../words/numbers.js";

export class There {
  /**
   * @param {HTMLElement} host
   * @param {import("./panel.js").Show} show
   * @param {import("./panel.js").Asks} asks
   */
  constructor(host, show, asks) {
    host.innerHTML = `
      <div class="rv-there-run"><canvas class="rv-key" aria-hidden="true"></canvas><b></b><span></span></div>
      <div class="rv-there-loss"><b></b><span></span><span></span></div>
      <p class="rv-there-said"></p>
      <div class="rv-there-foot"><span class="rv-chip"></span><button type="button" class="rv-button">To Playground</button></div>`;
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (host.querySelector(selector));
    this.show = show;
    this.key = /** @type {HTMLCanvasElement} */ (find("canvas"));
    this.name = find(".rv-there-run b");
    this.values = find(".rv-there-run span");
    this.loss = find(".rv-there-loss b");
    this.when = find(".rv-there-loss span");
    this.before = find(".rv-there-loss span:last-child");
    this.words = find(".rv-there-said");
    this.chip = find(".rv-chip");
    find("button").addEventListener("click", () => asks.request({ what: "play" }));
    this.told = "";
  }

  set() {
    const { scene, chart, theme } = this.show;
    const run = scene?.runs[0];
    if (!chart || !run) return;
    drawKey(this.key, run.slot, theme);
    put(this.name, run.short);
    this.name.title = run.name;
    // While the map is dragged over, the numbers under its crosshair say the rest.
    const at = chart.up.names || this.show.passing ? null : chart.at;
    put(this.values, chart.kind === "basins" ? "" : at ? placeWords(chart, ...at) : `η ${rateText(run.lr)}`);
    put(this.before, `from ${written(run.loss[0])} at the start`);
  }

  /** @param {number} at */
  draw(at) {
    const { scene, chart } = this.show;
    const run = scene?.runs[0];
    if (!chart || !run) return;
    const step = Math.min(at, scene.steps);
    put(this.loss, written(run.loss[step]));
    put(this.when, `loss at step ${step}`);
    const news = latest(run, step);
    const told = news ? `${news.at} ${news.text}` : "";
    if (told === this.told) return;
    this.told = told;
    this.chip.className = `rv-chip ${news ? `rv-${news.tone}` : "rv-none"}`;
    put(this.words, news ? `${run.name} ${news.sentence}.` : "");
    if (!news) return this.chip.replaceChildren();
    this.chip.dataset.kind = news.kind;
    this.chip.innerHTML = MARKS[news.kind] || NO_MARK;
    this.chip.append(element("span", "rv-chip-text", news.text));
  }

  destroy() {}
}
