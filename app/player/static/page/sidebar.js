// @ts-check
/** The selected run's key, painted where the page beside the player asks for one. */

import { drawKey } from "../drawing/glyphs.js";

/** @typedef {import("../drawing/theme.js").Theme} Theme */

/**
 * Paint every `.ravine-key` of the document, now and whenever one appears.
 * @param {() => Theme} theme
 * @returns {{paint: () => void, stop: () => void}}
 */
export function watchKeys(theme) {
  const paint = (/** @type {boolean} */ again) => {
    for (const place of document.querySelectorAll(".ravine-key")) {
      if (!(place instanceof HTMLElement) || (place.firstElementChild && !again)) continue;
      const canvas = document.createElement("canvas");
      drawKey(canvas, Number(place.dataset.slot), theme());
      place.replaceChildren(canvas);
    }
  };
  const watcher = new MutationObserver(() => {
    paint(false);
    fold();
  });
  watcher.observe(document.body, { childList: true, subtree: true });
  document.addEventListener("click", chosen);
  wide = window.innerWidth >= OVER;
  window.addEventListener("resize", narrowed);
  const stop = () => {
    window.removeEventListener("resize", narrowed);
    watcher.disconnect();
    document.removeEventListener("click", chosen);
  };
  return { paint: () => paint(true), stop };
}

/** Whether an empty sidebar was folded away here, and not by the viewer; whether the first look at it is over. */
let [folded, looked] = [false, false];
/** From so many pixels on there is room for settings beside the pictures; below so many they lie over them. */
const [BESIDE, OVER] = [1250, 768];

/** @returns {{bar: HTMLElement, open: boolean} | null} */
function sidebar() {
  const bar = /** @type {HTMLElement | null} */ (document.querySelector('section[data-testid="stSidebar"]'));
  return bar && { bar, open: bar.getAttribute("data-collapsed") === "false" };
}

/** @param {boolean} open */
function turn(open) {
  const button = document.querySelector(open ? '[data-testid="stExpandSidebarButton"]' : '[data-testid="stSidebarCollapseButton"] button');
  if (button instanceof HTMLElement) button.click();
  return button !== null;
}

/** Streamlit leaves the sidebar of the page before open where a page has none: fold it away, and back with what belongs there. */
function fold() {
  const block = document.querySelector('[data-testid="stSidebarUserContent"] [data-testid="stVerticalBlock"]');
  const side = sidebar();
  if (!block || !side || window.innerWidth < OVER) return;
  const empty = !block.childElementCount;
  // On a narrow window it is opened when it is asked for.
  if (!looked && !empty) {
    looked = true;
    if (side.open && window.innerWidth < BESIDE) turn(false);
    return;
  }
  if (empty === folded || side.open !== empty) return;
  if (!empty && window.innerWidth < BESIDE) folded = false;
  else if (turn(!empty)) folded = empty;
}

/** Whether the window was wide when it was last looked at. */
let wide = true;

/** A window that has become a phone's begins with its drawer shut; Streamlit may mount it open while the size still changes. */
function narrowed() {
  const was = wide;
  wide = window.innerWidth >= OVER;
  if (!was || wide) return;
  for (const pause of [300, 1500]) setTimeout(() => window.innerWidth < OVER && sidebar()?.open && turn(false), pause);
}

/** On a phone what lay over the page goes once a page was chosen in it. @param {MouseEvent} event */
function chosen(event) {
  const link = event.target instanceof Element && event.target.closest('[data-testid="stSidebarNavLink"]');
  if (link && window.innerWidth < OVER) setTimeout(() => sidebar()?.open && turn(false), 0);
}

/** Walk to the page that takes steps apart, as a click on its name in the header would. */
export function toDissect() {
  const links = [...document.querySelectorAll('[data-testid="stTopNavLink"], [data-testid="stSidebarNavLink"]')];
  const link = links.find((one) => one.textContent?.includes("Dissect"));
  if (link instanceof HTMLElement) link.click();
  else location.assign(`${location.pathname.replace(/[^/]*$/, "")}dissect${location.search}`);
}

/** The settings, where they are folded away: above the player, or behind Streamlit's own button. */
export function openSettings() {
  if (document.querySelector(".st-key-toolbar, .st-key-maptools")) {
    document.body.classList.toggle("ravine-editing");
    return;
  }
  const button = document.querySelector('[data-testid="stExpandSidebarButton"]');
  if (button instanceof HTMLElement) button.click();
}
