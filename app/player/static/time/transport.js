// @ts-check
/** The bar that is always visible: back, play, forward, the step, the scrubber with its marks, speed, loop, link, help, full screen. */

import { fit } from "../drawing/canvas.js";
import { drawMarker } from "../drawing/glyphs.js";
import { ICONS } from "../drawing/icons.js";
import { keyOf } from "../drawing/theme.js";
import { copied } from "../page/clipboard.js";
import { element, put } from "../page/dom.js";
import { Menu } from "../page/menu.js";
import { SPEEDS } from "./clock.js";

/** @typedef {import("./clock.js").Clock} Clock */

const SHORTCUTS = [
  ["Space", "play or pause"], ["← →", "one step back or forward"], ["Home End", "first or last step"], ["+ −", "faster or slower"],
  ["Click on the contour", "start there"], ["Click on a curve", "go to that step"], ["1 to 8", "select the run in that place"], ["H", "hide or show the selected run"],
  ["Double click on a run", "that run alone"], ["Shift ← → ↑ ↓", "move the start or turn the surface (Tab gets there)"],
  ["Enter Esc", "run from there, or leave the start where it was"], ["Z Shift Z 0", "contour: closer, farther, the whole"],
  ["Ctrl wheel, Shift drag", "contour: closer or farther, move it"], ["Alt ← → ↑ ↓", "contour: move the view"],
  ["P", "present: fill the screen"], ["S B", "one panel alone, nothing at all"], ["Lesson: 1 to 4, Enter", "answer, run"], ["Page ↓ Page ↑", "lesson: on, back"], ["↑ ↓ in a rate", "2 % up or down, 0.2 % with Shift"],
];
const NAMES = ["1/s", "¼×", "½×", "1×", "2×", "4×"];
const SPOKEN = ["one step a second", "a quarter of the speed", "half the speed", "speed 1", "twice the speed", "four times the speed"];
/** Marks that are nearer than that, in pixels, stand above and below the line. */
const APART = 17;
const ASIDE = 9;

export class Transport {
  /**
   * @param {HTMLElement} host
   * @param {Clock} clock
   * @param {{link: () => string, full: () => void}} ways
   */
  constructor(host, clock, ways) {
    this.host = host;
    this.clock = clock;
    const icon = (/** @type {string} */ name, /** @type {string} */ words) => `<button type="button" class="rv-icon" data-do="${name}" aria-label="${words}" title="${words}">${ICONS[/** @type {keyof typeof ICONS} */ (name)]}</button>`;
    host.innerHTML = `
      ${icon("back", "One step back")}
      <button type="button" class="rv-play" data-do="play" aria-label="Play">${ICONS.play}</button>
      ${icon("forward", "One step forward")}
      <div class="rv-count"><span class="rv-word">step </span><b>0</b><span class="rv-of"></span></div>
      <div class="rv-scrub">
        <div class="rv-track"><div class="rv-done"></div></div>
        <input type="range" min="0" value="0" step="1" aria-label="Step">
        <div class="rv-marks" aria-hidden="true"></div>
      </div>
      <button type="button" class="rv-speed" aria-label="Speed"><span>1×</span>${ICONS.unfold}</button>
      ${icon("loop", "Loop")}
      ${icon("link", "Copy the link to this experiment")}
      ${icon("help", "Help")}
      ${icon("full", "Full screen")}
      <button type="button" class="rv-icon rv-others" aria-label="More">${ICONS.more}</button>
      <div class="rv-help" id="rv-help" role="region" aria-label="Help" tabindex="-1" hidden><p>Watch optimizers walk down a loss surface. Drag the start, change a rate.</p><dl></dl></div>
      <div class="rv-address" hidden><span></span><input type="text" readonly aria-label="The link to this experiment"><button type="button" class="rv-quiet">close</button></div>
      <div class="rv-toast" role="status"></div>`;
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (host.querySelector(selector));
    this.range = /** @type {HTMLInputElement} */ (find(".rv-scrub input"));
    this.done = find(".rv-done");
    this.marks = find(".rv-marks");
    this.playButton = find(".rv-play");
    this.count = find(".rv-count b");
    this.total = find(".rv-of");
    this.speed = find(".rv-speed");
    this.toast = find(".rv-toast");
    this.help = find(".rv-help");
    this.address = find(".rv-address");
    this.loop = find("[data-do=loop]");
    this.fullButton = find("[data-do=full]");
    this.helpButton = find("[data-do=help]");
    this.helpButton.setAttribute("aria-expanded", "false");
    this.helpButton.setAttribute("aria-controls", "rv-help");
    this.loop.setAttribute("aria-pressed", "false");
    /** @type {boolean | null} */ this.shown = null;
    /** @type {number | undefined} */ this.silence = undefined;
    const list = /** @type {HTMLElement} */ (this.help.querySelector("dl"));
    for (const [keys, what] of SHORTCUTS) list.append(element("dt", "", keys), element("dd", "", what));
    const phone = () => host.closest(".ravine")?.getAttribute("data-layout") === "phone";
    // A finger goes round the speeds with one button.
    this.speed.addEventListener("click", (event) => {
      if (!phone()) return;
      event.stopImmediatePropagation();
      clock.setSpeed(SPEEDS[(SPEEDS.indexOf(clock.speed) + 1) % SPEEDS.length]);
    });
    new Menu(this.speed, () => SPEEDS.map((speed, i) => ({ label: NAMES[i], note: SPOKEN[i], chosen: speed === clock.speed, act: () => clock.setSpeed(speed) })), "Speed");
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
      loop: () => {
        clock.loop = !clock.loop;
        this.loop.setAttribute("aria-pressed", String(clock.loop));
      },
      help: () => this.showHelp(this.help.hidden),
      link: () => this.copy(ways.link()),
      full: ways.full,
    };
    new Menu(find(".rv-others"), () => [
      { label: "Loop", chosen: clock.loop, act: this.ways.loop },
      { label: "Copy the link", act: this.ways.link },
      { label: "Help", act: this.ways.help },
    ], "More");
    host.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("[data-do]");
      if (button instanceof HTMLElement && button.dataset.do) this.ways[button.dataset.do]();
    });
    /** @type {HTMLElement} */ (this.address.querySelector("button")).addEventListener("click", () => (this.address.hidden = true));
    this.outside = (/** @type {Event} */ event) => {
      const target = /** @type {Node} */ (event.target);
      if (!this.help.hidden && !this.help.contains(target) && !this.helpButton.contains(target)) this.showHelp(false);
    };
    document.addEventListener("pointerdown", this.outside, true);
    this.watcher = new ResizeObserver(() => this.spread());
    this.watcher.observe(this.marks);
    this.setFull(false);
  }

  /** @param {boolean} full whether the player fills the screen */
  setFull(full) {
    // A frame in a course page may not; a button that does nothing is none.
    this.fullButton.hidden = !document.fullscreenEnabled;
    this.fullButton.innerHTML = full ? ICONS.shrink : ICONS.full;
    const words = full ? "Leave full screen" : "Full screen";
    this.fullButton.title = words;
    this.fullButton.setAttribute("aria-label", words);
  }

  /** @param {boolean} shown */
  showHelp(shown) {
    const had = this.help.contains(document.activeElement);
    this.help.hidden = !shown;
    this.helpButton.setAttribute("aria-expanded", String(shown));
    if (shown) this.help.focus({ preventScroll: true });
    else if (had) this.helpButton.focus({ preventScroll: true });
  }

  /** @param {string} link */
  async copy(link) {
    if (await copied(link)) return this.say("Link copied");
    const [words, field] = /** @type {[HTMLElement, HTMLInputElement]} */ ([...this.address.children]);
    put(words, "Not copied: this browser allows that only on https. Select the link and copy it.");
    this.address.hidden = false;
    field.value = link;
    field.focus({ preventScroll: true });
    field.select();
  }

  /** @param {string} words */
  say(words) {
    put(this.toast, words);
    clearTimeout(this.silence);
    this.silence = window.setTimeout(() => put(this.toast, ""), 5000);
  }

  /**
   * @param {import("../wire/decode.js").SceneData[]} scenes
   * @param {import("../drawing/theme.js").Theme} theme
   */
  set(scenes, theme) {
    const { steps } = this.clock;
    this.range.max = String(steps);
    put(this.total, ` / ${steps}`);
    const marks = scenes.flatMap((scene) => scene.runs.flatMap((run) => run.events.filter((news) => news.mark).map((news) => ({ run, news }))));
    marks.sort((a, b) => a.news.at - b.news.at || a.run.slot - b.run.slot);
    this.marks.replaceChildren(...marks.map(({ run, news }) => {
      const mark = document.createElement("canvas");
      mark.dataset.at = String(news.at / steps);
      mark.style.left = `${(100 * news.at) / steps}%`;
      mark.title = `${run.name}: ${news.text}`;
      mark.dataset.slot = String(run.slot);
      const { colour, marker } = keyOf(run.slot, theme);
      drawMarker(fit(mark, 20, 20), marker, 10, 10, 13, colour, theme.card);
      return mark;
    }));
    this.spread();
  }

  /** Marks that are close to one another stand above and below the line by turns. */
  spread() {
    const width = this.marks.clientWidth;
    if (!width) return;
    const shown = /** @type {HTMLElement[]} */ ([...this.marks.children]).filter((mark) => !mark.hidden);
    const at = shown.map((mark) => Number(mark.dataset.at) * width);
    let up = false;
    shown.forEach((mark, i) => {
      const near = (i > 0 && at[i] - at[i - 1] < APART) || (i + 1 < at.length && at[i + 1] - at[i] < APART);
      up = near ? !up : false;
      mark.style.transform = `translateY(${near ? (up ? -ASIDE : ASIDE) : 0}px)`;
    });
  }

  /** @param {(slot: number) => number} strength 0 for a hidden run */
  hide(strength) {
    for (const mark of this.marks.children) if (mark instanceof HTMLElement) mark.hidden = !strength(Number(mark.dataset.slot));
    this.spread();
  }

  /** @param {number} step */
  draw(step) {
    const { clock } = this;
    if (this.range.value !== String(step)) this.range.value = String(step);
    this.range.setAttribute("aria-valuetext", `step ${step} of ${clock.steps}`);
    // Moved, not made wider: that would lay the page out.
    this.done.style.transform = `translateX(${(100 * step) / clock.steps - 100}%)`;
    put(this.count, String(step));
    if (this.shown !== clock.playing) {
      this.shown = clock.playing;
      this.playButton.innerHTML = clock.playing ? ICONS.pause : ICONS.play;
      this.playButton.setAttribute("aria-label", clock.playing ? "Pause" : "Play");
    }
    const i = SPEEDS.indexOf(clock.speed);
    put(/** @type {HTMLElement} */ (this.speed.firstElementChild), NAMES[i]);
    this.speed.setAttribute("aria-label", `Speed: ${SPOKEN[i]}`);
  }

  destroy() {
    clearTimeout(this.silence);
    this.watcher.disconnect();
    document.removeEventListener("pointerdown", this.outside, true);
  }
}
