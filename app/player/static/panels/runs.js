// @ts-check
/** The runs, a line each: the key as it is drawn, the name, the rate with its track, the loss at this step and the news. */

import { widthOf } from "../drawing/canvas.js";
import { drawKey } from "../drawing/glyphs.js";
import { ICONS } from "../drawing/icons.js";
import { MARKS, NO_MARK } from "../drawing/marks.js";
import { element, put } from "../page/dom.js";
import { Menu } from "../page/menu.js";
import { RateField, rateText } from "../pointing/rate.js";
import { everyRun, latest } from "../wire/runs.js";
import { minus, written } from "../words/numbers.js";

/** @typedef {import("../wire/decode.js").SceneData} SceneData */
/** @typedef {import("../wire/decode.js").Run} Run */
/** @typedef {import("../wire/decode.js").News} News */
/** @typedef {{loss: HTMLElement, chip: HTMLElement, scene: SceneData, run: Run, shown: string}} Told  what a line tells of a run in one scene */
/** @typedef {{slot: number, row: HTMLElement, pick: HTMLElement, eye: HTMLElement, rate: RateField, told: Told[], run: Run}} Line */

export const MOST = 8;
/** Pixels of a chip beside its words. */
const AROUND = 24;
/** Pixels that a phone's line has beside name and rate: the key, a chip of four digits, the longest loss, and what parts them. */
const BESIDES = 252;

export class Runs {
  /**
   * @param {HTMLElement} host
   * @param {import("./panel.js").Show} show
   * @param {import("./panel.js").Asks} asks
   */
  constructor(host, show, asks) {
    this.host = host;
    /** Measures text; it is never shown. */ this.ruler = document.createElement("canvas");
    this.show = show;
    this.asks = asks;
    host.innerHTML = `
      <header class="rv-runs-head"><span class="rv-of-left"></span><span class="rv-word-run">Run</span><span class="rv-word-rate">Rate η</span><span class="rv-word-limit"></span><span class="rv-word-loss">Loss</span><span class="rv-of-right"></span><button type="button" class="rv-differ"></button><button type="button" class="rv-add">${ICONS.plus}<span>Add run</span></button></header>
      <div class="rv-list"></div>`;
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (host.querySelector(selector));
    this.list = find(".rv-list");
    this.head = find(".rv-runs-head");
    this.limitWord = find(".rv-word-limit");
    this.titles = [find(".rv-of-left"), find(".rv-of-right")];
    this.add = /** @type {HTMLButtonElement} */ (find(".rv-add"));
    this.adds = new Menu(this.add, () => this.offers());
    this.differ = /** @type {HTMLButtonElement} */ (find(".rv-differ"));
    new Menu(this.differ, () => (this.show.differs?.options || []).map(([name, label]) => ({
      label, chosen: label === this.show.differs?.name, act: () => this.asks.request({ what: "differ", name }),
    })), "What differs");
    /** @type {Line[]} */ this.lines = [];
    this.step = 0;
    /** @type {string} */ this.of = "";
    this.room = new Map();
    this.watcher = new ResizeObserver(() => this.resized());
    this.watcher.observe(host);
  }

  set() {
    const { scenes, theme, selected } = this.show;
    const runs = everyRun(scenes);
    // Lines that stay are kept: whoever holds a rate or has the focus in a line must not lose it.
    const of = JSON.stringify([scenes.length, theme.dark, runs.map((run) => [run.slot, run.name, this.nameOf(run), run.rules, scenes.map((scene) => scene.runs.some(({ slot }) => slot === run.slot))])]);
    if (of !== this.of) this.build(runs);
    this.of = of;
    for (const line of this.lines) {
      line.run = /** @type {Run} */ (runs.find(({ slot }) => slot === line.slot));
      line.told.forEach((told) => {
        told.scene = scenes[Number(told.chip.dataset.scene)];
        told.run = /** @type {Run} */ (told.scene.runs.find(({ slot }) => slot === line.slot));
      });
      line.rate.set(line.run, this.show.passing);
      // What is asked for must not stand beside the question.
      line.row.hidden = Boolean(this.show.lesson?.before) && this.show.lesson?.rate !== null && this.show.lesson?.rate !== line.slot;
      line.rate.fix(this.show.lesson !== null && this.show.lesson.rate !== line.slot);
      line.row.dataset.selected = String(line.slot === selected);
      line.pick.setAttribute("aria-pressed", String(line.slot === selected));
    }
    // Room for the longest, so that none is cut and all stand in one column.
    const ctx = /** @type {CanvasRenderingContext2D} */ (this.ruler.getContext("2d"));
    ctx.font = `${16 * this.show.scale}px ${theme.font}`;
    const widest = Math.max(...runs.map((run) => widthOf(ctx, rateText(run.lr))));
    this.host.style.setProperty("--rv-rate-width", `${Math.max(62 * this.show.scale, Math.ceil(widest) + 18)}px`);
    put(this.limitWord, runs.some((run) => run.bound) ? "limit" : "");
    this.titles.forEach((title, i) => put(title, scenes.length > 1 ? scenes[i].title : ""));
    const { differs } = this.show;
    this.differ.hidden = !differs;
    this.differ.innerHTML = differs ? `differ in <b></b>${ICONS.unfold}` : "";
    if (differs) put(/** @type {HTMLElement} */ (this.differ.querySelector("b")), differs.name);
    const full = runs.length >= MOST;
    this.add.disabled = full;
    this.add.title = full ? "Eight runs at most. Remove one first." : "";
    this.add.setAttribute("aria-label", `Add run${full ? `. ${this.add.title}` : ""}`);
    this.resized();
  }

  /** What a run is called: a lesson has names of its own. @param {Run} run */
  nameOf(run) {
    return this.show.lesson?.names[run.slot] || run.short;
  }

  /** @param {Run[]} runs */
  build(runs) {
    const { scenes, theme } = this.show;
    for (const { rate } of this.lines) rate.destroy();
    this.lines = runs.map((run) => {
      const row = element("div", "rv-run", "");
      row.dataset.slot = String(run.slot);
      row.setAttribute("role", "group");
      row.setAttribute("aria-label", run.name);
      const pick = /** @type {HTMLButtonElement} */ (element("button", "rv-pick", ""));
      pick.type = "button";
      const key = document.createElement("canvas");
      key.className = "rv-key";
      key.setAttribute("aria-hidden", "true");
      drawKey(key, run.slot, theme);
      const name = element("span", "rv-name", this.nameOf(run));
      pick.append(key, name);
      const rules = run.rules.length ? ` under ${run.rules.join(", ")}` : "";
      if (run.rules.length) name.append(element("sup", "rv-ruled", `+${run.rules.length}`));
      pick.title = `${run.name}${rules}. Click: its settings and numbers. Double click: this run alone.`;
      pick.setAttribute("aria-label", `${run.name}${rules}`);
      const tools = element("span", "rv-tools", "");
      const eye = this.tool(ICONS.eye, () => this.asks.toggle(run.slot));
      const more = this.tool(ICONS.more, () => {});
      more.classList.add("rv-more");
      more.setAttribute("aria-label", `More for ${run.name}`);
      new Menu(more, () => this.deeds(run.slot), `More for ${run.name}`);
      tools.append(eye, more);
      const rate = new RateField(run, this.asks);
      const told = scenes.flatMap((scene, i) => {
        const own = scene.runs.find((other) => other.slot === run.slot);
        if (!own) return [];
        const chip = element("span", "rv-chip", "");
        chip.dataset.scene = String(i);
        chip.tabIndex = -1;
        const loss = element("span", "rv-loss", "");
        for (const part of [chip, loss]) part.classList.add(i ? "rv-theirs" : "rv-ours");
        return [{ loss, chip, scene, run: own, shown: "" }];
      });
      row.append(pick, rate.field, rate.track, ...told.flatMap(({ loss, chip }) => [loss, chip]), tools);
      row.addEventListener("click", (event) => {
        if (!(event.target instanceof Element) || !event.target.closest(".rv-tools, .rv-rate, .rv-dial")) this.asks.select(run.slot);
      });
      row.addEventListener("dblclick", (event) => {
        if (event.target instanceof Element && event.target.closest(".rv-pick, .rv-loss")) this.asks.isolate(run.slot);
      });
      rate.field.addEventListener("focus", () => this.asks.select(run.slot));
      return { slot: run.slot, row, pick, eye, rate, told, run };
    });
    const kept = this.focused();
    this.list.replaceChildren(...this.lines.map(({ row }) => row));
    this.host.dataset.many = String(runs.length > 4);
    kept?.();
  }

  /** @param {string} icon @param {() => void} act */
  tool(icon, act) {
    const button = /** @type {HTMLButtonElement} */ (element("button", "rv-tool", ""));
    button.type = "button";
    button.innerHTML = icon;
    button.addEventListener("click", act);
    return button;
  }

  /** What the menu of "Add run" has: the selected run again, first of all. @returns {import("../page/menu.js").Item[]} */
  offers() {
    const runs = everyRun(this.show.scenes);
    const like = runs.find((run) => run.slot === this.show.selected) || runs[0];
    return [
      { label: `${like.name} again`, note: "at another rate", act: () => this.asks.request({ what: "add", like: like.slot }) },
      ...this.show.offers.map(([method, label]) => ({ label, act: () => this.asks.request({ what: "add", method }) })),
    ];
  }

  /** What can be done with a run. @param {number} slot @returns {import("../page/menu.js").Item[]} */
  deeds(slot) {
    const only = this.lines.length === 1;
    const full = this.lines.length >= MOST;
    return [
      { label: this.show.strength(slot) ? "Hide" : "Show", act: () => this.asks.toggle(slot) },
      { label: "This run alone", act: () => this.asks.isolate(slot) },
      { label: "Once more, at another rate", disabled: full, act: () => this.asks.request({ what: "add", like: slot }) },
      { label: "Remove", disabled: only, act: () => this.asks.request({ what: "remove", slot }) },
    ];
  }

  /** What gives the focus back after all is made anew, if one of these has it: a keyboard must not lose its place. */
  focused() {
    const all = () => /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll("button, input, [tabindex]")]);
    const at = all().indexOf(/** @type {HTMLElement} */ (document.activeElement));
    return at < 0 ? null : () => all()[at]?.focus({ preventScroll: true });
  }

  /** Chips have words where the column holds them, whatever they come to say. */
  resized() {
    for (const { told } of this.lines) for (const one of told) one.shown = "";
    this.room.clear();
    // The widest that a line can come to be decides, and no verdict.
    const names = Math.max(0, ...this.lines.map(({ pick }) => /** @type {HTMLElement} */ (pick.lastElementChild).scrollWidth));
    const rate = parseFloat(this.host.style.getPropertyValue("--rv-rate-width")) || 0;
    // What is too long for the head stands in the pictures' titles anyway.
    this.host.dataset.untitled = "false";
    if (this.titles.some((title) => title.scrollWidth > title.clientWidth)) this.host.dataset.untitled = "true";
    this.host.dataset.tight = String(names + rate + BESIDES > this.host.clientWidth);
    this.draw(this.step);
  }

  /** Whether a chip's words fit into its column. @param {HTMLElement} chip @param {string} words */
  fits(chip, words) {
    const side = chip.dataset.scene || "";
    if (!this.room.has(side)) {
      // The lines have the columns of the whole.
      const columns = getComputedStyle(this.host).gridTemplateColumns.split(" ").map(parseFloat);
      const style = getComputedStyle(chip);
      this.room.set(side, { width: this.show.scenes.length > 1 ? 0 : columns[columns.length - 1] || 0, font: `${style.fontWeight} ${style.fontSize} ${style.fontFamily}` });
    }
    const { width, font } = this.room.get(side);
    if (!width) return false;
    const ctx = /** @type {CanvasRenderingContext2D} */ (this.ruler.getContext("2d"));
    ctx.font = font;
    return widthOf(ctx, words) + AROUND <= width;
  }

  /** @param {number} step */
  draw(step) {
    this.step = step;
    const { strength } = this.show;
    for (const { slot, row, eye, told, run: { name } } of this.lines) {
      // Before a lesson's runs nothing is hidden by anybody.
      const hidden = String(!strength(slot) && !this.show.lesson?.before);
      if (row.dataset.hidden !== hidden) {
        row.dataset.hidden = hidden;
        eye.innerHTML = hidden === "true" ? ICONS.closed : ICONS.eye;
        eye.setAttribute("aria-label", `${hidden === "true" ? "Show" : "Hide"} ${name}`);
        eye.title = `${hidden === "true" ? "Show" : "Hide"} this run`;
      }
      for (const one of told) this.tell(one, Math.min(step, one.scene.steps));
    }
  }

  /** @param {Told} told @param {number} step */
  tell(told, step) {
    put(told.loss, written(told.run.loss[step]));
    const news = this.show.lesson?.before ? undefined : latest(told.run, step);
    const now = news ? `${news.at} ${news.text} ${news.sentence}` : "none";
    if (now === told.shown) return;
    told.shown = now;
    const { chip } = told;
    chip.className = `rv-chip ${news ? `rv-${news.tone}` : "rv-none"} ${chip.classList.contains("rv-theirs") ? "rv-theirs" : "rv-ours"}`;
    chip.tabIndex = news ? 0 : -1;
    chip.toggleAttribute("aria-hidden", !news);
    if (!news) return chip.replaceChildren();
    const sentence = `${told.run.name} ${news.sentence}.`;
    chip.setAttribute("role", "img");
    chip.setAttribute("aria-label", sentence);
    chip.dataset.kind = news.kind;
    const long = this.fits(chip, news.text);
    const tip = element("span", "rv-chip-tip", sentence);
    // Where there are no words a mark says what happened.
    chip.innerHTML = long ? "" : MARKS[news.kind] || NO_MARK;
    chip.append(element("span", "rv-chip-text", long ? news.text : minus(String(news.at))), tip);
  }

  destroy() {
    this.watcher.disconnect();
    for (const { rate } of this.lines) rate.destroy();
  }
}
