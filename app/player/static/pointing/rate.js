// @ts-check
/** A run's rate on its line: a number that is typed or dragged, and a track over two decades with the limit of stability. */

import { element } from "../page/dom.js";
import { power, typedNumber, written } from "../words/numbers.js";

/** @typedef {import("../wire/decode.js").Run} Run */

/** Pixels of a decade while dragging, how much finer Shift makes it, and the share of a press of an arrow key. */
const DECADE = 100;
const FINER = 0.1;
const NUDGE = 0.02;
/** Pixels that a press may move and still be a click. */
const CLICK = 3;
/** The track spans so many decades, and the limit lies at this share of it. */
const SPAN = 2;
const AT = 0.75;
/** What a rate may be; the server has the last word. */
const [LEAST, MOST] = [1e-7, 1000];
/** Milliseconds of rest after which what keys have set is taken. */
const REST = 500;
/** An answer is awaited for so many milliseconds. */
const LATE = 5000;

/** A rate as people write it, without its zeros: 0.155, 3×10⁻⁵. @param {number} lr */
export function rateText(lr) {
  const plain = Number(lr.toPrecision(6));
  if (plain >= 1e-4 && plain < 1e5) return String(plain);
  const [mantissa, exponent] = plain.toExponential().split("e");
  return `${mantissa}×10${power(Number(exponent))}`;
}

/** Where a rate lies on a track whose mark is at `mark`, from 0 to 1. @param {number} lr @param {number} mark */
export function shareOf(lr, mark) {
  return Math.max(0, Math.min(1, AT + Math.log10(lr / mark) / SPAN));
}

/** @param {number} lr @param {number} digits */
const rounded = (lr, digits) => Number(Math.max(LEAST, Math.min(lr, MOST)).toPrecision(digits));

export class RateField {
  /** @param {Run} run @param {import("../panels/panel.js").Asks} asks */
  constructor(run, asks) {
    this.run = run;
    this.asks = asks;
    this.lr = run.lr;
    this.field = /** @type {HTMLInputElement} */ (element("input", "rv-rate", ""));
    this.field.type = "text";
    this.field.inputMode = "decimal";
    this.field.autocomplete = "off";
    this.field.spellcheck = false;
    this.track = element("span", "rv-dial", "");
    this.track.tabIndex = 0;
    this.track.setAttribute("role", "slider");
    this.track.innerHTML = `<span class="rv-rail"></span><span class="rv-beyond"></span><span class="rv-fill"></span><span class="rv-bound"></span><span class="rv-knob"></span>`;
    const find = (/** @type {string} */ name) => /** @type {HTMLElement} */ (this.track.querySelector(name));
    this.beyond = find(".rv-beyond");
    this.filled = find(".rv-fill");
    this.mark = find(".rv-bound");
    this.knob = find(".rv-knob");
    /** The rate that the page came with last. */ this.page = run.lr;
    /** That, or what it was asked for since. */ this.kept = run.lr;
    /** A timer that runs while an answer is awaited: what comes before it is older than what was asked for. */ this.awaiting = 0;
    /** Whether another is being tried. */ this.trying = false;
    /** What the field was given last. */ this.shown = "";
    this.resting = 0;
    /** Whether it is only to be read. */ this.fixed = false;
    this.dragged(this.field);
    this.dragged(this.track);
    for (const part of [this.field, this.track]) part.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("change", () => this.typed());
    this.field.addEventListener("blur", () => this.take());
    this.track.addEventListener("blur", () => this.take());
    this.set(run, false);
  }

  /** @param {Run} run @param {boolean} passing whether it is only looked at for a moment */
  set(run, passing) {
    this.run = run;
    if (!passing) this.page = run.lr;
    if (!passing && (!this.awaiting || run.lr === this.kept)) this.settle();
    const { field, track } = this;
    const named = `Learning rate of ${run.name}`;
    field.setAttribute("aria-label", named);
    track.setAttribute("aria-label", `${named}, on a track`);
    // What is being changed here is ahead of what comes from there.
    this.show(this.trying ? this.lr : this.awaiting ? this.kept : run.lr);
  }

  /** In a lesson rates are what it says. @param {boolean} fixed */
  fix(fixed) {
    this.fixed = this.field.readOnly = fixed;
    this.track.tabIndex = fixed ? -1 : 0;
    this.track.setAttribute("aria-disabled", String(fixed));
    if (fixed) this.track.title = this.field.title = "In this step the rate is fixed.";
  }

  /** The page has the last word again. */
  settle() {
    clearTimeout(this.awaiting);
    this.awaiting = 0;
    this.kept = this.page;
  }

  /** @param {number} lr */
  show(lr) {
    this.lr = lr;
    const { field, track, run } = this;
    const text = rateText(lr);
    // What is being typed stays; what was only looked at does not.
    if (document.activeElement !== field || this.trying || field.value === this.shown) field.value = this.shown = text;
    const mark = run.bound ? run.bound.value : run.suggested || run.lr;
    const share = shareOf(lr, mark);
    this.filled.style.width = this.knob.style.left = `${100 * share}%`;
    this.mark.hidden = this.beyond.hidden = !run.bound;
    this.mark.style.left = this.beyond.style.left = `${100 * AT}%`;
    const words = run.bound ? `limit ${run.bound.name} = ${written(run.bound.value)}; this is ${percent(lr / run.bound.value)} of it` : (run.note || "").replace(/\.$/, "");
    track.title = field.title = words ? `${words}. Drag, or type a number.` : "Drag, or type a number.";
    track.setAttribute("aria-valuemin", String(mark * 10 ** (-SPAN * AT)));
    track.setAttribute("aria-valuemax", String(mark * 10 ** (SPAN * (1 - AT))));
    track.setAttribute("aria-valuenow", String(lr));
    track.setAttribute("aria-valuetext", `${text}${words ? `, ${words}` : ""}`);
  }

  /** Try a rate: the paths follow. @param {number} lr */
  try(lr) {
    if (lr === this.lr) return;
    this.trying = true;
    this.show(lr);
    this.asks.rate(this.run.slot, lr, false);
  }

  /** Take what was tried. */
  take() {
    clearTimeout(this.resting);
    if (!this.trying) return;
    const changed = this.lr !== this.kept;
    this.trying = false;
    this.kept = this.lr;
    if (changed) {
      clearTimeout(this.awaiting);
      // An answer that never comes must not hold the field for ever.
      this.awaiting = window.setTimeout(() => {
        this.settle();
        if (!this.trying) this.show(this.kept);
      }, LATE);
    }
    this.asks.rate(this.run.slot, changed ? this.lr : null, true);
  }

  /** Give up what was tried. */
  leave() {
    clearTimeout(this.resting);
    if (this.trying) this.asks.rate(this.run.slot, null, true);
    this.trying = false;
    this.shown = this.field.value;
    this.show(this.kept);
  }

  typed() {
    const lr = typedNumber(this.field.value);
    if (lr >= LEAST && lr <= MOST) {
      this.trying = true;
      this.show(lr);
      this.take();
      return;
    }
    this.asks.tell(`The learning rate is a number from 0.0000001 to 1000, like 0.05; ${JSON.stringify(this.field.value)} is none of these.`);
    this.leave();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const inField = event.currentTarget === this.field;
    /** @type {Record<string, number>} */
    const ways = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
    // In a number the arrows move it, up and down; left and right are the text's own while it is edited.
    const editing = inField && this.field.value !== rateText(this.lr);
    const way = ways[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey || this.fixed) return;
    if (way && !editing) {
      const factor = 1 + NUDGE * (event.shiftKey ? FINER : 1);
      this.try(rounded(this.lr * factor ** way, event.shiftKey ? 5 : 4));
      clearTimeout(this.resting);
      this.resting = window.setTimeout(() => this.take(), REST);
    } else if (event.key === "Escape") this.leave();
    else if (event.key === "Enter") {
      // With nothing to take it is the page's.
      if (!editing && !this.trying) return;
      clearTimeout(this.resting);
      if (editing) this.typed();
      else this.take();
      if (inField) this.field.select();
    } else {
      // All else that is typed is the number's.
      if (inField) event.stopPropagation();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** Dragging across a number or its track. @param {HTMLElement} part */
  dragged(part) {
    /** @type {{x: number, lr: number, moved: boolean} | null} */
    let held = null;
    part.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.fixed) return;
      held = { x: event.clientX, lr: this.lr, moved: false };
      if (part === this.track) {
        event.preventDefault();
        part.focus({ preventScroll: true });
      }
      part.setPointerCapture(event.pointerId);
    });
    part.addEventListener("pointermove", (event) => {
      if (!held) return;
      const by = event.clientX - held.x;
      if (!held.moved && Math.abs(by) < CLICK) return;
      if (!held.moved) getSelection()?.removeAllRanges();
      held.moved = true;
      event.preventDefault();
      this.try(rounded(held.lr * 10 ** ((by / DECADE) * (event.shiftKey ? FINER : 1)), event.shiftKey ? 4 : 3));
    });
    const end = (/** @type {PointerEvent} */ event) => {
      if (!held) return;
      const { moved } = held;
      held = null;
      if (event.type === "pointercancel") return this.leave();
      if (moved) {
        if (part === this.field) this.field.blur();
        return this.take();
      }
      if (part === this.field) return this.field.select();
      const frame = this.track.getBoundingClientRect();
      const mark = this.run.bound ? this.run.bound.value : this.run.suggested || this.run.lr;
      const share = Math.max(0, Math.min(1, (event.clientX - frame.left) / frame.width));
      this.try(rounded(mark * 10 ** ((share - AT) * SPAN), 2));
      this.take();
    };
    part.addEventListener("pointerup", end);
    part.addEventListener("pointercancel", end);
  }

  destroy() {
    clearTimeout(this.awaiting);
    clearTimeout(this.resting);
  }
}

/** @param {number} share */
function percent(share) {
  return share < 0.01 || share > 100 ? `${written(share * 100)} %` : `${Math.round(share * 100)} %`;
}
