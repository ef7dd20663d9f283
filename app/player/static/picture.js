// @ts-check
/** One scene on the page: its title and its pictures, of which some are in view. It is told the step; it knows no clock. */

import { ICONS } from "./drawing/icons.js";
import { element, put } from "./page/dom.js";
import { Value } from "./page/value.js";
import { NAMES, PICTURES } from "./panels/index.js";

/** @typedef {keyof typeof PICTURES} Kind */
/** @typedef {import("./panels/panel.js").Show} Show */

/** Pixels that a press may move and still be a click. */
const CLICK = 4;
const KINDS = /** @type {Kind[]} */ (Object.keys(PICTURES));

export class Picture {
  /**
   * @param {HTMLElement} host
   * @param {Show} show
   * @param {import("./panels/panel.js").Asks} asks
   * @param {{choose: (kind: Kind, place: "main" | "second") => void, swap: () => void}} views
   */
  constructor(host, show, asks, views) {
    this.host = host;
    this.show = show;
    host.className = "rv-scene";
    host.innerHTML = `<div class="rv-title"><div><span class="rv-differs"></span><h2></h2></div><div><p></p><span class="rv-axes"></span></div></div>`;
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (host.querySelector(selector));
    this.differs = find(".rv-differs");
    this.value = new Value(find("h2"), (value) => asks.request({ what: "side", scene: show.index, value }));
    this.remark = find("p");
    this.axes = find(".rv-axes");
    this.chooser = choice("The picture", (kind) => views.choose(kind, "main"));
    find("h2").after(this.chooser.host);
    /** @type {{kind: Kind, chooser: ReturnType<typeof choice>}[]} in the head of each picture */ this.choosers = [];
    /** @type {Kind} */ this.main = "contour";
    /** @type {import("./panels/panel.js").Panel[]} */
    this.panels = KINDS.map((kind) => {
      const section = element("section", `rv-panel rv-picture rv-${kind}`, "");
      host.append(section);
      const panel = new PICTURES[kind](section, show, asks);
      const header = /** @type {HTMLElement} */ (section.querySelector("header"));
      const chooser = choice("The picture here", (other) => views.choose(other, this.main === kind ? "main" : "second"));
      const swap = /** @type {HTMLButtonElement} */ (element("button", "rv-quiet rv-swap", ""));
      swap.type = "button";
      swap.innerHTML = ICONS.swap;
      swap.title = "Change places with the large picture";
      swap.setAttribute("aria-label", swap.title);
      swap.addEventListener("click", views.swap);
      header.append(chooser.host, swap);
      this.choosers.push({ kind, chooser });
      clicked(section, () => this.second === kind && views.swap());
      return panel;
    });
    this.second = /** @type {Kind | ""} */ ("");
    this.watcher = new ResizeObserver(() => this.fit());
    this.watcher.observe(host);
  }

  /** A title that is long has the room of what is said elsewhere as well, and smaller letters before any is cut. */
  fit() {
    const title = /** @type {HTMLElement} */ (this.host.querySelector("h2"));
    const over = (/** @type {HTMLElement} */ place) => [place, ...place.querySelectorAll("span")].some((part) => part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0);
    for (const [place, beside, least] of /** @type {[HTMLElement, HTMLElement, number][]} */ ([[title, this.differs, 15], [this.remark, this.axes, 14]])) {
      beside.style.display = place.style.fontSize = "";
      if (over(place)) beside.style.display = "none";
      for (let size = parseFloat(getComputedStyle(place).fontSize) - 1; size >= least && over(place); size--) place.style.fontSize = `${size}px`;
    }
  }

  /**
   * Which pictures are in view, and where.
   * @param {Kind} main
   * @param {Kind | ""} second empty where there is none
   * @param {boolean} full whether the screen is filled
   */
  view(main, second, full) {
    Object.assign(this, { main, second });
    const known = KINDS.filter((kind) => kind !== "data" || this.show.scene?.data);
    this.chooser.set(known, main);
    for (const { kind, chooser } of this.choosers) {
      if (kind === main) chooser.set(full ? known : [], main);
      else chooser.set(known.filter((other) => other !== main), second);
    }
  }

  async set() {
    const { scene, differs, index } = this.show;
    put(this.differs, differs ? differs.name.toLowerCase() : "");
    this.value.set(scene.title || scene.name, differs ? differs.sides[index] : null);
    put(this.remark, scene.short || scene.sentence);
    this.remark.title = scene.short || "";
    this.fit();
    put(this.axes, scene.axes.join(", "));
    await Promise.all(this.panels.map((panel) => panel.set()));
  }

  measure() {
    for (const panel of this.panels) panel.measure?.();
  }

  /** @param {number} step */
  draw(step) {
    for (const panel of this.panels) panel.draw(step);
  }

  /** @param {number} step */
  describe(step) {
    for (const panel of this.panels) panel.describe?.(step);
  }

  /** @param {"start" | "foot"} where @param {{width: number, height: number}} size */
  spots(where, size) {
    return this.panels.flatMap((panel) => panel.spots?.(where, size) || []);
  }

  destroy() {
    this.watcher.disconnect();
    for (const panel of this.panels) panel.destroy();
    this.host.remove();
  }
}

/**
 * Buttons of which one is chosen.
 * @param {string} name
 * @param {(kind: Kind) => void} choose
 */
function choice(name, choose) {
  const host = element("span", "rv-choice", "");
  host.setAttribute("role", "group");
  host.setAttribute("aria-label", name);
  const buttons = KINDS.map((kind) => {
    const button = /** @type {HTMLButtonElement} */ (element("button", "", NAMES[kind]));
    button.type = "button";
    button.dataset.kind = kind;
    button.addEventListener("click", () => choose(kind));
    host.append(button);
    return button;
  });
  /** @param {Kind[]} offered @param {Kind | ""} chosen */
  const set = (offered, chosen) => {
    for (const button of buttons) {
      const kind = /** @type {Kind} */ (button.dataset.kind);
      button.hidden = !offered.includes(kind);
      button.setAttribute("aria-pressed", String(kind === chosen));
    }
    host.hidden = offered.length < 2;
  };
  return { host, set };
}

/** A click that is none of a drag, nor on a button. @param {HTMLElement} place @param {() => void} act */
function clicked(place, act) {
  /** @type {[number, number] | null} */ let at = null;
  place.addEventListener("pointerdown", (event) => {
    at = [event.clientX, event.clientY];
  }, true);
  place.addEventListener("click", (event) => {
    const still = at && Math.hypot(event.clientX - at[0], event.clientY - at[1]) <= CLICK;
    if (still && event.target instanceof Element && !event.target.closest("button")) act();
  });
}
