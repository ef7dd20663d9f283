// @ts-check
/**
 * How much room each picture has. The picture gets its size first, the rest what is left; what is shown of a run, a name or
 * a verdict never changes it.
 *
 * @typedef {object} Place
 * @property {number} width     of the window, CSS pixels
 * @property {number} height    of the window
 * @property {number} main      what the page leaves the player in width
 * @property {number} top       where the player begins
 * @property {"playground" | "compare" | "dissect" | "maps"} page
 * @property {number} runs      how many there are
 * @property {boolean} steady   whether no rate changes
 * @property {boolean} full     whether the player fills the screen
 * @property {import("../map/source.js").Chart["kind"]} [map]   which map there is
 * @property {boolean} [lesson]   whether a step of a lesson is told beside the pictures
 *
 * @typedef {object} Room
 * @property {"wide" | "halves" | "column" | "phone"} layout
 * @property {number} side      of a contour, within its axes
 * @property {number} tall      of the cards side by side
 * @property {number} middle    width of Compare's middle, or of a map with its legend
 * @property {number} row       height of a run's line
 * @property {boolean} folded   whether this step is folded to its title
 * @property {boolean} rate     whether there is room for the rate's curve
 * @property {boolean} norm     whether there is room for the gradient norm's
 * @property {boolean} narrow   whether beside a lesson's words one column is left
 */

/** The bar, what stands around the cards, and what a card has around its contour. */
export const BAR = 60;
const [PAD, GAP] = [10, 12];
const [BESIDE, AROUND] = [58, 76];
/** No contour is smaller on a screen of at least 600 by 900; below that the page scrolls. */
export const LEAST = { maps: 300, playground: 360, compare: 300, dissect: 360, present: 420 };
/** A lesson's words, beside the pictures and on a projector, and what its curves have at least: beside a contour, beneath one. */
const [WORDS, LARGE] = [404, 520];
const [RIGHT, LOW] = [340, 140];
/** A map's legend, what is said of a run beside its contour, or beneath it. */
const [LEGEND, ASIDE, FOOT] = [208, 184, 92];
/** Where less is left beside the words everything stands in one column. */
const NARROW = 720;
/** Beside the words a step's formula needs so much, and a microscope beside it so much more than its picture. */
const [FORMULA, SEEN] = [500, 82];
/** Five or more runs have lower lines. */
const MANY = 5;

/** @param {Place} place @returns {Room} */
export function roomOf(place) {
  const { width, height, top, page, runs, steady, full, lesson } = place;
  // A step under the microscope has what a lesson's words leave, as if the window were so narrow.
  const main = lesson && page === "dissect" && place.main + 32 >= 900 ? place.main - wordsOf(place) - GAP : place.main;
  const many = runs >= MANY;
  /** @type {Room["layout"]} */
  const layout = main + 32 < 900 || height < 500 ? "phone" : lesson && page !== "dissect" ? "wide"
    : page === "dissect" && (lesson ? main < FORMULA + SEEN + 240 : main + 32 < 1100) && !full ? "column"
    : page === "compare" && main + 32 < 1200 && !full ? "halves" : "wide";
  const bar = full ? 64 : BAR;
  const free = height - top - bar - PAD;
  /** @type {Room} */
  const room = { layout, side: 0, tall: free, middle: Math.max(418, 0.3 * width), row: many ? 28 : 33, folded: false, rate: true, norm: true, narrow: false };
  /** @param {number} side @param {number} least */
  const bounded = (side, least) => Math.floor(Math.max(side, least));
  if (lesson && page !== "dissect") return layout === "phone" ? inTheHand(place, room) : besideWords(place, room);
  if (page === "maps") return layout === "phone" ? { ...room, side: Math.floor(main - 32) } : besideMap(place, room);
  if (layout === "phone") {
    // Two pictures stand side by side; in the hand one leaves room for loss and runs beneath it.
    if (page === "compare") return { ...room, row: 44, side: Math.floor((main - 8) / 2) };
    const most = height < 500 ? height - 60 : width < 600 ? Math.max(240, height - 562) : height - 300;
    return { ...room, row: 44, side: Math.floor(Math.max(120, Math.min(main + 32 - 90, most))) };
  }
  if (page === "compare") {
    if (lesson && layout === "wide") return { ...room, side: Math.floor(Math.min(height - top - bar - 122, main - FORMULA - SEEN)) };
    const side = full ? Math.min(height - 244, (main - GAP) / 2 - 60)
      : layout === "halves" ? Math.min((main - GAP) / 2 - 60, height - 306)
      : Math.min(free - 118, (main - 2 * GAP - room.middle) / 2 - 60);
    return { ...room, row: many ? 34 : 44, side: bounded(side, LEAST.compare), tall: Math.max(free, LEAST.compare + 118) };
  }
  if (page === "dissect") {
    if (lesson && layout === "wide") return { ...room, side: Math.floor(Math.min(height - top - bar - 122, main - FORMULA - SEEN)) };
    const side = full ? Math.min(height - 190, main + 32 - 640) : Math.min(height - top - bar - 122, main + 32 - 734, 720);
    return { ...room, side: bounded(side, LEAST.dissect), tall: Math.max(free, LEAST.dissect + 60) };
  }
  if (full) return { ...room, row: 52, side: bounded(Math.min(height - 178, 0.58 * width - 74), LEAST.present), tall: free };
  const beside = width >= 1200 ? Math.max(540, 0.46 * main) : 420 + 0.4 * (width - 900);
  const tall = Math.max(free, LEAST.playground + AROUND);
  const side = bounded(Math.min(tall - AROUND, main - beside - BESIDE - GAP), LEAST.playground);
  const lower = tall - (30 + room.row * runs + 6) - GAP;
  return { ...room, side, tall, folded: lower < 320, rate: lower >= 320 || !steady, norm: lower >= 240 };
}

/** A map and its legend on the left; starts have a contour of their own size beside them. @param {Place} place @param {Room} room @returns {Room} */
function besideMap({ main, map }, room) {
  const tall = Math.max(room.tall, LEAST.maps + AROUND);
  if (map !== "basins") {
    const side = Math.floor(Math.max(LEAST.maps - 30, Math.min(tall - AROUND - FOOT, 0.36 * main - BESIDE)));
    return { ...room, tall, side, middle: main - GAP - side - 2 * BESIDE };
  }
  const side = Math.floor(Math.max(LEAST.maps, Math.min(tall - AROUND, (main - GAP - LEGEND - ASIDE) / 2 - BESIDE)));
  return { ...room, tall, side, middle: side + BESIDE + LEGEND };
}

/** The width of a lesson's words. @param {{width: number, full: boolean}} place */
function wordsOf({ width, full }) {
  return full ? Math.min(LARGE, 0.4 * width) : WORDS;
}

/** Words on the left, the rest for the pictures. @param {Place} place @param {Room} room @returns {Room} */
function besideWords({ width, main, page, full }, room) {
  const left = main - wordsOf({ width, full }) - GAP;
  const tall = Math.max(room.tall, 440);
  if (page === "compare") return { ...room, tall, narrow: left < NARROW, side: Math.floor(Math.min((left - GAP) / 2 - BESIDE - 4, tall - 98 - GAP - LOW)) };
  const narrow = left < NARROW;
  // On a projector numbers beside the picture are larger.
  const more = full ? 16 : 0;
  const side = narrow ? Math.min(left - BESIDE - more, tall - AROUND - GAP - LOW) : Math.min(tall - AROUND - more, left - RIGHT - BESIDE - more - GAP);
  return { ...room, tall, narrow, side: Math.floor(side) };
}

/** One picture, or two squares, and the words under them. @param {Place} place @param {Room} room @returns {Room} */
function inTheHand({ main, height, page }, room) {
  if (page === "compare") return { ...room, row: 44, side: Math.floor((main - 8) / 2) };
  return { ...room, row: 44, side: Math.floor(Math.max(150, Math.min(main + 32 - 90, 0.28 * height))) };
}
