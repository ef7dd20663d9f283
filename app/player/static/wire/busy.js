// @ts-check
/** Work that takes a while is seen: the old picture stays, paler, under a thin bar, and a word says so. */

import { put } from "../page/dom.js";

/** Milliseconds that are no while. */
const PATIENCE = 250;

export class Busy {
  /** @param {HTMLElement} root @param {HTMLElement} word where the word stands */
  constructor(root, word) {
    this.root = root;
    this.word = word;
    /** @type {Set<string>} what is waited for */
    this.waits = new Set();
    // Streamlit marks what it shows as stale while the page's script runs.
    const place = root.closest('[data-testid="stElementContainer"]');
    const look = () => {
      if (place?.getAttribute("data-stale") === "true") this.begin("server");
      else this.end("server");
    };
    this.watcher = new MutationObserver(look);
    if (place) this.watcher.observe(place, { attributes: true, attributeFilter: ["data-stale"] });
  }

  /** @param {string} what is waited for @param {string} [word] what is said of it */
  begin(what, word = "Working…") {
    this.waits.add(what);
    this.timer ||= window.setTimeout(() => {
      this.root.dataset.busy = "true";
      put(this.word, word);
    }, PATIENCE);
  }

  /** @param {string} what */
  end(what) {
    this.waits.delete(what);
    if (this.waits.size) return;
    clearTimeout(this.timer);
    this.timer = 0;
    delete this.root.dataset.busy;
    put(this.word, "");
  }

  destroy() {
    this.watcher.disconnect();
    clearTimeout(this.timer);
  }
}
