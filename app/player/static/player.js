// @ts-check
/** The component: one player for each place it is mounted, with one clock for all its scenes. */

import { ICONS } from "./drawing/icons.js";
import { dress, themeOf } from "./drawing/theme.js";
import { Lesson } from "./lesson/lesson.js";
import { put } from "./page/dom.js";
import { Hints } from "./page/hints.js";
import { BAR, roomOf } from "./page/room.js";
import { openSettings, toDissect, watchKeys } from "./page/sidebar.js";
import { Presenter } from "./page/presenter.js";
import { watchTyping } from "./page/typing.js";
import { PICTURES, SHARED, ofMaps } from "./panels/index.js";
import { Picture } from "./picture.js";
import { rateText } from "./pointing/rate.js";
import { heightsOf } from "./pointing/zoom.js";
import { Clock, SPEEDS } from "./time/clock.js";
import { Transport } from "./time/transport.js";
import { Busy } from "./wire/busy.js";
import { decode, fieldOf } from "./wire/decode.js";
import { drawingOrder, everyRun } from "./wire/runs.js";
import { OtherVersion, addressOf, bytesOf } from "./wire/server.js";
import { loadStyles } from "./wire/styles.js";
import { Wishes } from "./wire/wishes.js";
import { Speech } from "./words/speech.js";

/** @typedef {import("./wire/decode.js").SceneData} SceneData */
/** @typedef {import("./picture.js").Kind} Kind */
/** @typedef {import("./panels/panel.js").Show} Show */
/** @typedef {import("./panels/panel.js").Panel} Panel */

const LACKING = "The pictures could not be loaded";

/** On a phone one of these is in view. @type {[string, string][]} */
const TABS = [["contour", "Contour"], ["surface", "3-D"], ["curves", "Curves"], ["formula", "Formula"], ["data", "Data"]];

/** Which step of which experiment another page's player was left at, so that Dissect begins there. */
const left = { link: "", step: 0 };
/** Which pictures the viewer wants to see, for as long as the visit lasts. @type {{main: Kind, second: Kind | ""}} */
const views = { main: "contour", second: "" };

class Player {
  /** @param {HTMLElement} root @param {(ask: object) => void} ask */
  constructor(root, ask) {
    this.root = root;
    this.ask = ask;
    root.innerHTML = `
      <p class="rv-printed"></p>
      <p class="rv-tagline">Watch optimizers walk down a loss surface. Drag the start, change a rate.</p>
      <div class="rv-head"><div><b></b><span></span></div><button type="button" class="rv-edit">${ICONS.edit}<span>Edit</span></button></div>
      <div class="rv-tabs" role="tablist" aria-label="Pictures"></div>
      <div class="rv-stage" id="rv-stage">
        <div class="rv-work"></div><div class="rv-word-of-work" role="status"></div><div class="rv-fault" role="alert" hidden></div>
        ${Object.keys(SHARED).filter((kind) => kind !== "dissect").map((kind) => `<section class="rv-panel rv-${kind}"></section>`).join("")}
        <section class="rv-panel rv-map"></section><section class="rv-panel rv-there"></section>
        <section class="rv-task-card" aria-label="Challenge"></section>
      </div>
      <section class="rv-dissect" id="rv-apart"></section>
      <div class="rv-player"></div>`;
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
    root.setAttribute("role", "region");
    root.setAttribute("aria-label", "Player");
    this.stage = find(".rv-stage");
    this.asunder = find(".rv-dissect");
    this.busy = new Busy(root, find(".rv-word-of-work"));
    this.fault = find(".rv-fault");
    this.wishes = new Wishes((what) => this.ask(what), {
      asked: (stands) => this.busy.begin("answer", stands ? undefined : "Waiting for the connection…"),
      given: () => this.busy.end("answer"),
      up: () => this.asItWas("There is no connection to the server, so nothing was changed. Try again when it is back."),
      about: () => ({ selected: this.kept }),
    });
    // Another version of these files takes the place over.
    this.onReplaced = () => this.destroy();
    root.addEventListener(REPLACED, this.onReplaced);
    this.headline = find(".rv-head b");
    this.subline = find(".rv-head div span");
    this.lesson = new Lesson(root, {
      ask: (what) => this.request(what),
      run: () => this.run(),
      end: () => this.clock.nudge(Infinity),
      seek: (step, slot) => this.quote(step, slot),
      select: (slot) => this.select(slot),
      changed: () => this.draw(this.clock.step),
    });
    this.card = find(".rv-task-card");
    this.seat();
    this.presenter = new Presenter(root, () => this.full());
    /** @type {Picture[]} */ this.pictures = [];
    /** @type {Show[]} */ this.shows = [];
    /** @type {Set<number>} slots */ this.hidden = new Set();
    /** @type {Uint8Array | null} */ this.bytes = null;
    /** @type {SceneData[]} */ this.known = [];
    /** The timer of what is dragged. */
    this.rest = 0;
    /** @type {SceneData[]} */ this.scenes = [];
    /** @type {number | null} */ this.selected = null;
    /** The run that is selected as far as the server knows. @type {number | null} */ this.kept = null;
    /** What is looked at for a moment: another start or another rate. @type {"" | "start" | "rate"} */ this.passing = "";
    /** @type {string | null} */ this.wanted = null;
    /** @type {"playground" | "compare" | "dissect" | "maps"} */ this.page = "playground";
    this.link = "";
    /** @type {import("./map/source.js").Chart | null} */ this.chart = null;
    this.mapped = false;
    /** The pictures of a lesson's step. @type {{main: Kind, second: Kind | ""} | null} */ this.taught = null;
    this.clock = new Clock((step) => this.draw(step));
    this.transport = new Transport(find(".rv-player"), this.clock, {
      // A lesson's link is its place, not its experiment; a page's holds no more data than a link can.
      link: () => (this.lesson.said || this.link.includes("~table~z1") ? location.href : `${location.origin}${location.pathname}?${this.link}`),
      full: () => this.full(),
    });
    this.speech = new Speech(root, this.clock);
    /** Resolves once the first pictures are on the screen. @type {Promise<void>} */
    this.seen = new Promise((done) => {
      this.onSeen = done;
    });
    this.asks = this.asked(0);
    /** @type {Show} */ this.show = this.showOf(0);
    /** @type {Panel[]} */
    this.shared = Object.entries(SHARED).map(([kind, Kind]) => new Kind(find(`.rv-${kind}`), this.show, this.asks));
    find(".rv-edit").addEventListener("click", openSettings);
    this.tabs = TABS.map(([kind, name]) => {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", kind === "formula" ? "rv-apart" : "rv-stage");
      tab.id = `rv-tab-${kind}`;
      tab.dataset.kind = kind;
      tab.textContent = name;
      tab.addEventListener("click", () => this.open(kind));
      return tab;
    });
    find(".rv-tabs").append(...this.tabs);
    find(".rv-tabs").addEventListener("keydown", (event) => this.nextTab(event));
    this.hints = new Hints(root);
    this.keys = watchKeys(() => themeOf(root));
    this.untyped = watchTyping();
    this.watcher = new ResizeObserver(() => this.layout());
    this.watcher.observe(root);
    // What stands above the player may grow or go.
    const page = root.closest('[data-testid="stVerticalBlock"]');
    if (page) this.watcher.observe(page);
    // A button that was clicked with the mouse gives the keys back: Space means play, not the same button again.
    root.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("button");
      if (event.detail > 0) button?.blur();
    });
    this.onKey = (/** @type {KeyboardEvent} */ event) => this.key(event);
    this.onWindow = () => this.layout();
    this.printed = find(".rv-printed");
    this.onPrint = () => this.print();
    window.addEventListener("beforeprint", this.onPrint);
    document.addEventListener("keydown", this.onKey);
    document.addEventListener("fullscreenchange", this.onWindow);
    window.addEventListener("resize", this.onWindow);
    this.open("contour");
  }

  /** What is to be shown of a scene; see `present`. @param {number} index @returns {Show} */
  showOf(index) {
    const nothing = /** @type {any} */ (undefined);
    const show = { scene: nothing, scenes: [], index, order: [], theme: nothing, selected: null, strength: this.strength, scale: 1, link: "", offers: [], differs: null, playing: false, passing: false, lesson: null, chart: null, letters: [] };
    this.shows.push(show);
    return show;
  }

  /** What the panels of a scene may ask for. @param {number} scene @returns {import("./panels/panel.js").Asks} */
  asked(scene) {
    return {
      seen: this.seen,
      start: (x, y) => {
        if (this.lesson.step) {
          this.lesson.guessed({ place: [x, y] });
          return;
        }
        this.hints.did("start");
        this.request({ what: "start", x, y, scene });
      },
      drag: (at) => (at ? this.pass("start", `scene=${scene}&at=${at.join("~")}`) : this.restore()),
      rate: (slot, lr, done) => {
        if (this.lesson.step) {
          this.tried(slot, lr);
          return;
        }
        if (done && lr !== null) this.hints.did("rate");
        if (lr === null) this.restore();
        else if (done) this.request({ what: "rate", slot, lr });
        else this.pass("rate", `rate=${slot}~${lr}`);
      },
      pixel: (at, done) => {
        if (!at) this.restore();
        else if (done) this.request({ what: "pixel", at: at.join("~") });
        else this.pass("start", `pixel=${at.join("~")}`);
      },
      letters: (letters) => {
        for (const show of this.shows) show.letters = letters;
        this.draw(this.clock.step);
      },
      view: (view) => this.lesson.step || this.request({ what: "view", view, scene }),
      seek: (step) => {
        this.clock.pause();
        this.clock.seek(step);
      },
      select: (slot) => this.select(slot),
      isolate: (slot) => this.isolate(slot),
      toggle: (slot) => this.toggle(slot),
      dissect: toDissect,
      request: (what) => this.request(what),
      say: (words) => this.speech.say(words),
      tell: (words) => this.transport.say(words),
    };
  }

  /**
   * @param {Uint8Array} bytes
   */
  async update(bytes) {
    const theme = themeOf(this.root);
    if (this.bytes && this.dark === theme.dark && same(bytes, this.bytes) && !this.passing) return;
    const before = this.bytes;
    const first = before === null;
    this.bytes = bytes;
    this.dark = theme.dark;
    const message = decode(bytes);
    this.busy.begin("pictures");
    try {
      // What is on the page stays as it is until all of the new can be shown.
      if (!first) await Promise.all(message.scenes.flatMap((scene) => [fieldOf(scene), heightsOf(scene, scene.view)]));
      if (this.bytes !== bytes) return;
      await this.present(message, theme, first);
      this.fault.hidden = true;
    } catch (error) {
      if (first) throw error;
      if (this.bytes !== bytes) return;
      // The old picture stays, and what is missing can be asked for again.
      this.bytes = before;
      this.fail(/** @type {Error} */ (error), () => this.update(bytes));
    } finally {
      // An older update that ends now must not hide that a newer one still waits.
      if (this.bytes === bytes) this.busy.end("pictures");
    }
  }

  /** @param {import("./wire/decode.js").Message} message @param {import("./drawing/theme.js").Theme} theme @param {boolean} first */
  async present(message, theme, first) {
    const { scenes } = message;
    const [before, pixel] = [this.scenes, this.chart?.at];
    this.page = message.page;
    this.chart = message.chart || null;
    if (this.chart) await this.map();
    this.link = message.link;
    /** The page's own runs, whatever is tried. */
    this.known = scenes;
    this.selected = this.kept = message.selected;
    this.offers = message.offers;
    this.differs = message.differs || null;
    const slots = everyRun(scenes).map((run) => run.slot);
    this.hidden = new Set(slots.filter((slot) => this.hidden.has(slot)));
    dress(this.root, theme);
    const asked = this.lesson.set(message.lesson, theme);
    const { step } = this.lesson;
    if ((message.lesson?.kind === "challenge") !== this.card.contains(this.lesson.body)) this.seat();
    while (this.pictures.length > scenes.length) this.pictures.pop()?.destroy();
    this.root.dataset.page = message.page;
    document.documentElement.dataset.map = this.chart?.kind || "";
    document.documentElement.dataset.ravine = step ? "lesson" : message.page;
    this.root.dataset.scenes = String(scenes.length);
    const data = scenes.some((scene) => scene.data);
    for (const tab of this.tabs) tab.hidden = (tab.dataset.kind === "data" && !data) || (tab.dataset.kind === "formula" && scenes.length > 1);
    if (step && asked) this.begin(step, data);
    else if (this.tabs.find((tab) => tab.dataset.kind === this.root.dataset.tab)?.hidden) this.open("contour");
    this.clock.setSteps(Math.max(...scenes.map((scene) => scene.steps)));
    this.keys.paint();
    put(this.headline, scenes[0].name);
    put(this.subline, `${scenes[0].schedule.toLowerCase()} · ${scenes[0].steps} steps`);
    const dissects = message.page === "dissect";
    if (first && !step && this.clock.calm) this.clock.time = this.clock.steps;
    if (first && dissects && !step) this.clock.time = Math.min(left.link === this.link ? left.step : FIRST_SEEN, this.clock.steps);
    // A new start is a new race.
    const starts = (/** @type {{start: unknown}[]} */ all) => String(all.map((scene) => scene.start));
    const moved = this.passing === "start" || (before.length && (starts(before) !== starts(scenes) || String(pixel) !== String(this.chart?.at)));
    this.passing = "";
    this.wanted = null;
    this.take(scenes, theme);
    this.layout();
    if (moved && !step && !this.clock.calm) {
      this.clock.pause();
      this.clock.seek(0);
      this.clock.play();
    }
    await this.setAll();
    this.draw(this.clock.step);
    this.root.dataset.painted = String(Number(this.root.dataset.painted || 0) + 1);
    if (first) requestAnimationFrame(() => setTimeout(this.onSeen));
    if (first && !this.clock.calm && !dissects && !step) this.clock.play();
  }

  /** What a map needs is fetched by its page alone. */
  async map() {
    if (this.mapped) return;
    this.mapped = true;
    for (const [kind, Kind] of Object.entries(await ofMaps())) {
      this.shared.push(new Kind(/** @type {HTMLElement} */ (this.root.querySelector(`.rv-${kind}`)), this.show, this.asks));
    }
  }

  /** A challenge stands among the pictures, a lesson's words beside them. */
  seat() {
    const { top, body, said } = this.lesson;
    if (said?.kind === "challenge") this.card.append(top, body);
    else {
      this.stage.before(top);
      this.asunder.after(body);
    }
  }

  /** A step of a lesson is on the page: its pictures are what it is about, and nothing runs yet. @param {import("./lesson/lesson.js").Step} step @param {boolean} data */
  begin(step, data) {
    this.clock.pause();
    // Before anything is drawn: a clock that is on its way has the answer shown.
    this.clock.time = 0;
    this.clock.loop = false;
    this.hidden = new Set();
    const pictures = /** @type {Kind[]} */ (step.show.filter((name) => name === "contour" || name === "surface" || (name === "data" && data)));
    this.taught = { main: pictures[0] || "contour", second: pictures[1] || "" };
    this.root.dataset.second = this.taught.second;
    this.root.dataset.panels = step.show.includes("runs") || step.question?.kind === "rate" ? "runs" : "";
    this.open(step.show[0] in PICTURES ? step.show[0] : "contour");
  }

  /** Run a lesson's experiment: Play, Space and its button are one thing. */
  run() {
    if (this.clock.calm) this.clock.nudge(Infinity);
    else this.clock.play();
  }

  /** The runs of a lesson's step are seen: what was hidden is shown. */
  shown() {
    this.lesson.begun();
    for (const show of this.shows) show.lesson = this.lesson.shown;
    this.transport.hide(this.strength);
    for (const panel of this.shared) panel.set();
  }

  /** Go to where a quoted number is from. @param {number} step @param {number | null} slot */
  async quote(step, slot) {
    // It is a number of the lesson's own runs, not of one at another rate.
    await this.restore();
    if (slot !== null) this.select(slot);
    this.clock.pause();
    this.clock.seek(step);
  }

  /** A rate that a lesson asks for, tried for as long as the step is open. @param {number} slot @param {number | null} lr */
  tried(slot, lr) {
    if (lr === null || slot !== this.lesson.shown?.rate) return;
    this.lesson.guessed({ rate: lr });
    this.pass("rate", `rate=${slot}~${lr}`);
  }

  /** These scenes are what there is to show. @param {SceneData[]} scenes @param {import("./drawing/theme.js").Theme} theme */
  take(scenes, theme) {
    this.scenes = scenes;
    this.root.dataset.starts = JSON.stringify(scenes.map(({ start }) => start));
    scenes.forEach((_, i) => this.picture(i));
    this.shows.forEach((show) => {
      const scene = scenes[show.index] || scenes[0];
      Object.assign(show, {
        scene, scenes, theme, lesson: this.lesson.shown, passing: Boolean(this.passing), link: this.link, chart: this.chart, offers: this.offers || [], differs: this.differs || null, selected: this.selected, order: drawingOrder(scene.runs, this.selected),
      });
    });
    if (this.lesson.said) this.hints.did("lessons");
    this.transport.set(scenes, theme);
    this.transport.hide(this.strength);
    this.speech.set(scenes);
  }

  /** Everything that is on the page takes in what there is to show. */
  setAll() {
    return Promise.all(this.panels.map((panel) => panel.set()));
  }

  /** @returns {Panel[]} */
  get panels() {
    return [...this.pictures, ...this.shared];
  }

  /** @param {number} i */
  picture(i) {
    if (!this.pictures[i]) {
      const host = document.createElement("div");
      this.stage.append(host);
      this.pictures[i] = new Picture(host, this.showOf(i), this.asked(i), {
        choose: (kind, place) => this.choose(kind, place),
        swap: () => this.second && this.choose(this.second, "main"),
      });
      this.pictures[i].host.dataset.scene = String(i);
    }
    return this.pictures[i];
  }

  /** Which picture is the smaller one, empty for none in a lesson. @returns {Kind | ""} */
  get second() {
    if (this.lesson.step && this.taught) return this.taught.second;
    const data = this.scenes.some((scene) => scene.data);
    const fallback = data ? "data" : "surface";
    const second = views.second && (data || views.second !== "data") ? views.second : fallback;
    return second === this.main ? (this.main === "contour" ? "surface" : "contour") : second;
  }

  /** Which picture is the large one. @returns {Kind} */
  get main() {
    if (this.chart) return "contour";
    if (this.lesson.step && this.taught) return this.taught.main;
    return views.main === "data" && !this.scenes.some((scene) => scene.data) ? "contour" : views.main;
  }

  /** Show a picture in one of the two places; what was there takes the other. @param {Kind} kind @param {"main" | "second"} place */
  choose(kind, place) {
    const { main } = this;
    if (this.lesson.step && this.taught) {
      const { second } = this.taught;
      if (place === "main") this.taught = { main: kind, second: second === kind ? main : second };
      else this.taught.second = kind;
    } else if (place === "main") {
      if (kind === this.second) views.second = main;
      views.main = kind;
    } else views.second = kind;
    this.layout();
    this.draw(this.clock.step);
  }

  /**
   * Show for now where the runs would go otherwise, all the way. One question at a time, always the newest.
   * @param {"start" | "rate"} what
   * @param {string} query
   */
  async pass(what, query) {
    this.wanted = query;
    clearTimeout(this.rest);
    if (this.asking) return;
    this.asking = true;
    if (what === "start") this.clock.pause();
    try {
      while (this.wanted) {
        /** @type {string} */
        const asked = this.wanted;
        const kind = asked.startsWith("rate") ? "rate" : "start";
        const here = (await ways()).passing(this.known, asked, this.chart);
        if (here) {
          this.wanted = null;
          await this.preview(here, kind);
          clearTimeout(this.rest);
          this.rest = window.setTimeout(() => this.look(asked, kind), REST);
          await new Promise(requestAnimationFrame);
          continue;
        }
        const pause = new Promise((resolve) => setTimeout(resolve, PAUSE));
        const bytes = await bytesOf(addressOf(`begun?${this.link}&${asked}&selected=${this.selected}`), "The paths could not follow", HASTE);
        if (!this.wanted) return;
        if (this.wanted === asked) this.wanted = null;
        await this.preview(decode(bytes).scenes, kind);
        await pause;
      }
    } catch (error) {
      if (error instanceof OtherVersion) this.fail(error);
      else this.transport.say(/** @type {Error} */ (error).message);
    } finally {
      this.wanted = null;
      this.asking = false;
    }
  }

  /** What is dragged rests: the server says more of it than the page can. @param {string} asked @param {"start" | "rate"} kind */
  async look(asked, kind) {
    const rest = this.rest;
    const bytes = await bytesOf(addressOf(`begun?${this.link}&${asked}&selected=${this.selected}`), "", HASTE).catch(() => null);
    // Without it the picture is true as it stands.
    if (bytes && this.rest === rest && this.passing && !this.asking) await this.preview(decode(bytes).scenes, kind);
  }

  /** The runs of the page again, after what was tried is given up. */
  async restore() {
    this.wanted = null;
    clearTimeout(this.rest);
    this.rest = 0;
    if (!this.bytes || !this.passing) return;
    await this.preview(decode(this.bytes).scenes, this.passing);
    this.passing = "";
  }

  /** What the server knows is on the page again, and why. @param {string} words */
  async asItWas(words) {
    this.busy.end("answer");
    this.transport.say(words);
    this.wanted = null;
    clearTimeout(this.rest);
    this.rest = 0;
    this.selected = this.kept;
    if (!this.bytes) return;
    await this.preview(decode(this.bytes).scenes, this.passing || "rate");
    this.passing = "";
    this.take(this.scenes, themeOf(this.root));
    await this.setAll();
    this.draw(this.clock.step);
  }

  /** Say beside the picture what could not be had, with a button for it. @param {Error} error @param {() => void} [again] */
  fail(error, again) {
    const button = document.createElement("button");
    button.type = "button";
    const reload = error instanceof OtherVersion || !again;
    button.textContent = reload ? "Reload" : "Try again";
    button.addEventListener("click", () => {
      if (reload) location.reload();
      else again();
    });
    this.fault.replaceChildren(`${error.message} `, button);
    this.fault.hidden = false;
  }

  /** Other runs on the same pictures. @param {SceneData[]} scenes @param {"start" | "rate"} what */
  async preview(scenes, what) {
    this.passing = what;
    // From a new start all of the way is looked at; at a new rate what the step shows.
    if (!this.lesson.step && (what === "start" || this.clock.step === 0)) this.clock.time = this.clock.steps;
    this.take(scenes, themeOf(this.root));
    await this.setAll();
    this.draw(this.clock.step);
    this.root.dataset.previews = String(Number(this.root.dataset.previews || 0) + 1);
  }

  /** How strongly a run is drawn. @param {number} slot */
  strength = (slot) => (this.hidden.has(slot) || this.lesson.before ? 0 : 1);

  /** @param {object} what asked of the server, whose answer is the next update */
  request(what) {
    // What was asked for on the way is not waited for any more.
    this.wanted = null;
    clearTimeout(this.rest);
    this.rest = 0;
    this.wishes.make(what);
  }

  /** @param {number} step */
  draw(step) {
    this.root.dataset.playing = String(this.clock.playing);
    if (!this.scenes.length) return;
    // However the clock was set going, the runs are seen from then on.
    if (this.lesson.before && (this.clock.playing || step > 0)) this.shown();
    for (const show of this.shows) Object.assign(show, { playing: this.clock.playing, lesson: this.lesson.shown });
    const { panels } = this;
    // All sizes are read before anything is written, because each look after a change lays the page out.
    for (const panel of panels) panel.measure?.();
    for (const panel of panels) panel.draw(step);
    this.transport.draw(step);
    left.link = this.link;
    left.step = step;
    const { page, full, layout } = this.root.dataset;
    this.hints.place((where, size) => this.pictures[0].spots(where, size), page === "playground" && layout === "wide" && full === "false" && !this.lesson.said);
    if (this.lesson.step && this.lesson.ran && step === this.clock.steps) this.lesson.ended();
    if (this.speech.draw(step, this.strength)) for (const panel of panels) panel.describe?.(step);
    this.root.dataset.step = String(step);
  }

  /** @param {number} slot */
  select(slot) {
    if (slot === this.selected) return;
    this.selected = slot;
    for (const show of this.shows) Object.assign(show, { selected: slot, order: drawingOrder(show.scene.runs, slot) });
    for (const panel of this.shared) panel.set();
    this.draw(this.clock.step);
    this.request({ what: "select", slot });
  }

  /** Show one run alone, or all if it is. @param {number} slot */
  isolate(slot) {
    const others = everyRun(this.scenes).map((run) => run.slot).filter((other) => other !== slot);
    const alone = !this.hidden.has(slot) && others.every((other) => this.hidden.has(other));
    this.hide(alone ? [] : others);
  }

  /** @param {number} slot */
  toggle(slot) {
    this.hide(this.hidden.has(slot) ? [...this.hidden].filter((other) => other !== slot) : [...this.hidden, slot]);
  }

  /** @param {number[]} slots of the runs that no picture shows */
  hide(slots) {
    this.hidden = new Set(slots);
    this.transport.hide(this.strength);
    this.draw(this.clock.step);
  }

  /** On a phone: bring a picture, the curves or the formula into view. @param {string} kind */
  open(kind) {
    this.root.dataset.tab = kind;
    for (const tab of this.tabs) {
      tab.setAttribute("aria-selected", String(tab.dataset.kind === kind));
      tab.tabIndex = tab.dataset.kind === kind ? 0 : -1;
    }
    this.layout();
    if (!this.scenes.length) return;
    if (kind === "formula") for (const panel of this.shared) panel.set();
    this.draw(this.clock.step);
  }

  /** On a phone what a tab shows is its panel: the pictures, or the step taken apart. */
  namePanel() {
    const phone = this.root.dataset.layout === "phone";
    const { tab } = this.root.dataset;
    for (const panel of [this.stage, this.asunder]) {
      const shown = phone && panel === (tab === "formula" ? this.asunder : this.stage);
      if (shown) {
        panel.setAttribute("role", "tabpanel");
        panel.setAttribute("aria-labelledby", `rv-tab-${tab}`);
      } else {
        panel.removeAttribute("role");
        panel.removeAttribute("aria-labelledby");
      }
    }
  }

  /** Arrows go round the tabs, as they do wherever there are tabs. @param {KeyboardEvent} event */
  nextTab(event) {
    const tabs = this.tabs.filter((tab) => !tab.hidden);
    const at = tabs.findIndex((tab) => tab.dataset.kind === this.root.dataset.tab);
    /** @type {Record<string, number>} */
    const ways = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 };
    const tab = event.key in ways && tabs.at(ways[event.key] % tabs.length);
    if (!tab) return;
    event.preventDefault();
    this.open(String(tab.dataset.kind));
    tab.focus();
  }

  full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen().catch(() => this.transport.say("This browser does not let the page fill the screen here."));
  }

  /** Say on paper what it shows, and set it as wide as a sheet. */
  print() {
    const [scene] = this.scenes;
    if (!scene) return;
    const runs = everyRun(this.scenes).map((run) => `${run.name} at ${rateText(run.lr)}`).join(", ");
    const differ = this.differs ? ` Left: ${this.scenes[0].title}; right: ${this.scenes[1].title}.` : "";
    put(this.printed, `${scene.name}, ${scene.schedule.toLowerCase()}, step ${this.clock.step} of ${this.clock.steps}: ${runs}.${differ} ${location.origin}${location.pathname}?${this.link}`);
    this.root.style.setProperty("--rv-paper", String(Math.min(1, SHEET / this.root.offsetWidth)));
  }

  /** Every picture has the room that the window leaves it, so that the bar is always in sight. */
  layout() {
    const { root } = this;
    const full = document.fullscreenElement === root;
    const frame = root.getBoundingClientRect();
    const top = full ? 14 : frame.top + scrolled(root);
    const style = getComputedStyle(root);
    const main = root.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const steady = this.scenes.every((scene) => scene.runs.every(({ rate }) => rate.every((eta) => eta === rate[0])));
    const room = roomOf({
      width: window.innerWidth, height: window.innerHeight, main, top, page: this.page, runs: everyRun(this.scenes).length, steady, full, lesson: this.lesson.step !== null, map: this.chart?.kind,
    });
    root.dataset.map = !this.chart ? "" : this.chart.kind === "basins" ? "starts" : "numbers";
    root.dataset.layout = room.layout;
    root.dataset.full = String(full);
    this.transport.setFull(full);
    root.dataset.folded = String(room.folded);
    root.dataset.short = String(window.innerHeight < 500);
    root.dataset.charts = `loss${room.norm ? " norm" : ""}${room.rate ? " rate" : ""}`;
    root.dataset.narrow = String(room.narrow);
    const phone = room.layout === "phone";
    const tab = /** @type {Kind} */ (root.dataset.tab);
    const { main: large, second } = this;
    root.dataset.main = phone ? (["curves", "formula"].includes(tab) ? "" : tab) : large;
    // A step of a lesson shows what it is about, on a projector too; a challenge stands in the smaller picture's place.
    const challenge = this.lesson.said?.kind === "challenge";
    const two = this.page === "playground" && !challenge && (!full || this.lesson.step !== null);
    root.dataset.second = phone || !two ? "" : second;
    for (const picture of this.pictures) picture.view(large, two ? second : "", full || challenge);
    // A fixed bar leaves an open sidebar in sight.
    root.style.setProperty("--rv-left", `${window.innerWidth > 767 ? frame.left : 0}px`);
    for (const [name, size] of Object.entries({ side: room.side, tall: room.tall, middle: room.middle, row: room.row, bar: full ? 64 : BAR })) {
      root.style.setProperty(`--rv-${name}`, `${size}px`);
    }
    const scale = Number(style.getPropertyValue("--rv-scale")) || 1;
    for (const show of this.shows) show.scale = scale;
    this.namePanel();
    if (this.lesson.step) this.lesson.fit();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
    const inside = this.root.contains(target);
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !this.root.isConnected) return;
    // Beyond the player whatever has the focus keeps its keys.
    if (!inside && target !== document.body && target.closest("input, textarea, select, button, a, summary, [role], [tabindex], [contenteditable]")) return;
    if (inside && [" ", "Enter"].includes(event.key) && target.closest(this.lesson.step ? "button, summary, a" : "button, summary, a, [role=slider]")) return;
    const told = this.presenter.key(event.key) || this.lesson.key(event.key);
    if (told) {
      event.preventDefault();
      told();
      return;
    }
    const { clock } = this;
    const faster = SPEEDS[Math.min(SPEEDS.indexOf(clock.speed) + 1, SPEEDS.length - 1)];
    const slower = SPEEDS[Math.max(SPEEDS.indexOf(clock.speed) - 1, 0)];
    /** @type {Record<string, () => void>} */
    const keys = {
      " ": () => clock.toggle(),
      ArrowLeft: () => clock.nudge(-1),
      ArrowRight: () => clock.nudge(1),
      Home: () => clock.nudge(-Infinity),
      End: () => clock.nudge(Infinity),
      "+": () => clock.setSpeed(faster),
      "-": () => clock.setSpeed(slower),
    };
    if (!this.transport.help.hidden) keys.Escape = () => this.transport.showHelp(false);
    const slots = everyRun(this.scenes).map((run) => run.slot);
    for (const slot of slots) keys[String(slot)] = () => this.select(slot);
    const chosen = slots.find((slot) => slot === this.selected) ?? slots[0];
    if (chosen) keys.h = keys.H = () => this.toggle(chosen);
    const way = keys[event.key];
    if (!way) return;
    if ([" ", "ArrowLeft", "ArrowRight"].includes(event.key)) this.hints.did("play");
    event.preventDefault();
    way();
  }

  destroy() {
    this.clock.pause();
    this.watcher.disconnect();
    this.busy.destroy();
    this.wishes.destroy();
    this.root.removeEventListener(REPLACED, this.onReplaced);
    this.speech.destroy();
    this.hints.destroy();
    this.keys.stop();
    this.untyped();
    this.lesson.destroy();
    this.presenter.destroy();
    document.removeEventListener("keydown", this.onKey);
    window.removeEventListener("resize", this.onWindow);
    document.removeEventListener("fullscreenchange", this.onWindow);
    window.removeEventListener("beforeprint", this.onPrint);
    this.transport.destroy();
    for (const panel of this.panels) panel.destroy();
  }
}

/** Said at the place when other files than those that are at work in it are to work there. */
const REPLACED = "ravine-replaced";

/** While something is dragged a request that fails is made again once, soon. */
const HASTE = [300];

/** What follows a drag on the page, loaded with the first one; without it the server does. @type {Promise<Pick<typeof import("./map/ways.js"), "passing">> | undefined} */
let following;
const ways = () => (following ||= import("./map/ways.js").catch(() => {
  following = undefined;
  return { passing: () => null };
}));

/** Milliseconds after which what is dragged and stands still is looked at more closely. */
const REST = 250;

/** Pixels that an upright sheet of A4 has between its margins. */
const SHEET = 700;

/** Milliseconds from one question while dragging to the next, at least: a class drags too. */
const PAUSE = 50;

/** Where a page that takes steps apart begins: late enough that the method remembers something. */
const FIRST_SEEN = 12;

/** How far the page that holds an element is scrolled. @param {HTMLElement} element */
function scrolled(element) {
  let offset = 0;
  for (let parent = element.parentElement; parent; parent = parent.parentElement) offset += parent.scrollTop;
  return offset;
}

/** @param {Uint8Array} a @param {Uint8Array} b */
function same(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** @param {HTMLElement} root where nothing is yet */
function wait(root) {
  const words = document.createElement("p");
  words.setAttribute("role", "status");
  words.textContent = "Loading the pictures…";
  root.replaceChildren(words);
}

/** @param {HTMLElement} root @param {Error} error */
function apologise(root, error) {
  const words = document.createElement("p");
  words.setAttribute("role", "alert");
  words.textContent = `${error.message} Reload the page to try again.`;
  root.replaceChildren(words);
  console.error(error);
}

/** @type {WeakMap<object, Promise<Player>>} */
const players = new WeakMap();

/** What is answered by other pictures alone; all else may change the settings beside them too. */
const ALONE = new Set(["start", "rate", "view", "side", "differ", "at", "pixel", "goal"]);
/** Tells the server what concerns the whole page. @type {((ask: object) => void) | undefined} */
let whole;

/** Streamlit's page calls this once it has an ear for the whole page. @param {(ask: object) => void} tell */
export function hear(tell) {
  whole = tell;
}

/**
 * Streamlit calls this at each change of data or theme, and what it returns when the place goes away, but also when a newer
 * call overtook this one while the modules were loaded: then the place is there, and the player stays.
 * @param {{parentElement: HTMLElement, data: Uint8Array, setTriggerValue: (name: string, value: object) => void}} component
 */
export default function mount({ parentElement, data, setTriggerValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".ravine"));
  const ask = (/** @type {any} */ ask) => (ALONE.has(ask.what) || !whole ? setTriggerValue("ask", ask) : whole(ask));
  let player = players.get(root);
  if (!player) {
    root.dispatchEvent(new Event(REPLACED));
    wait(root);
    player = loadStyles(LACKING).then(() => new Player(root, ask));
    players.set(root, player);
  }
  player.then((one) => {
    one.ask = ask;
    // A run of the pictures alone may be over before Streamlit's page says that it has begun.
    one.wishes.answered();
    return one.update(data);
  }).catch((error) => {
    // The next call begins anew.
    if (players.get(root) === player) players.delete(root);
    apologise(root, error);
  });
  return () => {
    if (root.isConnected) return;
    players.delete(root);
    player.then((one) => one.destroy());
  };
}
