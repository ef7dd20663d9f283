// @ts-check
/** The runs as a legend: a card each, with its key as drawn, its rate, the loss at this step and the news. */

import { fit, written } from "./canvas.js";
import { drawMarker, strokeCased } from "./glyphs.js";
import { ICONS } from "./icons.js";
import { keyOf } from "./theme.js";

/** @typedef {import("./decode.js").SceneData} SceneData */
/** @typedef {import("./theme.js").Theme} Theme */

const MOST = 8;
/** From here on the cards are narrow and the names short. */
const MANY = 5;

export class Cards {
  /**
   * @param {HTMLElement} host
   * @param {{select: (slot: number) => void, isolate: (slot: number) => void, toggle: (slot: number) => void, add: () => void}} asks
   */
  constructor(host, asks) {
    this.host = host;
    this.asks = asks;
    this.signature = "";
    /** @type {{slot: number, card: HTMLElement, eye: HTMLElement, name: HTMLElement, run: import("./decode.js").Run, lines: {loss: HTMLElement, chip: HTMLElement, run: import("./decode.js").Run, steps: number}[]}[]} */
    this.cards = [];
  }

  /**
   * @param {SceneData[]} scenes a run that several have is one card with a line for each
   * @param {Theme} theme
   * @param {number | null} selected
   */
  set(scenes, theme, selected) {
    const runs = everyRun(scenes);
    const many = runs.length >= MANY;
    this.host.dataset.many = String(many);
    this.host.style.setProperty("--rv-columns", String(runs.length > MANY ? Math.min(4, runs.length) : runs.length));
    this.host.dataset.rows = runs.length > MANY ? "2" : "1";
    this.cards = runs.map((run) => {
      const card = document.createElement("div");
      card.className = "rv-card";
      const button = document.createElement("button");
      button.type = "button";
      button.className = "rv-card-face";
      button.setAttribute("aria-pressed", String(run.slot === selected));
      button.dataset.slot = String(run.slot);
      const key = document.createElement("canvas");
      key.className = "rv-key";
      key.setAttribute("aria-hidden", "true");
      drawKey(key, run.slot, theme);
      const name = element("span", "rv-name", many ? run.short : run.name);
      const rules = run.rules.length ? ` · ${run.rules.length === 1 && !many ? run.rules[0] : `+${run.rules.length}`}` : "";
      const rate = element("span", "rv-rate", `lr ${run.lr >= 1e-4 ? String(run.lr) : written(run.lr)}${rules}`);
      button.append(key, name, rate);
      const lines = scenes.flatMap((scene) => {
        const own = scene.runs.find((other) => other.slot === run.slot);
        if (!own) return [];
        const line = element("span", "rv-line", "");
        const loss = element("span", "rv-loss", "");
        const chip = element("span", "rv-chip", "");
        if (scenes.filter((other) => other.runs.some(({ slot }) => slot === run.slot)).length > 1) line.append(element("span", "rv-which", scene.title));
        line.append(loss, chip);
        button.append(line);
        return [{ loss, chip, run: own, steps: scene.steps }];
      });
      button.addEventListener("click", () => this.asks.select(run.slot));
      button.addEventListener("dblclick", () => this.asks.isolate(run.slot));
      const under = run.rules.length ? ` under ${run.rules.join(", ")}` : "";
      button.title = `${run.name}${under}. Click: its settings. Double click: this run alone.`;
      const eye = document.createElement("button");
      eye.type = "button";
      eye.className = "rv-eye";
      eye.addEventListener("click", () => this.asks.toggle(run.slot));
      card.append(button, eye);
      return { slot: run.slot, card, eye, lines, name, run };
    });
    const add = document.createElement("button");
    add.type = "button";
    add.className = "rv-add";
    add.innerHTML = ICONS.plus;
    const full = runs.length >= MOST;
    add.disabled = full;
    add.setAttribute("aria-label", full ? "Eight runs at most. Remove one first." : "Add a run");
    add.title = full ? "Eight runs at most. Remove one first." : "Add a run";
    add.addEventListener("click", () => this.asks.add());
    const kept = this.focused();
    this.host.replaceChildren(...this.cards.map(({ card }) => card), add);
    kept?.();
    for (const { name, run } of this.cards) if (name.scrollWidth > name.clientWidth) put(name, run.short);
  }

  /** What gives the focus back after all is made anew, if one of these has it: a keyboard must not lose its place. */
  focused() {
    const all = () => /** @type {HTMLElement[]} */ ([...this.host.querySelectorAll("button")]);
    const at = all().indexOf(/** @type {HTMLElement} */ (document.activeElement));
    return at < 0 ? null : () => all()[at]?.focus({ preventScroll: true });
  }

  /** The same runs with other numbers. @param {SceneData[]} scenes */
  renew(scenes) {
    for (const { slot, lines } of this.cards) {
      const own = scenes.map((scene) => scene.runs.find((run) => run.slot === slot)).filter((run) => run !== undefined);
      lines.forEach((line, i) => {
        line.run = own[i] || line.run;
      });
    }
  }

  /** @param {number} slot */
  select(slot) {
    for (const { slot: own, card } of this.cards) card.firstElementChild?.setAttribute("aria-pressed", String(own === slot));
  }

  /** @param {number} step @param {(slot: number) => number} strength 0 for a hidden run */
  draw(step, strength) {
    for (const { slot, card, eye, lines, run: { name } } of this.cards) {
      const hidden = String(!strength(slot));
      if (card.dataset.hidden !== hidden) {
        card.dataset.hidden = hidden;
        eye.innerHTML = hidden === "true" ? ICONS.closed : ICONS.eye;
        eye.setAttribute("aria-label", `${hidden === "true" ? "Show" : "Hide"} ${name}`);
        eye.title = `${hidden === "true" ? "Show" : "Hide"} this run`;
      }
      for (const { loss, chip, run, steps } of lines) {
        const own = Math.min(step, steps);
        put(loss, written(run.loss[own]));
        const news = latest(run, own);
        put(chip, news ? news.text : "");
        chip.className = `rv-chip ${news ? `rv-${news.tone}` : "rv-none"}`;
      }
    }
  }
}

/** The runs of all scenes, each slot once, in the order of the slots. @param {SceneData[]} scenes */
export function everyRun(scenes) {
  const bySlot = new Map(scenes.toReversed().flatMap(({ runs }) => runs.map((run) => [run.slot, run])));
  return [...bySlot.values()].sort((a, b) => a.slot - b.slot);
}

/** The news of a run at a step, if there is any. @param {import("./decode.js").Run} run @param {number} step */
export function latest(run, step) {
  return run.events.findLast((news) => news.at <= step && step <= news.until);
}

/** @param {HTMLCanvasElement} canvas @param {number} slot @param {Theme} theme */
export function drawKey(canvas, slot, theme) {
  const { colour, marker, dash } = keyOf(slot, theme);
  const ctx = fit(canvas, 40, 20);
  const line = new Path2D();
  line.moveTo(0, 10);
  line.lineTo(40, 10);
  strokeCased(ctx, line, { colour, dash, width: 4 });
  drawMarker(ctx, marker, 20, 10, 15, colour, theme.card, 0);
}

/** @param {string} tag @param {string} name @param {string} words */
export function element(tag, name, words) {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = words;
  return made;
}

/** Text, written only where it changed. @param {HTMLElement} place @param {string} words */
export function put(place, words) {
  if (place.textContent !== words) place.textContent = words;
}
