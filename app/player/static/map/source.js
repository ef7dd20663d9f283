// @ts-check
/**
 * What a map is, and where its pixels come from. Whatever paints them is handed a source and does not know which: the server's
 * answer (served.js), or anything else that fills this interface.
 *
 * @typedef {object} Side   what varies along a side
 * @property {string} label
 * @property {string} symbol
 * @property {"linear" | "log"} scale
 * @property {[number, number]} ends
 * @property {number[]} values          those of its pixels, rising, to six digits
 * @property {string[] | null} names    of the methods, a row each
 *
 * @typedef {object} Theory   places are shares of the sides, from the left and from below
 * @property {[number, number][]} edge  the rate above which a row diverges
 * @property {string} name
 * @property {[number, number] | null} best
 * @property {[string, string] | null} words  the best pair in numbers
 *
 * @typedef {object} Chart   all of a map but its pixels; app/atlas.py
 * @property {"basins" | "rate" | "methods" | "two"} kind
 * @property {"verdict" | "goal" | "loss"} by    what is coloured: where a run ends, from which step on it is there, its loss
 * @property {string} link              names the map, whichever pixel is chosen
 * @property {string} title
 * @property {string} about             the goal, in words
 * @property {number} rows              of the whole map
 * @property {number} columns
 * @property {Side} across
 * @property {Side} up
 * @property {number} steps
 * @property {number[]} limits          up to which a band of steps or losses goes, rising
 * @property {Theory | null} theory
 * @property {[number, number] | null} at   row and column of the experiment's own values; null where these lie beyond the map
 * @property {[number, number] | null} from   where all runs begin; null where they begin at different places
 *
 * @typedef {object} Class   what pixels have in common
 * @property {string} status            a verdict: converged, local_minimum, as_good, stalled, diverged, running
 * @property {string} letter            of the four minima with most starts
 * @property {[number, number] | null} place
 *
 * @typedef {object} Part   a map as far as it is known; arrays go row by row, the lowest first
 * @property {number} rows
 * @property {number} columns
 * @property {[number, number]} stride  every how many of the whole map's rows and columns these are, from the first on
 * @property {Uint8Array} label         an index into `classes`
 * @property {Uint16Array} step         from which the verdict or the goal holds; NEVER
 * @property {Float32Array | null} loss   the final one; from the server only where that is what is coloured
 * @property {Class[]} classes
 * @property {number} every             how many steps lie between two looks at a run
 * @property {[number, number] | null} best   row and column, of these, of the fewest steps
 * @property {number} seconds           of one core that were spent
 * @property {boolean} whole            whether it is as fine as it will be
 * @property {"" | "budget"} stopped    why it is not
 *
 * Gives a map, the coarse one first, until it is whole, or as fine as may be. Resolves then; rejects with an Error in words.
 * Ends soon after `signal` says so.
 * @callback Source
 * @param {Chart} chart
 * @param {{part: (part: Part) => void, done: (share: number) => void}} tell   done: which share of the finest is computed
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */

/** In a step's place: it never held. */
export const NEVER = 65_535;

/** The row or column of a part that a pixel of the whole map lies in. @param {number} index @param {number} stride @param {number} count */
export function within(index, stride, count) {
  return Math.min(Math.floor(index / stride), count - 1);
}
