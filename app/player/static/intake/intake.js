// @ts-check
/** Where data come in: rows are typed or pasted, a file is chosen or dropped. It is read here, and sent as a message like any other. */

import { dress, themeOf } from "../drawing/theme.js";
import { loadStyles } from "../wire/styles.js";
import { put } from "../page/dom.js";
import { handOut } from "../page/file.js";

/**
 * @typedef {object} Taken
 * @property {string} text    the rows that are shown, as CSV
 * @property {string} name    of the file in which they are saved
 * @property {string} wrong   what is wrong with what came last; it stays as it came
 * @property {number} most    bytes that are read
 */
/** @typedef {(what: {what: "table", text?: string, file?: string}) => void} Tell */

/** How much of what was pasted is shown again where something is wrong with it. */
const SHOWN = 20_000;

/** That so many bytes are too many, empty where they are not. @param {number} size @param {number} most */
export const tooMuch = (size, most) =>
  size > most ? `${(size / 1e6).toFixed(1)} MB are too much: at most ${most / 1e6} MB is read.` : "";

/** Bytes as a text that a message can hold. @param {Uint8Array} bytes */
export function base64(bytes) {
  let letters = "";
  // So many at a time as a call takes arguments.
  for (let i = 0; i < bytes.length; i += 8192) letters += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(letters);
}

class Intake {
  /** @param {HTMLElement} root */
  constructor(root) {
    root.innerHTML = `
      <label><span>Rows, the target last</span><textarea rows="5" spellcheck="false" autocomplete="off" wrap="off"></textarea></label>
      <p role="alert"></p>
      <div class="rv-intake-row"><button type="button" data-do="open">Choose a file</button><button type="button" data-do="save">Save as CSV</button></div>
      <input type="file" accept=".csv,.tsv,.txt,.dat,text/csv,text/plain" aria-label="File of data" hidden>`;
    const find = (/** @type {string} */ what) => /** @type {HTMLElement} */ (root.querySelector(what));
    this.root = root;
    this.field = /** @type {HTMLTextAreaElement} */ (find("textarea"));
    this.file = /** @type {HTMLInputElement} */ (find("input"));
    this.said = find("p");
    /** @type {Taken} */ this.taken = { text: "", name: "", wrong: "", most: 0 };
    /** @type {Tell} */ this.tell = () => {};
    /** What was sent last, or came. */
    this.known = "";
    find("[data-do=open]").addEventListener("click", () => this.file.click());
    find("[data-do=save]").addEventListener("click", () => handOut(this.taken.text, this.taken.name));
    this.file.addEventListener("change", () => {
      this.open(this.file.files?.[0]);
      // The same file may be chosen again, after it was mended.
      this.file.value = "";
    });
    this.field.addEventListener("change", () => this.send(this.field.value));
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.send(this.field.value);
      // Else the player would take letters for its own.
      event.stopPropagation();
    });
    this.field.addEventListener("paste", (event) => {
      const text = event.clipboardData?.getData("text/plain") || "";
      // A few cells into what is there are an edit; whole rows are other data.
      if (!text.trim().includes("\n")) return;
      event.preventDefault();
      this.send(text);
    });
    root.addEventListener("dragover", (event) => event.preventDefault());
    root.addEventListener("drop", (event) => {
      event.preventDefault();
      const [file] = event.dataTransfer?.files || [];
      if (file) this.open(file);
      else if (event.dataTransfer?.getData("text/plain")) this.send(event.dataTransfer.getData("text/plain"));
    });
  }

  /** @param {Taken} taken @param {Tell} tell */
  set(taken, tell) {
    const other = taken.text !== this.taken.text;
    Object.assign(this, { taken, tell });
    this.say(taken.wrong);
    if (taken.wrong || !(other || this.known !== taken.text)) return;
    this.field.value = this.known = taken.text;
    this.field.scrollTop = 0;
  }

  /** @param {string} words */
  say(words) {
    // While that stands there, the last picture pales (page/typing.js).
    this.said.className = words ? "ravine-wrong" : "";
    put(this.said, words);
    this.field.setAttribute("aria-invalid", String(Boolean(words)));
  }

  /** @param {string} text */
  send(text) {
    if (text === this.known) return;
    this.known = text;
    this.field.value = text.slice(0, SHOWN);
    const words = tooMuch(new Blob([text]).size, this.taken.most);
    if (words) this.say(words);
    else this.tell({ what: "table", text });
  }

  /** @param {File | undefined} file */
  async open(file) {
    if (!file) return;
    const words = tooMuch(file.size, this.taken.most);
    if (words) {
      this.say(words);
      return;
    }
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      this.known = "";
      this.tell({ what: "table", file: base64(bytes) });
    } catch {
      this.say("This file cannot be read.");
    }
  }
}

/** @type {WeakMap<HTMLElement, Intake>} */
const known = new WeakMap();

/**
 * Streamlit calls this at each change of data or theme.
 * @param {{parentElement: HTMLElement, data: Taken, setTriggerValue: (name: string, value: object) => void}} component
 */
export default function mount({ parentElement, data, setTriggerValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".ravine-intake"));
  loadStyles("The field could not be loaded").then(() => {
    dress(root, themeOf(root));
    if (!known.has(root)) known.set(root, new Intake(root));
    /** @type {Intake} */ (known.get(root)).set(data, (what) => setTriggerValue("ask", what));
  }, ({ message }) => put(root, message));
}
