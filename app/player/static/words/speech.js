// @ts-check
/** The pictures in words, for those who listen to the page: always there to be read, and a line that says little by itself. */

import { element, put } from "../page/dom.js";
import { latest } from "../wire/runs.js";
import { position, written } from "./numbers.js";

/** @typedef {import("../wire/decode.js").SceneData} SceneData */
/** @typedef {import("../wire/decode.js").Run} Run */

/** Milliseconds between two changes of the words while the clock plays, and before a stop is announced. */
const EVERY = 1000;
const SETTLED = 200;

export class Speech {
  /** @param {HTMLElement} root @param {import("../time/clock.js").Clock} clock */
  constructor(root, clock) {
    this.clock = clock;
    this.root = root;
    this.words = element("section", "rv-unseen rv-words", "");
    this.words.setAttribute("aria-label", "The runs in words");
    this.live = element("div", "rv-unseen rv-live", "");
    this.live.setAttribute("aria-live", "polite");
    root.append(this.words, this.live);
    /** @type {SceneData[]} */ this.scenes = [];
    /** @type {{line: HTMLElement, run: Run, scene: SceneData}[]} */ this.lines = [];
    this.step = -1;
    this.playing = false;
    this.told = 0;
  }

  /** @param {SceneData[]} scenes */
  set(scenes) {
    this.scenes = scenes;
    this.told = 0;
    this.lines = [];
    this.words.replaceChildren(...scenes.flatMap((scene) => {
      const list = document.createElement("ul");
      for (const run of scene.runs) {
        const line = element("li", "", "");
        list.append(line);
        this.lines.push({ line, run, scene });
      }
      return [element("p", "", scene.title ? `${scene.title}: ${scene.name}` : scene.name), list];
    }));
  }

  /**
   * Whether the words were renewed: at once while the clock rests, and now and then while it plays.
   * @param {number} step
   * @param {(slot: number) => number} strength 0 for a hidden run
   */
  draw(step, strength) {
    const { playing } = this.clock;
    if (playing) this.news(step, strength);
    else if (this.step >= 0 && (this.playing || step !== this.step)) this.rest(this.playing);
    this.step = step;
    this.playing = playing;
    const now = performance.now();
    if (playing && now - this.told < EVERY) return false;
    this.told = now;
    for (const { line, run, scene } of this.lines) put(line, sentence(run, Math.min(step, scene.steps), scene.steps, !strength(run.slot)));
    return true;
  }

  /** Endings that the clock has just passed. @param {number} step @param {(slot: number) => number} strength */
  news(step, strength) {
    if (!this.playing || step <= this.step) return;
    const said = this.lines.flatMap(({ run, scene }) => run.events
      .filter((news) => news.mark && strength(run.slot) && news.at > this.step && news.at <= step)
      .map((news) => `${scene.title ? `${scene.title}: ` : ""}${run.name}: ${news.text}.`));
    if (said.length) this.say(said.join(" "));
  }

  /** Say where the clock has come to rest, once it has. @param {boolean} stopped */
  rest(stopped) {
    this.stopped ||= stopped;
    // Who holds the scrubber is told its value by the scrubber.
    if (!this.stopped && this.root.ownerDocument.activeElement?.matches(".rv-scrub input")) return;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      const { playing, step, steps } = this.clock;
      if (!playing) this.say(`${this.stopped ? "Paused at step" : "Step"} ${step}${step === steps ? ", the last" : ""}.`);
      this.stopped = false;
    }, SETTLED);
  }

  /** What is said now is not said over by where the clock had come to rest before. @param {string} words */
  say(words) {
    clearTimeout(this.waiting);
    this.stopped = false;
    put(this.live, words);
  }

  destroy() {
    clearTimeout(this.waiting);
  }
}

/** @param {Run} run @param {number} step @param {number} steps @param {boolean} hidden */
function sentence(run, step, steps, hidden) {
  const at = position(run.xy[2 * step], run.xy[2 * step + 1]);
  const news = latest(run, step);
  return spoken(`${run.name}, step ${step} of ${steps}: at ${at}, loss ${written(run.loss[step])}, gradient norm ${written(run.norm[step])}.`
    + (news ? ` ${news.sentence[0].toUpperCase()}${news.sentence.slice(1)}.` : "")
    + (hidden ? " Hidden in the pictures." : ""));
}

/**
 * What a chart shows at a step, as its name.
 * @param {string} name
 * @param {import("../drawing/curve.js").Curve} curve
 * @param {Run[]} runs
 * @param {number} step
 * @param {(slot: number) => number} strength
 */
export function chartInWords(name, curve, runs, step, strength) {
  const values = curve.series.filter(({ slot }) => strength(slot)).map(({ slot, values: row, word, whose, at }) => {
    const own = Math.min(step, row.length - 1);
    const called = runs.find((run) => run.slot === slot)?.name;
    return `${called}${word ? ` in ${word}` : ""}${whose ? ` (${whose})` : ""} ${written(row[own])}${at ? ` at rate ${written(at[own])}` : ""}`;
  });
  const by = curve.charted?.across ? "" : " by step";
  return spoken(`Chart of the ${name}${by}, ${curve.log ? "logarithmic" : "linear"} scale. At step ${step}: ${values.join(", ") || (curve.series.length ? "all runs are hidden" : "nothing to show")}.`);
}

/** Powers of ten as they are said. @param {string} text */
export function spoken(text) {
  const digits = (/** @type {string} */ power) => [...power].map((sign) => (sign === "⁻" ? "−" : String("⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(sign)))).join("");
  return text.replace(/×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)/g, (_, power) => ` times 10 to the ${digits(power)}`)
    .replace(/10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)/g, (_, power) => `10 to the ${digits(power)}`);
}
