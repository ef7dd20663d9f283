// @ts-check
/** The component: one player for each place it is mounted, with one clock for all its scenes. */

import { Busy } from "./busy.js";
import { Cards, everyRun, put } from "./cards.js";
import { Clock, SPEEDS } from "./clock.js";
import { decode, fieldOf } from "./decode.js";
import { Dissect } from "./dissect.js";
import { ICONS } from "./icons.js";
import { Picture } from "./picture.js";
import { Speech } from "./speech.js";
import { themeOf } from "./theme.js";
import { watchKeys } from "./sidebar.js";
import { Transport } from "./transport.js";

const here = (/** @type {string} */ name) => new URL(name, import.meta.url).href;

/** @type {Promise<any> | undefined} */
let plotly;

/** Plotly itself, loaded once a page. */
function loadPlotly() {
  plotly ||= new Promise((resolve, reject) => {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = here("player.css");
    const script = document.createElement("script");
    script.src = here("plotly.min.js");
    script.onload = () => resolve(/** @type {any} */ (window).Plotly);
    script.onerror = () => reject(new Error("The pictures could not be loaded, because the connection to the server broke off."));
    document.head.append(script);
    sheet.onerror = script.onerror;
    document.head.append(sheet);
  });
  return plotly;
}

const TABS = ["Contour", "3-D", "Curves", "Formula", "Data"];

/** Which step of which experiment another page's player was left at, so that Dissect begins there. */
const left = { link: "", step: 0 };

class Player {
  /** @param {HTMLElement} root @param {any} Plotly @param {(ask: object) => void} ask */
  constructor(root, Plotly, ask) {
    this.root = root;
    this.Plotly = Plotly;
    this.ask = ask;
    root.innerHTML = `
      <div class="rv-head"><div><b></b><span></span></div><button type="button" class="rv-edit">${ICONS.edit}<span>Edit</span></button></div>
      <div class="rv-top"><div class="rv-cards"></div><div class="rv-bar"></div></div>
      <div class="rv-tabs" role="tablist" aria-label="Pictures"></div>
      <div class="rv-stage" id="rv-stage"><div class="rv-work"></div><div class="rv-word-of-work" role="status"></div></div>
      <div class="rv-apart" id="rv-apart"><div class="rv-bar"></div><div class="rv-dissect"></div></div>
      <div class="rv-player"></div>`;
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
    root.setAttribute("role", "region");
    root.setAttribute("aria-label", "Player");
    this.stage = find(".rv-stage");
    this.asunder = find(".rv-apart");
    this.busy = new Busy(root, find(".rv-word-of-work"));
    this.headline = find(".rv-head b");
    this.subline = find(".rv-head div span");
    /** @type {Picture[]} */ this.pictures = [];
    /** @type {number | null} */ this.selected = null;
    /** @type {Set<number>} slots */ this.hidden = new Set();
    /** @type {Uint8Array | null} */ this.bytes = null;
    this.link = "";
    this.clock = new Clock((step) => this.draw(step));
    this.cards = new Cards(find(".rv-cards"), {
      select: (slot) => this.select(slot),
      isolate: (slot) => this.isolate(slot),
      toggle: (slot) => this.toggle(slot),
      add: () => this.request({ what: "add" }),
    });
    this.transport = new Transport(find(".rv-player"), this.clock, {
      link: () => `${location.origin}${location.pathname}?${this.link}`,
      full: () => this.full(),
    });
    this.speech = new Speech(root, this.clock);
    find(".rv-edit").addEventListener("click", openSettings);
    this.tabs = TABS.map((name) => {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", name === "Formula" ? "rv-apart" : "rv-stage");
      tab.id = `rv-tab-${name}`;
      tab.textContent = name;
      tab.addEventListener("click", () => this.show(name));
      return tab;
    });
    find(".rv-tabs").append(...this.tabs);
    find(".rv-tabs").addEventListener("keydown", (event) => this.nextTab(event));
    this.show(TABS[0]);
    this.keys = watchKeys(() => themeOf(root));
    this.watcher = new ResizeObserver(() => this.layout());
    this.watcher.observe(root);
    // A button that was clicked with the mouse gives the keys back: Space means play, not the same button again.
    root.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("button");
      if (event.detail > 0) button?.blur();
    });
    this.onKey = (/** @type {KeyboardEvent} */ event) => this.key(event);
    this.onWindow = () => this.layout();
    document.addEventListener("keydown", this.onKey);
    window.addEventListener("resize", this.onWindow);
  }

  /**
   * @param {Uint8Array} bytes
   */
  async update(bytes) {
    const theme = themeOf(this.root);
    this.busy.end("answer");
    if (this.bytes && this.theme === theme.dark && same(bytes, this.bytes) && !this.begun) return;
    const first = this.bytes === null;
    this.bytes = bytes;
    this.theme = theme.dark;
    const message = decode(bytes);
    const { scenes } = message;
    this.busy.begin("pictures");
    try {
      // What is on the page stays as it is until all of the new can be shown.
      if (!first) await Promise.all(scenes.map((scene) => fieldOf(scene)));
      if (this.bytes !== bytes) return;
      await this.present(message, theme, first);
    } finally {
      // An older update that ends now must not hide that a newer one still waits.
      if (this.bytes === bytes) this.busy.end("pictures");
    }
  }

  /** @param {import("./decode.js").Message} message @param {import("./theme.js").Theme} theme @param {boolean} first */
  async present(message, theme, first) {
    const { scenes } = message;
    const before = this.scenes;
    this.scenes = scenes;
    this.link = message.link;
    this.selected = message.selected;
    const slots = everyRun(scenes).map((run) => run.slot);
    this.hidden = new Set(slots.filter((slot) => this.hidden.has(slot)));
    this.layout();
    for (const [name, colour] of Object.entries(theme)) if (typeof colour === "string") this.root.style.setProperty(`--rv-${name}`, colour);
    this.root.style.colorScheme = theme.dark ? "dark" : "light";
    // The page's header lies over what is scrolled beneath it.
    document.documentElement.style.setProperty("--ravine-page", theme.page);
    while (this.pictures.length > scenes.length) this.pictures.pop()?.destroy();
    const data = scenes.some((scene) => scene.data);
    this.tabs[TABS.indexOf("Data")].hidden = !data;
    if (!data && this.root.dataset.tab === "Data") this.show(TABS[0]);
    this.stage.style.setProperty("--rv-scenes", String(scenes.length));
    this.root.dataset.scenes = String(scenes.length);
    // Side by side there is no room for rates that are the same.
    this.root.dataset.rates = scenes.every((scene) => sameRates(scene, scenes[0])) ? "same" : "differ";
    this.clock.setSteps(Math.max(...scenes.map((scene) => scene.steps)));
    this.cards.set(scenes, theme, this.selected);
    this.keys.paint();
    this.transport.set(scenes, theme);
    this.transport.hide(this.strength);
    this.speech.set(scenes);
    put(this.headline, scenes[0].name);
    put(this.subline, `${scenes[0].schedule.toLowerCase()} · ${scenes[0].steps} steps`);
    this.root.dataset.dissects = String(message.dissects);
    if (first && this.clock.calm) this.clock.time = this.clock.steps;
    if (first && message.dissects) this.clock.time = Math.min(left.link === this.link ? left.step : FIRST_SEEN, this.clock.steps);
    this.tabs[TABS.indexOf("Formula")].hidden = scenes.length > 1;
    // A new start is a new race.
    const starts = (/** @type {{start: unknown}[] | undefined} */ all) => String(all?.map((scene) => scene.start));
    const moved = this.begun || (before && starts(before) !== starts(scenes));
    this.begun = false;
    if (moved && !this.clock.calm) {
      this.clock.pause();
      this.clock.seek(0);
      this.clock.play();
    }
    await Promise.all([
      ...(message.dissects ? [] : scenes.map((scene, i) => this.picture(i).set(scene, theme, this.selected, scenes))),
      this.apart(),
    ]);
    this.draw(this.clock.step);
    this.root.dataset.painted = String(Number(this.root.dataset.painted || 0) + 1);
    if (first && !this.clock.calm && !message.dissects) this.clock.play();
  }

  /** @param {number} i */
  picture(i) {
    if (!this.pictures[i]) {
      const host = document.createElement("div");
      this.stage.append(host);
      this.pictures[i] = new Picture(host, this.Plotly, {
        strength: this.strength,
        say: (words) => this.speech.say(words),
        start: (x, y) => {
          // What was asked for on the way is not waited for any more.
          this.wanted = null;
          this.request({ what: "start", x, y, scene: i });
        },
        drag: (at) => (at ? this.drag(i, ...at) : this.restore()),
        seek: (step) => {
          this.clock.pause();
          this.clock.seek(step);
        },
        unfold: () => this.unfold(),
        dissect: toDissect,
      });
    }
    return this.pictures[i];
  }

  /**
   * Show where the runs would go from a place, all the way. One question at a time, always for the newest place.
   * @param {number} i the scene
   * @param {number} x
   * @param {number} y
   */
  async drag(i, x, y) {
    this.wanted = { i, at: `${x}~${y}` };
    if (this.asking) return;
    this.asking = true;
    this.clock.pause();
    try {
      while (this.wanted) {
        const { at } = this.wanted;
        const query = `${this.link}&scene=${this.wanted.i}&at=${at}&selected=${this.selected}`;
        const pause = new Promise((resolve) => setTimeout(resolve, PAUSE));
        const answer = await fetch(new URL(`begun?${query}`, import.meta.url));
        if (!answer.ok) throw new Error(await answer.text());
        const bytes = new Uint8Array(await answer.arrayBuffer());
        if (!this.wanted) return;
        if (this.wanted.at === at) this.wanted = null;
        await this.preview(decode(bytes).scenes);
        await pause;
      }
    } catch (error) {
      this.transport.say(/** @type {Error} */ (error).message);
    } finally {
      this.wanted = null;
      this.asking = false;
    }
  }

  /** The runs of the page again, after a start was given up. */
  async restore() {
    this.wanted = null;
    if (!this.bytes || !this.begun) return;
    await this.preview(decode(this.bytes).scenes);
    this.begun = false;
  }

  /** The runs of another start on the same pictures, at their end. @param {import("./decode.js").SceneData[]} scenes */
  async preview(scenes) {
    this.scenes = scenes;
    this.begun = true;
    const theme = themeOf(this.root);
    this.cards.renew(scenes);
    this.transport.set(scenes, theme);
    this.transport.hide(this.strength);
    this.speech.set(scenes);
    this.clock.time = this.clock.steps;
    await Promise.all(scenes.map((scene, i) => this.picture(i).set(scene, theme, this.selected, scenes)));
    this.draw(this.clock.step);
    this.root.dataset.previews = String(Number(this.root.dataset.previews || 0) + 1);
  }

  /** Show the step taken apart under the pictures, or fold it away. */
  unfold() {
    const open = this.root.dataset.unfolded !== "true";
    this.root.dataset.unfolded = String(open);
    for (const button of this.root.querySelectorAll(".rv-unfold")) button.setAttribute("aria-expanded", String(open));
    this.layout();
    this.apart();
    if (open) this.root.querySelector(".rv-apart")?.scrollIntoView({ block: "end", behavior: this.clock.calm ? "auto" : "smooth" });
  }

  /** Bring the step that is taken apart up to date, where it is on the page. */
  async apart() {
    const { scenes } = this;
    const place = /** @type {HTMLElement} */ (this.root.querySelector(".rv-dissect"));
    if (!scenes || !place.clientWidth) return;
    if (!this.dissection) {
      const bar = /** @type {HTMLElement} */ (this.root.querySelector(this.root.dataset.dissects === "true" ? ".rv-top .rv-bar" : ".rv-apart .rv-bar"));
      this.dissection = new Dissect(place, bar, this.Plotly, (words) => this.transport.say(words));
    }
    await this.dissection.set(scenes[0], this.selected || scenes[0].runs[0].slot, this.link, themeOf(this.root), this.clock.step);
  }

  /** How strongly a run is drawn. @param {number} slot */
  strength = (slot) => (this.hidden.has(slot) ? 0 : 1);

  /** @param {object} what asked of the server, whose answer is the next update */
  request(what) {
    this.busy.begin("answer");
    this.ask(what);
  }

  /** @param {number} step */
  draw(step) {
    this.root.dataset.playing = String(this.clock.playing);
    for (const picture of this.pictures) picture.draw(step, this.strength);
    if (this.scenes) this.cards.draw(step, this.strength);
    this.dissection?.draw(step);
    this.transport.draw(step);
    left.link = this.link;
    left.step = step;
    if (this.speech.draw(step, this.strength)) for (const picture of this.pictures) picture.describe(step);
    this.root.dataset.step = String(step);
  }

  /** @param {number} slot */
  select(slot) {
    if (slot === this.selected) return;
    this.selected = slot;
    this.cards.select(slot);
    for (const picture of this.pictures) picture.selected = slot;
    this.apart();
    this.draw(this.clock.step);
    this.request({ what: "select", slot });
  }

  /** Show one run alone, or all if it is. @param {number} slot */
  isolate(slot) {
    const others = everyRun(this.scenes || []).map((run) => run.slot).filter((other) => other !== slot);
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
    for (const picture of this.pictures) picture.hide();
    this.transport.hide(this.strength);
    this.draw(this.clock.step);
  }

  /** @param {string} name */
  show(name) {
    this.root.dataset.tab = name;
    this.tabs.forEach((tab) => {
      tab.setAttribute("aria-selected", String(tab.textContent === name));
      tab.tabIndex = tab.textContent === name ? 0 : -1;
    });
    this.namePanel();
    this.apart();
  }

  /** On a phone what a tab shows is its panel: the pictures, or the step taken apart. */
  namePanel() {
    const phone = this.root.dataset.layout === "phone";
    const tab = this.tabs.find((one) => one.textContent === this.root.dataset.tab);
    const shown = tab?.textContent === "Formula" ? this.asunder : this.stage;
    for (const panel of [this.stage, this.asunder]) {
      if (phone && panel === shown && tab) {
        panel.setAttribute("role", "tabpanel");
        panel.setAttribute("aria-labelledby", tab.id);
      } else {
        panel.removeAttribute("role");
        panel.removeAttribute("aria-labelledby");
      }
    }
  }

  /** Arrows go round the tabs, as they do wherever there are tabs. @param {KeyboardEvent} event */
  nextTab(event) {
    const tabs = this.tabs.filter((tab) => !tab.hidden);
    const at = tabs.findIndex((tab) => tab.textContent === this.root.dataset.tab);
    /** @type {Record<string, number>} */
    const ways = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 };
    const tab = event.key in ways && tabs.at(ways[event.key] % tabs.length);
    if (!tab) return;
    event.preventDefault();
    this.show(String(tab.textContent));
    tab.focus();
  }

  full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.root.requestFullscreen?.();
  }

  /** The player fills what the page leaves it, so that its bar is always in sight. */
  layout() {
    const width = this.root.clientWidth;
    const layout = width < 700 ? "phone" : width < 980 ? "narrow" : "wide";
    this.root.dataset.layout = layout;
    // Only a phone has tabs.
    this.namePanel();
    const top = document.fullscreenElement === this.root ? 0 : this.root.getBoundingClientRect().top + scrolled(this.root);
    // A fixed bar leaves an open sidebar in sight.
    const left = window.innerWidth > 767 ? this.root.getBoundingClientRect().left - 24 : 0;
    this.root.style.setProperty("--rv-left", `${left}px`);
    this.root.style.setProperty("--rv-room", `${Math.max(window.innerHeight - top, 560)}px`);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const target = /** @type {HTMLElement} */ (event.composedPath()[0]);
    const inside = this.root.contains(target);
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !this.root.isConnected) return;
    if (!inside && target !== document.body && target.closest("input, textarea, select, button, a, [role], [contenteditable]")) return;
    if (inside && event.key === " " && target.closest("button")) return;
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
    const slots = everyRun(this.scenes || []).map((run) => run.slot);
    for (const slot of slots) keys[String(slot)] = () => this.select(slot);
    const chosen = slots.find((slot) => slot === this.selected) ?? slots[0];
    if (chosen) keys.h = keys.H = () => this.toggle(chosen);
    const way = keys[event.key];
    if (!way) return;
    event.preventDefault();
    way();
  }

  destroy() {
    this.clock.pause();
    this.watcher.disconnect();
    this.busy.destroy();
    this.speech.destroy();
    this.keys.stop();
    document.removeEventListener("keydown", this.onKey);
    window.removeEventListener("resize", this.onWindow);
    for (const picture of this.pictures) picture.destroy();
    this.dissection?.destroy();
  }
}

/** Milliseconds from one question while dragging to the next, at least: a class drags too. */
const PAUSE = 50;

/** Where a page that takes steps apart begins: late enough that the method remembers something. */
const FIRST_SEEN = 12;

/** Walk to the page that takes steps apart, as a click on its name in the header would. */
function toDissect() {
  const links = [...document.querySelectorAll('[data-testid="stTopNavLink"], [data-testid="stSidebarNavLink"]')];
  const link = links.find((one) => one.textContent?.includes("Dissect"));
  if (link instanceof HTMLElement) link.click();
  else location.assign(`${location.pathname.replace(/[^/]*$/, "")}dissect${location.search}`);
}

/** The settings, where they are folded away: above the player, or behind Streamlit's own button. */
function openSettings() {
  if (document.querySelector(".st-key-toolbar")) {
    document.body.classList.toggle("ravine-editing");
    return;
  }
  const button = document.querySelector('[data-testid="stExpandSidebarButton"]');
  if (button instanceof HTMLElement) button.click();
}

/** How far the page that holds an element is scrolled. @param {HTMLElement} element */
function scrolled(element) {
  let offset = 0;
  for (let parent = element.parentElement; parent; parent = parent.parentElement) offset += parent.scrollTop;
  return offset;
}

/** @param {import("./decode.js").SceneData} a @param {import("./decode.js").SceneData} b */
function sameRates(a, b) {
  return a.runs.every((run) => {
    const other = b.runs.find(({ slot }) => slot === run.slot);
    return !other || (run.rate.length === other.rate.length && run.rate.every((rate, i) => rate === other.rate[i]));
  });
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

/**
 * Streamlit calls this at each change of data or theme, and what it returns when the place goes away.
 * @param {{parentElement: HTMLElement, data: Uint8Array, setTriggerValue: (name: string, value: object) => void}} component
 */
export default function mount({ parentElement, data, setTriggerValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".ravine"));
  let player = players.get(root);
  if (!player) {
    wait(root);
    player = loadPlotly().then((Plotly) => new Player(root, Plotly, (ask) => setTriggerValue("ask", ask)));
    players.set(root, player);
  }
  player.then((one) => {
    one.ask = (ask) => setTriggerValue("ask", ask);
    return one.update(data);
  }).catch((error) => {
    apologise(root, error);
  });
  return () => {
    players.delete(root);
    player.then((one) => one.destroy());
  };
}
