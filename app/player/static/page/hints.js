// @ts-check
/**
 * Four notes for the first minute: what one can do here first. Each goes for good once it was done, all with Escape or with
 * the third visit. They are seen on the first page alone, and never by those who came for an experiment of somebody's.
 */

import { element } from "./dom.js";

/** @typedef {import("../panels/panel.js").Spot} Spot */
/** @typedef {"lessons" | "start" | "rate" | "play"} Deed */
/** @typedef {(where: "start" | "foot", size: {width: number, height: number}) => Spot[]} Spots */

const WORDS = /** @type {Record<Deed, string>} */ ({
  lessons: "Lessons: guess, run, see why",
  start: "Drag the ring: all runs start there",
  rate: "Drag a rate: its path follows",
  play: "Space: play, pause. ← →: one step",
});
const DEEDS = /** @type {Deed[]} */ (Object.keys(WORDS));
const VISITS = 2;
const KEPT = "ravine.hints";
/** Pixels from a note to what it is about, and from its left edge to its line. */
const OFF = 8;
const ASIDE = 18;
/** The page's header, in pixels. */
const HEADER = 48;
/** Milliseconds after which pictures have taken up another size. */
const REDRAWN = 600;
/** Whether the page was opened without an experiment: later its address always names one. */
const bare = typeof location === "undefined" || !location.search;

export class Hints {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {Map<Deed, HTMLElement>} */ this.notes = new Map();
    /** @type {Spots} */ this.spots = () => [];
    this.wanted = false;
    const { visits, done } = kept();
    this.done = new Set(bare && visits < VISITS ? done : DEEDS);
    if (bare) keep({ visits: visits + 1, done });
    this.onKey = (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape") this.did(...DEEDS);
    };
    document.addEventListener("keydown", this.onKey);
    // In another window the pictures are drawn anew, which takes them a while.
    this.watcher = new ResizeObserver(() => setTimeout(() => this.place(this.spots, this.wanted), REDRAWN));
    this.watcher.observe(root);
  }

  /** @param {Deed[]} deeds */
  did(...deeds) {
    const left = deeds.filter((deed) => !this.done.has(deed));
    if (!left.length) return;
    for (const deed of left) {
      this.done.add(deed);
      this.notes.get(deed)?.remove();
      this.notes.delete(deed);
    }
    keep({ ...kept(), done: [...this.done] });
  }

  /**
   * Put each note where it belongs, if there is room. To be called when all of a picture is written: it looks at the page.
   * @param {Spots} spots
   * @param {boolean} wanted whether this is the page for them
   */
  place(spots, wanted) {
    Object.assign(this, { spots, wanted });
    if (this.done.size === DEEDS.length) return;
    const frame = this.root.getBoundingClientRect();
    for (const deed of DEEDS) {
      if (this.done.has(deed)) continue;
      const note = this.notes.get(deed) || this.note(deed);
      const spot = wanted ? this.spot(deed, { width: note.offsetWidth, height: note.offsetHeight }) : undefined;
      note.style.visibility = spot ? "visible" : "hidden";
      if (!spot) continue;
      note.style.left = `${spot.left - frame.left}px`;
      note.style.top = `${spot.top - frame.top}px`;
      // A line leads to what it is about.
      const below = spot.y > spot.bottom;
      note.dataset.lead = below ? "down" : "up";
      note.style.setProperty("--rv-aside", `${spot.x - spot.left}px`);
      note.style.setProperty("--rv-lead", `${below ? spot.y - spot.bottom : spot.top - spot.y}px`);
    }
  }

  /** Where a note goes, and where its line ends. @param {Deed} deed @param {{width: number, height: number}} size @returns {Spot | undefined} */
  spot(deed, { width, height }) {
    if (deed === "lessons") return inHeader(width, height);
    if (deed === "start") return this.spots("start", { width, height })[0];
    const about = this.root.querySelector(deed === "play" ? ".rv-play" : ".rv-rate")?.getBoundingClientRect();
    if (!about?.width) return undefined;
    const [x, y] = [about.left + about.width / 2, about.top];
    if (deed === "rate") return { left: x - ASIDE, top: y - OFF - height, right: x - ASIDE + width, bottom: y - OFF, x, y };
    const [foot] = this.spots("foot", { width, height });
    return foot && { ...foot, x, y };
  }

  /** @param {Deed} deed */
  note(deed) {
    const note = element("p", "rv-note", WORDS[deed]);
    note.setAttribute("role", "note");
    note.dataset.deed = deed;
    this.root.append(note);
    this.notes.set(deed, note);
    return note;
  }

  destroy() {
    document.removeEventListener("keydown", this.onKey);
    this.watcher.disconnect();
  }
}

/** What was followed where no note is in view. @param {Deed} deed */
export function followed(deed) {
  const before = kept();
  if (!before.done.includes(deed)) keep({ ...before, done: [...before.done, deed] });
}

/** Under the name of the page of all lessons. @param {number} width @param {number} height @returns {Spot | undefined} */
function inHeader(width, height) {
  const links = [...document.querySelectorAll('[data-testid="stTopNavLink"]')];
  const about = links.find((link) => link.textContent?.includes("Lessons"))?.getBoundingClientRect();
  if (!about?.width) return undefined;
  const [left, top, x] = [about.left, HEADER + OFF, about.left + about.width / 2];
  return { left, top, right: left + width, bottom: top + height, x, y: about.bottom - OFF };
}

/** @returns {{visits: number, done: Deed[]}} what this browser remembers; nothing of it is trusted */
function kept() {
  try {
    const { visits, done } = JSON.parse(localStorage.getItem(KEPT) || "{}");
    return { visits: Number.isInteger(visits) ? visits : 0, done: DEEDS.filter((deed) => Array.isArray(done) && done.includes(deed)) };
  } catch {
    return { visits: 0, done: [] };
  }
}

/** @param {{visits: number, done: Deed[]}} what */
function keep(what) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(what));
  } catch {
    // Where nothing may be kept they are seen again.
  }
}
