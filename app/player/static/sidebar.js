// @ts-check
/** The selected run's key, painted where the page beside the player asks for one. */

import { drawKey } from "./cards.js";

/** @typedef {import("./theme.js").Theme} Theme */

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
  return { paint: () => paint(true), stop: () => watcher.disconnect() };
}

/** Whether an empty sidebar was folded away here, and not by the viewer. */
let folded = false;

/** Streamlit leaves the sidebar of the page before open where a page has none: fold it away, and back with what belongs there. */
function fold() {
  const block = document.querySelector('[data-testid="stSidebarUserContent"] [data-testid="stVerticalBlock"]');
  const bar = document.querySelector('section[data-testid="stSidebar"]');
  if (!block || !bar || window.innerWidth < 768) return;
  const empty = !block.childElementCount;
  const open = bar.getAttribute("data-collapsed") === "false";
  if (empty === folded || open !== empty) return;
  const button = document.querySelector(empty ? '[data-testid="stSidebarCollapseButton"] button' : '[data-testid="stExpandSidebarButton"]');
  if (!(button instanceof HTMLElement)) return;
  folded = empty;
  button.click();
}
