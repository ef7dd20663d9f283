// @ts-check
/** The bar that is always visible: scrubber with chapter marks, play, speed, loop, link, help, full screen. */

import { SPEEDS } from "./clock.js";
import { element, put } from "./cards.js";
import { fit } from "./canvas.js";
import { drawMarker } from "./glyphs.js";
import { ICONS } from "./icons.js";
import { keyOf } from "./theme.js";

/** @typedef {import("./clock.js").Clock} Clock */

const SHORTCUTS = [
  ["Space", "play or pause"], ["← →", "one step back or forward"], ["Home End", "first or last step"], ["+ −", "faster or slower"],
  ["Click on the contour", "start there"], ["Click on a curve", "go to that step"], ["1 to 8", "select the run in that place"], ["H", "hide or show the selected run"],
  ["Double click on a run", "that run alone"], ["Shift ← → ↑ ↓", "move the start or turn the surface (Tab gets there)"],
  ["Enter Esc", "run from there, or leave the start where it was"],
];
const NAMES = ["1/s", "¼×", "½×", "1×", "2×", "4×"];
const SPOKEN = ["one step a second", "a quarter of the speed", "half the speed", "speed 1", "twice the speed", "four times the speed"];

export class Transport {
  /**
   * @param {HTMLElement} host
   * @param {Clock} clock
   * @param {{link: () => string, full: () => void}} ways
   */
  constructor(host, clock, ways) {
    this.host = host;
    this.clock = clock;
    host.innerHTML = `
      <div class="rv-scrub">
        <div class="rv-track"><div class="rv-done"></div></div>
        <div class="rv-marks" aria-hidden="true"></div>
        <input type="range" min="0" value="0" step="1" aria-label="Step">
      </div>
      <div class="rv-buttons">
        <button type="button" class="rv-icon" data-do="back" aria-label="One step back" title="One step back">${ICONS.back}</button>
        <button type="button" class="rv-play" data-do="play" aria-label="Play">${ICONS.play}</button>
        <button type="button" class="rv-icon" data-do="forward" aria-label="One step forward" title="One step forward">${ICONS.forward}</button>
        <div class="rv-count"><span class="rv-word">step </span><b>0</b><span class="rv-of"></span></div>
        <div class="rv-spring"></div>
        <span class="rv-label" id="rv-speed">speed</span>
        <div class="rv-speeds" role="group" aria-labelledby="rv-speed"></div>
        <button type="button" class="rv-cycle" data-do="cycle" aria-label="Speed">1×</button>
        <button type="button" class="rv-icon" data-do="loop" aria-label="Loop" aria-pressed="false" title="Loop">${ICONS.loop}</button>
        <button type="button" class="rv-icon" data-do="link" aria-label="Copy the link to this experiment" title="Copy the link to this experiment">${ICONS.link}</button>
        <button type="button" class="rv-icon" data-do="help" aria-label="Help" aria-expanded="false" aria-controls="rv-help" title="Help">${ICONS.help}</button>
        <button type="button" class="rv-icon" data-do="full" aria-label="Full screen" title="Full screen">${ICONS.full}</button>
      </div>
      <div class="rv-help" id="rv-help" role="region" aria-label="Keys" hidden><dl></dl></div>
      <div class="rv-toast" role="status"></div>`;
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (host.querySelector(selector));
    this.range = /** @type {HTMLInputElement} */ (find("input"));
    this.done = find(".rv-done");
    this.marks = find(".rv-marks");
    this.playButton = find(".rv-play");
    this.count = find(".rv-count b");
    this.total = find(".rv-of");
    this.cycle = find(".rv-cycle");
    this.toast = find(".rv-toast");
    this.help = find(".rv-help");
    const list = /** @type {HTMLElement} */ (this.help.querySelector("dl"));
    for (const [keys, what] of SHORTCUTS) list.append(element("dt", "", keys), element("dd", "", what));
    this.speeds = SPEEDS.map((speed, i) => {
      const button = /** @type {HTMLButtonElement} */ (element("button", "", NAMES[i]));
      button.type = "button";
      button.title = SPOKEN[i];
      button.setAttribute("aria-label", SPOKEN[i]);
      button.addEventListener("click", () => clock.setSpeed(speed));
      return button;
    });
    find(".rv-speeds").append(...this.speeds);
    this.range.addEventListener("input", () => {
      // Read first: a pause draws, and drawing sets the range back to the step that was.
      const to = Number(this.range.value);
      clock.pause();
      clock.seek(to);
    });
    /** @type {Record<string, () => void>} */
    this.ways = {
      back: () => clock.nudge(-1),
      forward: () => clock.nudge(1),
      play: () => clock.toggle(),
      cycle: () => clock.setSpeed(SPEEDS[(SPEEDS.indexOf(clock.speed) + 1) % SPEEDS.length]),
      loop: () => {
        clock.loop = !clock.loop;
        find("[data-do=loop]").setAttribute("aria-pressed", String(clock.loop));
      },
      help: () => this.showHelp(this.help.hidden),
      link: () => this.copy(ways.link()),
      full: ways.full,
    };
    host.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("[data-do]");
      if (button instanceof HTMLElement && button.dataset.do) this.ways[button.dataset.do]();
    });
  }

  /** @param {boolean} shown */
  showHelp(shown) {
    this.help.hidden = !shown;
    this.host.querySelector("[data-do=help]")?.setAttribute("aria-expanded", String(shown));
  }

  /** @param {string} link */
  async copy(link) {
    try {
      await navigator.clipboard.writeText(link);
      this.say("Link copied");
    } catch {
      // Without a secure context there is no clipboard; the address itself can still be selected.
      this.say(link);
    }
  }

  /** @param {string} words */
  say(words) {
    put(this.toast, words);
    clearTimeout(this.silence);
    this.silence = setTimeout(() => put(this.toast, ""), 4000);
  }

  /**
   * @param {import("./decode.js").SceneData[]} scenes
   * @param {import("./theme.js").Theme} theme
   */
  set(scenes, theme) {
    const { steps } = this.clock;
    this.range.max = String(steps);
    put(this.total, ` / ${steps}`);
    const marks = scenes.flatMap((scene) => scene.runs.flatMap((run) => run.events.filter((news) => news.mark).map((news) => ({ run, news }))));
    this.marks.replaceChildren(...marks.map(({ run, news }) => {
      const mark = document.createElement("canvas");
      mark.style.left = `${(100 * news.at) / steps}%`;
      mark.title = `${run.name}: ${news.text}`;
      mark.dataset.slot = String(run.slot);
      const { colour, marker } = keyOf(run.slot, theme);
      drawMarker(fit(mark, 24, 24), marker, 12, 12, 13, colour, theme.card);
      return mark;
    }));
  }

  /** @param {(slot: number) => number} strength 0 for a hidden run */
  hide(strength) {
    for (const mark of this.marks.children) if (mark instanceof HTMLElement) mark.hidden = !strength(Number(mark.dataset.slot));
  }

  /** @param {number} step */
  draw(step) {
    const { clock } = this;
    if (this.range.value !== String(step)) this.range.value = String(step);
    this.range.setAttribute("aria-valuetext", `step ${step} of ${clock.steps}`);
    this.done.style.width = `${(100 * step) / clock.steps}%`;
    put(this.count, String(step));
    if (this.shown !== clock.playing) {
      this.shown = clock.playing;
      this.playButton.innerHTML = clock.playing ? ICONS.pause : ICONS.play;
      this.playButton.setAttribute("aria-label", clock.playing ? "Pause" : "Play");
    }
    this.speeds.forEach((button, i) => button.setAttribute("aria-pressed", String(SPEEDS[i] === clock.speed)));
    put(this.cycle, NAMES[SPEEDS.indexOf(clock.speed)]);
    this.cycle.setAttribute("aria-label", `Speed: ${SPOKEN[SPEEDS.indexOf(clock.speed)]}`);
  }
}
