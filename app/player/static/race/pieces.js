// @ts-check
/** A race as it comes: a line of JSON for each piece, and what is known by now. */

/**
 * How a method does at its best rate; see `Standing` in maps/race.py. Losses of the curve lie above the lowest, null if infinite.
 * @typedef {object} Standing
 * @property {number} slot
 * @property {number} rate
 * @property {number | null} steps
 * @property {number} got
 * @property {number | null} loss
 * @property {number | null} low
 * @property {number | null} high
 * @property {number | null} factor
 * @property {number[]} rates
 * @property {(number | null)[]} median
 * @property {(number | null)[]} lower
 * @property {(number | null)[]} upper
 * @property {number} runs
 * @property {number} seconds
 * @property {boolean} complete
 * @property {string} [csv]   its row of the table
 */

/**
 * @typedef {{title: string, goal: number | null, first: number | null, csv: string}} Begun
 * @typedef {{verdict: string, fair: string, cost: string}} Over
 * @typedef {{begun?: Begun, standing?: Standing, csv?: string, over?: Over, failed?: string}} Piece
 */

/** What is known of a race. */
export class Known {
  constructor() {
    /** @type {Begun | null} */ this.begun = null;
    /** @type {Map<number, Standing>} */ this.standings = new Map();
    /** @type {Over | null} */ this.over = null;
  }

  /** @param {Piece} piece */
  take({ begun, standing, csv, over, failed }) {
    if (failed) throw new Error(failed);
    if (begun) this.begun = begun;
    if (standing) this.standings.set(standing.slot, { ...standing, csv });
    if (over) this.over = over;
  }

  /** The table as CSV, in an order of slots. @param {number[]} slots */
  csv(slots) {
    const rows = slots.flatMap((slot) => this.standings.get(slot)?.csv ?? []);
    return [this.begun?.csv ?? "", ...rows, ""].join("\r\n");
  }

  get runs() {
    return [...this.standings.values()].reduce((sum, { runs }) => sum + runs, 0);
  }

  get seconds() {
    return [...this.standings.values()].reduce((sum, { seconds }) => sum + seconds, 0);
  }
}
