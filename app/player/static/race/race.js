// @ts-check
/** The page of a fair race: curves and table, which fill as each method is found. What decides the race is Streamlit's. */

import { drawKey } from "../drawing/glyphs.js";
import { ICONS } from "../drawing/icons.js";
import { dress, keyOf, themeOf } from "../drawing/theme.js";
import { copied } from "../page/clipboard.js";
import { element, put } from "../page/dom.js";
import { handOut } from "../page/file.js";
import { listen } from "../wire/pieces.js";
import { loadStyles } from "../wire/styles.js";
import { written } from "../words/numbers.js";
import { Chart } from "./chart.js";
import { Known } from "./pieces.js";
import { HEADINGS, along, columnsOf, factorWords, inOrder, rateWords, stepWords, turned } from "./table.js";

/** @typedef {import("../drawing/theme.js").Theme} Theme */
/** @typedef {import("./pieces.js").Standing} Standing */
/** @typedef {import("./table.js").Method} Method */
/** @typedef {import("./table.js").By} By */

/**
 * @typedef {object} Raced
 * @property {string} asked   where the pieces are asked for
 * @property {Method[]} methods
 * @property {[number, number]} rates   the ends of the range
 * @property {number} starts
 * @property {string} from   the start in the middle
 * @property {boolean} final   whether the loss at the end is all that counts
 * @property {number} most   steps of a run
 * @typedef {(what: object) => void} Ask
 */

const NUMBERS = ["", "", "both", "all three", "all four", "all five", "all six", "all seven", "all eight"];
/** How long a button says what came of it. */
const SAID = 1800;

const PAGE = `
  <p class="rv-race-count"><span role="status"></span><button type="button" class="rv-race-button" hidden></button></p>
  <section class="rv-race-card" data-part="plot" aria-label="Loss for every rate">
    <header><h2></h2><p></p></header>
    <div class="rv-race-plot"><canvas role="img" tabindex="-1"></canvas></div>
    <div class="rv-race-done" hidden><i></i></div>
  </section>
  <section class="rv-race-card" data-part="table" aria-label="Each method at its own best rate">
    <header><h2>Each at its own best rate</h2><p></p></header>
    <div class="rv-race-rows"><table><thead></thead><tbody></tbody></table></div>
    <div class="rv-race-words"><p role="status"></p><p></p></div>
    <div class="rv-race-ways">
      <button type="button" class="rv-race-button" data-do="take">These rates to Playground ${ICONS.next}</button>
      <button type="button" class="rv-race-button" data-do="csv">CSV</button>
      <button type="button" class="rv-race-button" data-do="link">Copy link</button>
    </div>
  </section>
  <div class="rv-race-bar">
    <button type="button" class="rv-play" data-do="take" aria-label="Race them in the Playground">${ICONS.play}</button>
    <b>Race them</b><span></span>
  </div>`;

class Page {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    root.innerHTML = PAGE;
    const one = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
    this.count = one(".rv-race-count span");
    this.stop = /** @type {HTMLButtonElement} */ (one(".rv-race-count button"));
    this.title = one('[data-part="plot"] h2');
    this.hint = one('[data-part="plot"] header p');
    this.done = one(".rv-race-done");
    this.sorted = one('[data-part="table"] header p');
    this.head = one("thead");
    this.body = one("tbody");
    this.verdict = one(".rv-race-words p");
    this.fair = one(".rv-race-words p + p");
    this.who = one(".rv-race-bar span");
    this.chart = new Chart(/** @type {HTMLCanvasElement} */ (one("canvas")));
    this.known = new Known();
    /** @type {Raced | null} */ this.raced = null;
    /** @type {Ask} */ this.ask = () => {};
    /** @type {import("./table.js").Order} */ this.order = { by: "steps", falling: false };
    /** The slot of the row that is pointed at, or has the focus. @type {number | null} */
    this.met = null;
    /** That of the one that was chosen. @type {number | null} */
    this.chosen = null;
    /** @type {"going" | "over" | "stopped"} */ this.state = "going";
    this.fault = "";
    this.theme = themeOf(root);
    this.going = new AbortController();
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(/** @type {HTMLElement} */ (this.chart.canvas.parentElement));
    document.fonts.ready.then(() => this.draw());
    this.listens();
  }

  listens() {
    const { root, chart } = this;
    const slotOf = (/** @type {EventTarget | null} */ target) => Number((target instanceof Element && target.closest("tr[data-slot]")?.getAttribute("data-slot")) || 0) || null;
    this.body.addEventListener("pointerover", (event) => this.meet(slotOf(event.target)));
    this.body.addEventListener("pointerleave", () => this.meet(null));
    this.body.addEventListener("focusin", (event) => this.meet(slotOf(event.target)));
    this.body.addEventListener("focusout", () => this.meet(null));
    this.body.addEventListener("click", (event) => this.choose(slotOf(event.target)));
    const pointed = (/** @type {MouseEvent} */ event) => {
      const { left, top } = chart.canvas.getBoundingClientRect();
      return chart.near(event.clientX - left, event.clientY - top);
    };
    chart.canvas.addEventListener("pointermove", (event) => this.meet(pointed(event)));
    chart.canvas.addEventListener("pointerleave", () => this.meet(null));
    chart.canvas.addEventListener("click", (event) => this.choose(pointed(event)));
    this.stop.addEventListener("click", () => (this.state === "going" ? this.cancel() : this.begin()));
    root.addEventListener("click", (event) => {
      const button = event.target instanceof Element && event.target.closest("[data-do]");
      if (button instanceof HTMLButtonElement) this.act(button);
      const heading = event.target instanceof Element && event.target.closest("th button");
      if (heading instanceof HTMLElement) this.sort(/** @type {By} */ (heading.dataset.by));
    });
  }

  /** @param {Raced} raced @param {Ask} ask */
  set(raced, ask) {
    this.ask = ask;
    this.theme = themeOf(this.root);
    dress(this.root, this.theme);
    document.documentElement.dataset.ravine = "race";
    const other = raced.asked !== this.raced?.asked;
    this.raced = raced;
    if (other) {
      this.met = this.chosen = null;
      this.order = { by: raced.final ? "loss" : "steps", falling: false };
      this.begin();
    } else this.show();
  }

  /** Search anew; what was under way is called off, on the server too. */
  begin() {
    this.going.abort();
    const going = (this.going = new AbortController());
    const { asked } = /** @type {Raced} */ (this.raced);
    const known = (this.known = new Known());
    [this.state, this.fault] = ["going", ""];
    this.show();
    listen(asked, going.signal, (piece) => {
      known.take(piece);
      if (!going.signal.aborted) this.show();
    }).catch((error) => {
      if (!going.signal.aborted) this.fault = error.message;
    }).finally(() => {
      if (going.signal.aborted) return;
      this.state = known.over ? "over" : "stopped";
      // An answer that was read no further goes on else.
      going.abort();
      this.show();
    });
  }

  cancel() {
    this.going.abort();
    this.state = "stopped";
    this.show();
  }

  destroy() {
    this.going.abort();
    this.watcher.disconnect();
  }

  get active() {
    return this.met ?? this.chosen;
  }

  /** @param {number | null} slot */
  meet(slot) {
    if (slot === this.met) return;
    this.met = slot;
    this.draw();
  }

  /** @param {number | null} slot */
  choose(slot) {
    if (slot === null) return;
    this.chosen = this.chosen === slot ? null : slot;
    this.draw();
  }

  /** @param {By} by */
  sort(by) {
    this.order = turned(this.order, by);
    this.show();
    /** @type {HTMLElement | null} */ (this.head.querySelector(`[data-by="${by}"]`))?.focus();
  }

  /** @param {HTMLButtonElement} button */
  async act(button) {
    const { known, raced, order } = this;
    if (!raced) return;
    if (button.dataset.do === "take") {
      this.ask({ what: "rates", rates: Object.fromEntries([...known.standings.values()].map(({ slot, rate }) => [slot, rate])) });
    } else if (button.dataset.do === "csv") {
      handOut(known.csv(inOrder(raced.methods, known.standings, order).map(({ slot }) => slot)), "ravine-fair-race.csv");
    } else {
      put(button, (await copied(location.href)) ? "Link copied" : "Copy the address bar");
      setTimeout(() => put(button, "Copy link"), SAID);
    }
  }

  /** All that is known by now. */
  show() {
    const { raced, known, chart } = this;
    if (!raced) return;
    const standings = raced.methods.flatMap(({ slot }) => known.standings.get(slot) ?? []);
    put(this.title, known.begun?.title ?? "Loss for every rate");
    this.counted(standings.length);
    this.rows();
    put(this.verdict, known.over?.verdict ?? "");
    put(this.fair, known.over ? `Fair means: ${lower(known.over.fair)} ${more(known.over.cost)}`.trim() : "");
    const who = standings.length > 1 ? `${NUMBERS[standings.length]} from ${raced.from}, each at its best rate` : `from ${raced.from}, at its best rate`;
    put(this.who, standings.length ? who : "as soon as rates are found");
    for (const button of this.root.querySelectorAll('[data-do="take"], [data-do="csv"]')) if (button instanceof HTMLButtonElement) button.disabled = !standings.length || this.state === "going";
    chart.set(standings, raced.rates, known.begun);
    chart.canvas.setAttribute("aria-label", `${this.title.textContent}, ${standings.length} methods; the table beside it has the numbers.`);
    this.root.dataset.state = this.state;
    this.draw();
  }

  /** How far it is, at the right of the tools. @param {number} found */
  counted(found) {
    const { known, raced, state, fault, stop } = this;
    const of = raced?.methods.length ?? 0;
    put(this.count, fault || (state === "over" ? `${known.runs.toLocaleString("en")} runs in ${known.seconds.toFixed(1)} s`
      : state === "stopped" ? `Stopped after ${found} of ${of}` : known.begun ? `${found} of ${of} methods` : "Waiting for a turn"));
    stop.hidden = state === "over";
    put(stop, state === "going" ? "Cancel" : "Search again");
    this.done.hidden = state !== "going";
    /** @type {HTMLElement} */ (this.done.firstElementChild).style.width = `${(100 * found) / Math.max(of, 1)}%`;
  }

  rows() {
    const { raced, known, order, theme } = this;
    if (!raced) return;
    const columns = columnsOf(raced.final);
    put(this.sorted, `sorted by ${HEADINGS[order.by]}`);
    const had = /** @type {HTMLElement | null} */ (document.activeElement?.closest?.("tr[data-slot]"))?.dataset.slot;
    const top = document.createElement("tr");
    top.append(...columns.map((by) => {
      const cell = element("th", "", "");
      cell.setAttribute("scope", "col");
      cell.dataset.column = by;
      cell.setAttribute("aria-sort", order.by === by ? (order.falling ? "descending" : "ascending") : "none");
      const button = element("button", "", HEADINGS[by]);
      button.setAttribute("type", "button");
      button.dataset.by = by;
      cell.append(button);
      return cell;
    }));
    this.head.replaceChildren(top);
    this.body.replaceChildren(...inOrder(raced.methods, known.standings, order).map((method) => this.row(method, columns)));
    for (const place of this.body.querySelectorAll("canvas")) drawKey(place, Number(place.dataset.slot), theme);
    if (had) /** @type {HTMLElement | null} */ (this.body.querySelector(`tr[data-slot="${had}"] button`))?.focus();
    this.root.style.setProperty("--rv-rows", String(raced.methods.length));
  }

  /** @param {Method} method @param {By[]} columns */
  row({ slot, name }, columns) {
    const { raced, known, state } = this;
    const standing = known.standings.get(slot);
    const row = document.createElement("tr");
    row.dataset.slot = String(slot);
    const named = element("th", "", "");
    named.setAttribute("scope", "row");
    const button = element("button", "", "");
    button.setAttribute("type", "button");
    const key = document.createElement("canvas");
    key.dataset.slot = String(slot);
    button.append(key, element("span", "", name));
    button.title = name;
    named.append(button);
    row.append(named);
    if (!raced) return row;
    if (!standing) {
      const cell = /** @type {HTMLTableCellElement} */ (element("td", "rv-race-not", state === "going" ? "searching…" : state === "over" ? "not searched: the time was spent" : "not searched"));
      cell.colSpan = columns.length - 1;
      row.append(cell);
      return row;
    }
    const words = { name, rate: rateWords(standing.rate), steps: stepWords(standing, raced.most), got: `${standing.got} of ${raced.starts}`, loss: standing.loss === null ? "∞" : written(standing.loss), factor: "" };
    for (const by of columns.slice(1)) {
      const cell = element("td", "", words[by]);
      cell.dataset.column = by;
      if (by === "steps") cell.dataset.none = String(standing.steps === null);
      if (by === "factor") cell.append(range(standing, raced.rates, keyOf(slot, this.theme).colour));
      row.append(cell);
    }
    return row;
  }

  /** The curves; what is looked at comes forward, its row too. */
  draw() {
    const { active, raced } = this;
    if (!raced) return;
    for (const row of this.body.querySelectorAll("tr")) {
      const here = Number(row.dataset.slot) === active;
      row.dataset.active = String(here);
      row.querySelector("button")?.setAttribute("aria-pressed", String(Number(row.dataset.slot) === this.chosen));
    }
    this.root.dataset.active = String(active ?? "");
    put(this.hint, `median of ${raced.starts} starts${active === null ? "" : "; band: the middle half"}`);
    this.chart.draw(this.theme, active);
  }
}

/** The good rates as a bar on the axis of rates, the chosen one as a tick. @param {Standing} standing @param {[number, number]} ends @param {string} colour */
function range(standing, ends, colour) {
  const place = element("span", "rv-race-range", "");
  const line = element("i", "", "");
  const tick = element("u", "", "");
  if (standing.low !== null && standing.high !== null) {
    const bar = element("b", "", "");
    const [from, to] = [along(standing.low, ends), along(standing.high, ends)];
    bar.style.left = `${from}%`;
    bar.style.width = `${to - from}%`;
    bar.style.background = colour;
    line.append(bar);
    place.title = `${rateWords(standing.low)} to ${rateWords(standing.high)}`;
  }
  tick.style.left = `${along(standing.rate, ends)}%`;
  line.append(tick);
  const words = element("em", "", factorWords(standing));
  words.dataset.none = String(standing.factor === null);
  place.append(line, words);
  return place;
}

/** A sentence within another. @param {string} words */
const lower = (words) => words.slice(0, 1).toLowerCase() + words.slice(1);

/** What a search cost beside its runs and seconds, which stand above the cards. @param {string} cost */
const more = (cost) => cost.replace(/^.*? s\.\s*/, "");

/** @type {WeakMap<HTMLElement, Page>} */
const pages = new WeakMap();

/**
 * Streamlit calls this at each change of data or theme.
 * @param {{parentElement: HTMLElement, data: Raced, setTriggerValue: (name: string, value: object) => void}} component
 */
export default function mount({ parentElement, data, setTriggerValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".ravine-race"));
  loadStyles("The race could not be loaded").then(() => {
    if (!root.isConnected) return;
    if (!pages.has(root)) pages.set(root, new Page(root));
    /** @type {Page} */ (pages.get(root)).set(data, (what) => setTriggerValue("ask", what));
  }).catch((error) => root.replaceChildren(element("p", "", `${error.message} Reload the page to try again.`)));
  return () => {
    if (root.isConnected) return;
    pages.get(root)?.destroy();
    pages.delete(root);
  };
}
