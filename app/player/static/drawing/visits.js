// @ts-check
/** A path that leaves the picture: where it does, and how much is drawn of what it crosses afterwards. */

import { cut } from "./canvas.js";

/** How strongly a run that has left is drawn: on its way out, and at its next crossings; nothing after. */
const LEAVING = [1, 0.45, 0.28, 0.16];
/** Pixels that are as good as infinitely far. */
const FAR = 1e9;

/** @typedef {[number, number]} Pair */
/**
 * @typedef {object} Visits
 * @property {Int32Array} visit   to which visit each step's way belongs, 0 for the first; -1 outside
 * @property {Uint8Array} inside  whether a step's position is in the picture
 * @property {number[]} strength  of each visit: whole where the run has a position in the picture, else fading from one to the next
 * @property {{step: number, at: Pair, angle: number}[]} exits   where it leaves, and which way it goes there
 */

/**
 * @param {number} count
 * @param {(i: number) => Pair} at pixel position of a step
 * @param {import("./labels.js").Box} box
 * @returns {Visits}
 */
export function visitsOf(count, at, box) {
  const visit = new Int32Array(count);
  const inside = new Uint8Array(count);
  const strength = [1];
  /** @type {Visits["exits"]} */ const exits = [];
  let [since, before, angle] = [0, at(0), 0];
  // It may begin outside, where no way leads out.
  let was = true;
  for (let i = 0; i < count; i++) {
    const here = at(i);
    const now = here[0] >= box.left - 1 && here[0] <= box.right + 1 && here[1] >= box.top - 1 && here[1] <= box.bottom + 1;
    const seen = now || (i > 0 && cut(...before, ...here, box) !== null);
    // A step that crosses the picture from outside to outside is a visit of its own.
    if (seen && !was) {
      since = now ? 0 : since + 1;
      strength.push(LEAVING[since] ?? 0);
    }
    visit[i] = seen ? strength.length - 1 : -1;
    inside[i] = Number(now);
    if (i && was && !now) {
      const away = (/** @type {number} */ k) => Math.max(-FAR, Math.min(here[k] - before[k], FAR)) || 0;
      const [dx, dy] = [away(0), away(1)];
      if (dx || dy) angle = Math.atan2(dy, dx);
      const share = cut(...before, before[0] + dx, before[1] + dy, box)?.[1] ?? 0;
      exits.push({ step: i, at: [before[0] + share * dx, before[1] + share * dy], angle });
    } else if (Math.hypot(here[0] - before[0], here[1] - before[1]) > 0) angle = Math.atan2(here[1] - before[1], here[0] - before[0]);
    was = now;
    before = here;
  }
  return { visit, inside, strength, exits };
}
