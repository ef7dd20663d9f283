// @ts-check
/** A list that a button opens: it closes with a choice, with Escape and with a click elsewhere. */

import { element } from "./dom.js";

/** @typedef {{label: string, act: () => void, chosen?: boolean, icon?: string, disabled?: boolean, note?: string}} Item */

export class Menu {
  /**
   * @param {HTMLElement} button which opens it
   * @param {() => Item[]} items asked for whenever it opens
   * @param {string} [name] what it is called, if the button's own name will not do
   */
  constructor(button, items, name = "") {
    this.button = button;
    this.items = items;
    this.list = element("div", "rv-menu", "");
    this.list.setAttribute("role", "menu");
    this.list.setAttribute("aria-label", name || button.getAttribute("aria-label") || button.textContent || "");
    this.list.hidden = true;
    button.setAttribute("aria-haspopup", "menu");
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      if (this.list.hidden) this.open(event.detail === 0);
      else this.close();
    });
    this.away = (/** @type {Event} */ event) => {
      if (!this.list.contains(/** @type {Node} */ (event.target)) && !this.button.contains(/** @type {Node} */ (event.target))) this.close();
    };
    // Opened with the mouse it has not the focus, and Escape and the arrows are its own all the same.
    this.onKey = (/** @type {KeyboardEvent} */ event) => this.key(event);
    this.list.addEventListener("click", (event) => event.stopPropagation());
  }

  /** @param {boolean} byKey whether the first entry is to have the focus */
  open(byKey) {
    this.list.replaceChildren(...this.items().map((item) => {
      const one = /** @type {HTMLButtonElement} */ (element("button", "rv-menu-item", ""));
      one.type = "button";
      one.setAttribute("role", item.chosen === undefined ? "menuitem" : "menuitemradio");
      if (item.chosen !== undefined) one.setAttribute("aria-checked", String(item.chosen));
      one.disabled = Boolean(item.disabled);
      if (item.icon) one.innerHTML = item.icon;
      one.append(element("span", "", item.label));
      if (item.note) one.append(element("span", "rv-menu-note", item.note));
      one.addEventListener("click", (event) => {
        // Chosen with the mouse it gives the keys back: Space means play, not the same menu again.
        this.close(event.detail === 0);
        item.act();
      });
      return one;
    }));
    // In the component's own root: a card may cut off what hangs out of it.
    const root = /** @type {HTMLElement} */ (this.button.closest(".ravine"));
    root.append(this.list);
    this.list.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.place(root);
    document.addEventListener("pointerdown", this.away, true);
    document.addEventListener("keydown", this.onKey, true);
    if (byKey) this.entries()[0]?.focus();
  }

  /** Beneath the button or above it, wherever there is room. @param {HTMLElement} root */
  place(root) {
    const frame = root.getBoundingClientRect();
    const at = this.button.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.list;
    const left = Math.max(8, Math.min(at.left, window.innerWidth - width - 8));
    const below = at.bottom + 4 + height < window.innerHeight - 4;
    const top = below ? at.bottom + 4 : Math.max(8, at.top - 4 - height);
    this.list.style.left = `${left - frame.left}px`;
    this.list.style.top = `${top - frame.top}px`;
  }

  entries() {
    return /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll("button:enabled")]);
  }

  /** @param {boolean} back whether the button is to have the focus that an entry had */
  close(back = true) {
    if (this.list.hidden) return;
    const had = back && this.list.contains(document.activeElement);
    this.list.hidden = true;
    this.list.remove();
    this.button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", this.away, true);
    document.removeEventListener("keydown", this.onKey, true);
    if (had) this.button.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const all = this.entries();
    const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    /** @type {Record<string, number>} */
    const ways = { ArrowDown: (at + 1) % all.length, ArrowUp: at < 0 ? all.length - 1 : (at - 1 + all.length) % all.length, Home: 0, End: all.length - 1 };
    if (event.key === "Escape" || event.key === "Tab") this.close();
    else if (event.key in ways) all[ways[event.key]]?.focus();
    else {
      // Enter and Space are the entry's own, or the page's where no entry has the focus.
      if (at >= 0) event.stopPropagation();
      return;
    }
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  }
}
