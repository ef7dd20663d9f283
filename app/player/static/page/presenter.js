// @ts-check
/** For whoever stands before a class: the whole screen (P), one panel alone (S), nothing at all (B). */

/** What the spotlight falls on, one after the other; a panel that is not in view is passed over. */
export const SPOTS = ["words", "main", "second", "curves"];

/** What comes after a spot, empty for all. @param {string} spot @param {string[]} there what is in view */
export function nextSpot(spot, there) {
  const left = SPOTS.slice(SPOTS.indexOf(spot) + 1).filter((one) => there.includes(one));
  return left[0] || "";
}

/** @type {Record<string, string>} */
const PLACES = { words: ".rv-lesson-body", main: '.rv-picture:not([hidden])', second: ".rv-picture", curves: ".rv-curves" };

export class Presenter {
  /** @param {HTMLElement} root @param {() => void} full */
  constructor(root, full) {
    this.root = root;
    this.full = full;
    root.dataset.spot = "";
    root.dataset.blank = "false";
  }

  /** @param {string} key @returns {(() => void) | null} */
  key(key) {
    const { dataset } = this.root;
    if (dataset.blank === "true") {
      // Whatever is pressed, the picture comes back first.
      return () => (dataset.blank = "false");
    }
    const ways = /** @type {Record<string, () => void>} */ ({
      p: this.full,
      s: () => (dataset.spot = nextSpot(dataset.spot || "", this.there())),
      b: () => (dataset.blank = "true"),
    });
    if (key === "Escape" && dataset.spot) return () => (dataset.spot = "");
    return ways[key.toLowerCase()] || null;
  }

  /** What is in view. */
  there() {
    const { main, second } = this.root.dataset;
    const shown = (/** @type {string} */ spot) => [...this.root.querySelectorAll(PLACES[spot])].some((place) => place instanceof HTMLElement && place.offsetParent !== null);
    return SPOTS.filter((spot) => shown(spot) && (spot !== "second" || (second && second !== main)));
  }

  destroy() {
    this.root.dataset.spot = "";
  }
}
