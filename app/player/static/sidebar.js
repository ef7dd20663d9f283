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
  const watcher = new MutationObserver(() => paint(false));
  watcher.observe(document.body, { childList: true, subtree: true });
  return { paint: () => paint(true), stop: () => watcher.disconnect() };
}
