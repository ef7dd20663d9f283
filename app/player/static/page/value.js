// @ts-check
/** What one of two scenes has that the other has not, as its title: a menu of what it could be, or a number to type. */

import { ICONS } from "../drawing/icons.js";
import { typedNumber } from "../words/numbers.js";
import { element, put } from "./dom.js";
import { Menu } from "./menu.js";

/**
 * none: it is not changed here; menu: one of `options`; runs: any of them; number: typed.
 * @typedef {object} Side
 * @property {"none" | "menu" | "runs" | "number"} kind
 * @property {string} value
 * @property {[string, string][]} options   values and what they are called
 * @property {string} name   what is chosen here, for those who cannot see where it stands
 */

export class Value {
  /** @param {HTMLElement} host @param {(value: string) => void} choose */
  constructor(host, choose) {
    this.host = host;
    this.choose = choose;
    this.words = element("span", "rv-option-words", "");
    this.button = /** @type {HTMLButtonElement} */ (element("button", "rv-option", ""));
    this.button.type = "button";
    this.button.innerHTML = ICONS.unfold;
    this.button.prepend(this.words);
    this.plain = element("span", "rv-option-words", "");
    this.field = /** @type {HTMLInputElement} */ (element("input", "rv-option-field", ""));
    this.field.type = "text";
    this.field.inputMode = "decimal";
    this.field.addEventListener("change", () => this.typed());
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.typed();
      // All that is typed is the number's.
      event.stopPropagation();
    });
    host.replaceChildren(this.button, this.plain, this.field);
    this.menu = new Menu(this.button, () => this.items(), "What it is here");
    /** @type {Side | null} */ this.side = null;
  }

  /** @param {string} title @param {Side | null} side null where there is nothing to choose */
  set(title, side) {
    this.side = side;
    const kind = side?.kind || "none";
    const listed = kind === "menu" || kind === "runs";
    this.button.hidden = !listed;
    this.plain.hidden = listed;
    this.field.hidden = kind !== "number";
    for (const words of [this.words, this.plain]) put(words, title);
    this.button.title = this.plain.title = title;
    if (!side) return;
    this.button.setAttribute("aria-label", `${side.name}: ${title}`);
    this.field.setAttribute("aria-label", side.name);
    if (document.activeElement !== this.field) this.field.value = side.value;
  }

  /** @returns {import("./menu.js").Item[]} */
  items() {
    const { kind, value, options } = /** @type {Side} */ (this.side);
    const chosen = kind === "runs" ? value.split("~") : [value];
    return options.map(([key, label]) => ({
      label,
      chosen: chosen.includes(key),
      act: () => {
        if (kind === "menu") return this.choose(key);
        const others = chosen.includes(key) ? chosen.filter((one) => one !== key) : [...chosen, key];
        this.choose(others.sort().join("~"));
      },
    }));
  }

  typed() {
    const { side, field } = this;
    if (!side || field.value === side.value) return;
    const number = typedNumber(field.value);
    // What is no number goes to the server as it is, which says in words what is allowed.
    this.choose(Number.isNaN(number) ? field.value : String(number));
  }
}
