// @ts-check
/** A race as it comes: a line of JSON for each piece, and what is known by now. */

import { OtherVersion, addressOf } from "../wire/server.js";

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

/** The whole lines of a text, and what is left of it. @param {string} text @returns {[string[], string]} */
export function lines(text) {
  const all = text.split("\n");
  const rest = /** @type {string} */ (all.pop());
  return [all.filter(Boolean), rest];
}

/**
 * Ask for a race, and hear each piece as it comes. What cannot be had is an Error in words; an end that was called for is none.
 * @param {string} asked
 * @param {AbortSignal} signal
 * @param {(piece: Piece) => void} hear
 */
export async function listen(asked, signal, hear) {
  const broken = "The connection to the server broke off.";
  const answer = await fetch(addressOf(asked), { signal }).catch(() => null);
  if (signal.aborted) return;
  if (answer?.status === 410) throw new OtherVersion();
  if (answer && !answer.ok) throw new Error(answer.status < 500 ? await answer.text() : "The server failed.");
  if (!answer?.body) throw new Error(broken);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let [rest, over] = ["", false];
  for (;;) {
    const { value, done } = await reader.read().catch(() => ({ value: undefined, done: true }));
    if (signal.aborted) return;
    if (done) break;
    /** @type {string[]} */ let whole;
    [whole, rest] = lines(rest + value);
    for (const line of whole) {
      const piece = /** @type {Piece} */ (JSON.parse(line));
      over ||= Boolean(piece.over);
      hear(piece);
    }
  }
  if (!over) throw new Error(broken);
}
