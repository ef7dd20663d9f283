// @ts-check
/** Words that the glossary knows: each opens a small note from itself. */

import { element } from "../page/dom.js";

/** @typedef {{slug: string, name: string, also: string, meaning: string, lesson: string, title: string}} Word  its meaning is safe HTML */

export class Words {
  /** @param {HTMLElement} root in which notes stand @param {(lesson: string) => void} open */
  constructor(root, open) {
    this.root = root;
    this.open = open;
    /** @type {HTMLElement | null} */ this.note = null;
    /** @type {HTMLElement | null} */ this.of = null;
    this.away = (/** @type {Event} */ event) => {
      const target = /** @type {Node} */ (event.target);
      if (!this.note?.contains(target) && !this.of?.contains(target)) this.close();
    };
  }

  get shown() {
    return this.note !== null;
  }

  /** Make buttons of the bold words that are known. @param {HTMLElement[]} places @param {Record<string, Word>} words */
  mark(places, words) {
    if (this.of && !this.of.isConnected) this.close();
    for (const strong of places.flatMap((place) => [...place.querySelectorAll("strong")])) {
      const word = words[strong.textContent || ""];
      if (!word) continue;
      const button = /** @type {HTMLButtonElement} */ (element("button", "rv-word-known", ""));
      button.type = "button";
      button.setAttribute("aria-expanded", "false");
      button.title = "What this word means";
      button.append(...strong.childNodes);
      button.addEventListener("click", () => (this.of === button ? this.close() : this.show(button, word)));
      strong.replaceChildren(button);
    }
  }

  /** @param {HTMLElement} button @param {Word} word */
  show(button, word) {
    this.close();
    const note = element("div", "rv-meaning", "");
    note.setAttribute("role", "note");
    const head = element("b", "", word.name);
    const text = element("p", "", "");
    text.innerHTML = word.meaning;
    note.append(head, text);
    if (word.lesson) {
      const link = /** @type {HTMLAnchorElement} */ (element("a", "", word.title));
      link.href = `?lesson=${word.lesson}`;
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        this.close();
        this.open(word.lesson);
      });
      const lesson = element("p", "rv-meaning-lesson", "Lesson: ");
      lesson.append(link);
      note.append(lesson);
    }
    this.root.append(note);
    const frame = this.root.getBoundingClientRect();
    const at = button.getBoundingClientRect();
    const below = at.bottom + 6 + note.offsetHeight < window.innerHeight - 8;
    note.style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - note.offsetWidth - 8)) - frame.left}px`;
    note.style.top = `${(below ? at.bottom + 6 : at.top - 6 - note.offsetHeight) - frame.top}px`;
    button.setAttribute("aria-expanded", "true");
    this.note = note;
    this.of = button;
    document.addEventListener("pointerdown", this.away, true);
  }

  close() {
    this.note?.remove();
    this.of?.setAttribute("aria-expanded", "false");
    if (this.note?.contains(document.activeElement)) this.of?.focus();
    this.note = this.of = null;
    document.removeEventListener("pointerdown", this.away, true);
  }
}
