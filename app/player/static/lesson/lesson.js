// @ts-check
/**
 * What is said beside the pictures: a lesson's step, its question and what came of it, or a challenge and how one does at it.
 * It knows no clock: it is told when the runs have begun and when they were seen to the end.
 */

import { drawKey } from "../drawing/glyphs.js";
import { ICONS } from "../drawing/icons.js";
import { element } from "../page/dom.js";
import { right, saidOf } from "./guess.js";
import { note } from "./progress.js";
import { Words } from "./words.js";

/**
 * @typedef {import("./guess.js").Named} Named
 * @typedef {import("./guess.js").Question} Question
 * @typedef {import("./guess.js").Guess} Guess
 * @typedef {import("./words.js").Word} Word
 * @typedef {import("../panels/curves.js").What} What
 * @typedef {{slug: string, title: string}} Link
 * @typedef {{columns: string[], rows: {name: string, side: number, slot: number, cells: string[]}[]}} Table
 *
 * All words are HTML that the server has made safe.
 * @typedef {object} Step
 * @property {"step"} kind
 * @property {string} slug
 * @property {string} title
 * @property {number} at      from 1
 * @property {number} of
 * @property {string[]} show  the panels that it is about
 * @property {string} heading
 * @property {string} text
 * @property {Question | null} question
 * @property {string} reveal  from here on what is said after the run
 * @property {string} after
 * @property {Table | null} table
 * @property {string} consequence
 * @property {Named[]} runs
 * @property {([number, number] | null)[]} downhill   minus the gradient at each picture's start
 * @property {Link | null} then   the lesson that comes next
 * @property {string} page    on which its experiment can be changed
 * @property {Record<string, Word>} words
 *
 * @typedef {object} Challenge
 * @property {"challenge"} kind
 * @property {string} slug
 * @property {string} title
 * @property {string} text
 * @property {boolean} passed
 * @property {string} by     the run that comes nearest, where there are several
 * @property {{met: boolean, words: string}[]} parts
 * @property {string[]} hints
 * @property {Link | null} lesson
 *
 * @typedef {Step | Challenge} Said
 *
 * What the pictures need to know of a step.
 * @typedef {object} Shown
 * @property {boolean} before   whether its runs are still to be guessed at
 * @property {"" | "click" | "all"} fixed   what of the start cannot be changed: nothing, all but a guess, all
 * @property {number | null} rate   the slot of the one run whose rate may be set
 * @property {Record<number, string>} names   what the step calls runs, by slot, where there is one picture
 * @property {What[]} charts
 * @property {([number, number] | null)[]} downhill
 * @property {{scene: number, place: [number, number]} | null} guess
 */

/** The charts, by what a lesson calls them. @type {Record<string, What>} */
const CHARTS = { loss: "loss", gradient: "norm", rate: "rate", x: "x", y: "y", sigma: "sigma", range: "range" };
export class Lesson {
  /**
   * @param {HTMLElement} root
   * @param {object} ways
   * @param {(what: object) => void} ways.ask
   * @param {() => void} ways.run
   * @param {() => void} ways.end   see the runs to their end at once
   * @param {(step: number, slot: number | null) => void} ways.seek
   * @param {(slot: number) => void} ways.select
   * @param {() => void} ways.changed   the pictures are to show something else
   */
  constructor(root, ways) {
    this.root = root;
    this.ways = ways;
    this.top = element("header", "rv-lesson-top", "");
    this.body = element("section", "rv-lesson-body", "");
    this.body.setAttribute("aria-label", "Lesson");
    /** @type {Said | null} */ this.said = null;
    this.ran = this.revealed = false;
    /** @type {Guess} */ this.guess = {};
    /** How many hints of a challenge are open. */ this.hints = 0;
    /** @type {import("../drawing/theme.js").Theme | null} */ this.theme = null;
    this.words = new Words(root, (slug) => this.open(slug));
    /** @type {Shown | null} */ this.shown = null;
    for (const part of [this.top, this.body]) part.addEventListener("click", (event) => this.clicked(event));
  }

  get step() {
    return this.said?.kind === "step" ? this.said : null;
  }

  /** Whether there is a question whose runs nobody has seen yet. */
  get before() {
    return this.step !== null && !this.ran;
  }

  /**
   * @param {Said | null} said
   * @param {import("../drawing/theme.js").Theme} theme
   * @returns {boolean} whether it is another step than before
   */
  set(said, theme) {
    const before = this.said;
    const same = before !== null && said !== null && before.kind === said.kind && before.slug === said.slug && (said.kind === "challenge" || said.at === /** @type {Step} */ (before).at);
    this.said = said;
    this.theme = theme;
    if (!same) {
      Object.assign(this, { ran: false, revealed: false, guess: {}, hints: 0 });
      this.words.close();
    }
    this.root.dataset.lesson = said?.kind || "";
    const { step } = this;
    if (step && !same) note(step.slug, step.at, false);
    this.tell();
    if (!said) for (const part of [this.top, this.body]) part.replaceChildren();
    else this.write(!same);
    return !same && step !== null;
  }

  /** What the pictures need to know. */
  tell() {
    const { step } = this;
    if (!step) {
      this.shown = null;
      return;
    }
    const { question } = step;
    const click = question?.kind === "click" && !this.ran;
    this.shown = {
      before: this.before,
      fixed: click ? "click" : "all",
      rate: question?.kind === "rate" ? question.run.slot : null,
      names: step.downhill.length > 1 ? {} : Object.fromEntries(step.runs.map(({ slot, name }) => [slot, name])),
      charts: step.show.flatMap((name) => (CHARTS[name] ? [CHARTS[name]] : [])),
      downhill: step.downhill,
      guess: this.guess.place && question?.kind === "click" ? { scene: question.side, place: this.guess.place } : null,
    };
    if (!this.shown.charts.length) this.shown.charts = ["loss"];
  }

  /** The runs have begun. */
  begun() {
    this.ran = true;
    this.tell();
    this.write(false);
  }

  /** They were seen to their end. */
  ended() {
    if (this.revealed) return;
    this.revealed = true;
    const step = /** @type {Step} */ (this.step);
    note(step.slug, step.at, step.at === step.of);
    this.write(false);
    this.body.scrollTop = 0;
  }

  /** @param {Guess} guess */
  guessed(guess) {
    if (this.ran || !this.step) return;
    this.guess = guess;
    this.tell();
    this.write(false);
    this.ways.changed();
  }

  /** What comes next: the runs, their end, the next step. */
  forward() {
    const { step } = this;
    if (!step) return;
    if (!this.ran) this.ways.run();
    else if (!this.revealed) this.ways.end();
    else if (step.at < step.of) this.ways.ask({ what: "at", at: step.at + 1 });
    else if (step.then) this.open(step.then.slug);
    else this.ways.ask({ what: "shelf" });
  }

  back() {
    const { step } = this;
    if (step && step.at > 1) this.ways.ask({ what: "at", at: step.at - 1 });
    else if (step) this.ways.ask({ what: "shelf" });
  }

  /** @param {string} slug of a lesson */
  open(slug) {
    this.ways.ask({ what: "lesson", lesson: slug });
  }

  /** What a key does here, before the player has its turn. @param {string} key @returns {(() => void) | null} */
  key(key) {
    const { step } = this;
    if (key === "Escape" && this.words.shown) return () => this.words.close();
    if (!step) return null;
    if (key === "PageDown") return () => this.forward();
    if (key === "PageUp") return () => this.back();
    if (key === "Enter" && !this.revealed) return () => this.forward();
    const choices = step.question?.kind === "choose" ? step.question.choices.length : 0;
    if (/^[1-9]$/.test(key) && !this.revealed) return () => Number(key) <= choices && this.guessed({ choice: Number(key) - 1 });
    return null;
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const target = /** @type {Element} */ (event.target);
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    const link = target.closest("a[data-ask]");
    if (link instanceof HTMLElement && plain) {
      event.preventDefault();
      this.ways.ask(JSON.parse(String(link.dataset.ask)));
      return;
    }
    const button = target.closest("button");
    if (!(button instanceof HTMLElement)) return;
    const { step, slot, choice, deed } = button.dataset;
    if (step !== undefined) this.ways.seek(Number(step), slot === undefined ? null : Number(slot));
    else if (choice !== undefined) this.guessed({ choice: Number(choice) });
    else if (slot !== undefined) this.ways.select(Number(slot));
    else if (deed === "forward") this.forward();
    else if (deed === "hint") {
      this.hints++;
      this.write(false);
    }
  }

  /** All that is said. @param {boolean} fresh whether it is another step */
  write(fresh) {
    const { said } = this;
    if (!said) return;
    const held = this.held();
    this.root.dataset.asked = this.before ? "true" : "false";
    if (said.kind === "step") this.writeStep(said);
    else this.writeChallenge(said);
    for (const place of this.root.querySelectorAll("canvas.rv-lesson-key")) {
      if (place instanceof HTMLCanvasElement && this.theme) drawKey(place, Number(place.dataset.slot), this.theme);
    }
    if (said.kind === "step") this.words.mark([this.body], said.words);
    this.fit();
    if (fresh) this.body.scrollTop = 0;
    held?.();
  }

  /** What does not fit is set closer before anything has to be scrolled. */
  fit() {
    const { root, body } = this;
    root.dataset.tight = "false";
    if (body.scrollHeight > body.clientHeight + 1) root.dataset.tight = "true";
  }

  /** What gives the focus back to the button that has it, once all is written anew. */
  held() {
    const { activeElement } = document;
    if (!(activeElement instanceof HTMLElement) || !this.body.contains(activeElement)) return null;
    const { choice, deed } = activeElement.dataset;
    const again = choice !== undefined ? `[data-choice="${choice}"]` : deed ? `[data-deed="${deed}"]` : "";
    return () => {
      const there = again && this.body.querySelector(again);
      if (there instanceof HTMLElement) there.focus({ preventScroll: true });
    };
  }

  /** @param {Step} step */
  writeStep(step) {
    const { question } = step;
    this.top.innerHTML = `${way(step.title, `${step.at} of ${step.of}`)}<div class="rv-lesson-bar" aria-hidden="true">${Array.from({ length: step.of }, (_, i) => `<i${i < step.at ? ' class="rv-on"' : ""}></i>`).join("")}</div>`;
    if (this.revealed) {
      const words = question ? saidOf(question, this.guess, plain) : "";
      const yes = question && words ? right(question, this.guess) : null;
      const chip = words && question ? `<p class="rv-lesson-chip">${yes ? ICONS.check : ""}<span>${question.kind === "rate" ? "You set" : "You said"} ${escaped(words)}: ${yes ? "right" : "not quite"}</span></p>` : "";
      this.top.innerHTML += `${chip}<h2 aria-live="polite">${step.reveal}</h2>`;
      this.body.innerHTML = `<div class="rv-lesson-text">${step.after}</div>${table(step)}<div class="rv-lesson-text">${step.consequence}</div>${this.legend(step)}${this.ways2(step)}`;
      return;
    }
    this.top.innerHTML += `<h2>${step.heading}</h2>`;
    this.body.innerHTML = `<div class="rv-lesson-text">${step.text}</div>${this.asked(step)}${this.legend(step)}${this.running()}`;
  }

  /** The question's answers, or how it is answered. @param {Step} step */
  asked({ question }) {
    if (!question) return "";
    if (question.kind === "choose") {
      return `<div class="rv-choices" role="radiogroup" aria-label="Your guess">${question.choices.map(({ words, run }, i) => {
        const chosen = this.guess.choice === i;
        const key = run ? `${keyCanvas(run.slot)}<b>${words}</b><span>${escaped(run.words)}</span>` : `<span class="rv-choice-words">${words}</span>`;
        return `<button type="button" class="rv-lesson-choice" role="radio" aria-checked="${chosen}" data-choice="${i}"${this.ran ? " disabled" : ""}><kbd>${i + 1}</kbd>${key}<i class="rv-radio"></i></button>`;
      }).join("")}</div>`;
    }
    const words = question.kind === "click" ? (this.guess.place ? `Your guess is the ring.${this.ran ? "" : " Click again to move it."}` : this.ran ? "You did not guess." : "Click in the picture where it ends (with keys: Tab to it, Shift and arrows).") : `Set the rate of ${escaped(question.run.name)} on its line.`;
    return `<p class="rv-lesson-how">${words}</p>`;
  }

  /** Which run is which, where no answer and no table says it. @param {Step} step */
  legend(step) {
    const { question } = step;
    const named = question?.kind === "choose" && !this.revealed ? question.choices.filter(({ run }) => run).length : 0;
    if ((this.revealed && step.table) || named === step.runs.length || question?.kind === "rate" || step.show.includes("runs")) return "";
    return `<p class="rv-legend">${step.runs.map(({ name, slot, words }) => `<button type="button" data-slot="${slot}" title="${escaped(words)}">${keyCanvas(slot)}<span><b>${escaped(name)}</b> ${escaped(words)}</span></button>`).join("")}</p>`;
  }

  running() {
    if (this.ran) return `<p class="rv-lesson-ways"><button type="button" class="rv-primary" data-deed="forward">What happened</button><span>or watch to the end</span></p>`;
    const guessed = Object.keys(this.guess).length > 0 || !this.step?.question;
    return `<p class="rv-lesson-ways"><button type="button" class="rv-primary" data-deed="forward">${ICONS.play}Run it</button>${guessed ? "" : "<span>or run without a guess</span>"}</p>`;
  }

  /** @param {Step} step */
  ways2(step) {
    const last = step.at === step.of;
    const words = !last ? "Next question" : step.then ? `Next: ${escaped(step.then.title)}` : "All lessons";
    const link = (/** @type {string} */ name) => `<a class="rv-button" href="?" data-ask='{"what":"take"}'>${name}</a>`;
    return `<p class="rv-lesson-ways"><button type="button" class="rv-primary" data-deed="forward"><span>${words}</span>${ICONS.next}</button>${link(step.page)}</p>`;
  }

  /** @param {Challenge} said */
  writeChallenge(said) {
    const { hints } = said;
    const open = Math.min(this.hints, hints.length);
    this.top.innerHTML = way("Challenge", "");
    const missing = said.parts.filter(({ met }) => !met);
    const verdict = said.passed ? `<p class="rv-passed">${ICONS.check}<b>Passed${said.by ? ` by ${escaped(said.by)}` : ""}</b></p>`
      : `<p class="rv-missing"><b>Not yet</b></p><ul class="rv-parts">${missing.map(({ words }) => `<li>${escaped(capital(words))}</li>`).join("")}</ul>`;
    const hint = !said.passed && open < hints.length ? `<button type="button" class="rv-button" data-deed="hint">${open ? "One more hint" : "A hint"} (${open + 1} of ${hints.length})</button>` : "";
    const lesson = said.lesson && (said.passed || open === hints.length) ? `<a class="rv-lesson-link" href="?lesson=${said.lesson.slug}" data-ask='${JSON.stringify({ what: "lesson", lesson: said.lesson.slug })}'>${escaped(said.lesson.title)}</a>` : "";
    this.body.innerHTML = `<h2>${escaped(said.title)}</h2><div class="rv-lesson-text">${said.text}</div><div role="status">${verdict}</div><ol class="rv-hints">${hints.slice(0, open).map((words) => `<li>${words}</li>`).join("")}</ol><p class="rv-lesson-ways">${hint}${lesson}</p>`;
  }

  destroy() {
    this.words.close();
  }
}

/** The way back, where one is, and how far. @param {string} title @param {string} far */
function way(title, far) {
  return `<p class="rv-way"><a href="?" data-ask='{"what":"shelf"}' aria-label="All lessons">${ICONS.before}<span>Lessons</span></a><span aria-hidden="true">/</span><b>${escaped(title)}</b><span class="rv-far">${far}</span></p>`;
}

/** @param {Step} step */
function table({ table }) {
  if (!table) return "";
  const head = table.columns.map((words) => `<th scope="col">${escaped(words)}</th>`).join("");
  const rows = table.rows.map(({ name, slot, cells }) => `<tr><th scope="row"><button type="button" data-slot="${slot}">${keyCanvas(slot)}<span>${escaped(name)}</span></button></th>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("");
  return `<div class="rv-lesson-table" data-columns="${table.columns.length}"><table><thead><tr><td></td>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** @param {number} slot */
const keyCanvas = (slot) => `<canvas class="rv-lesson-key" data-slot="${slot}" aria-hidden="true"></canvas>`;

/** @param {string} words @returns {string} */
export function escaped(words) {
  return words.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** A sentence that begins with a letter begins with a large one. @param {string} words */
export const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);

/** HTML of the server's as plain text. @param {string} html */
function plain(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  return made.content.textContent || "";
}
