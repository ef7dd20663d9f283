// @ts-check
/** A map's pixels computed in this browser, wherever its steps trace; all others come from the server. */

import { OtherVersion, addressOf } from "../wire/server.js";
import { Pool } from "./pool.js";
import { served } from "./served.js";
import { NEVER } from "./source.js";

/** @typedef {import("./source.js").Class} Class */
/** @typedef {import("./source.js").Part} Part */
/** @typedef {import("./pixels.js").Module} Module */
/** @typedef {import("./pool.js").Tile} Tile */
/** @typedef {{status: Uint8Array, step: Uint16Array, loss: Float32Array, pits: Float64Array}} Pixels of a whole resolution */

/** Workers outlive the page that asked for them. */
const pool = new Pool();

/** @type {import("./source.js").Source} */
export async function own(chart, tell, signal) {
  const address = addressOf(`script?${chart.link}`);
  /** @type {Module | undefined} */ let module;
  /** @param {Tile[]} tiles @param {number} stride */
  const show = async (tiles, stride) => {
    module ??= /** @type {Module} */ (await import(address));
    if (!signal.aborted) tell.part(partOf(tiles, stride, module, chart));
  };
  try {
    await pool.compute(address, [chart.rows, chart.columns], show, signal, tell.done);
  } catch (error) {
    if (signal.aborted || error instanceof OtherVersion) throw error;
    // The server alone can compute it, or this browser has no such workers.
    await served(chart, tell, signal);
  }
}

/**
 * A map as far as it is known, of all tiles of a resolution.
 * @param {Tile[]} tiles @param {number} stride @param {Module} module
 * @param {Pick<import("./source.js").Chart, "kind">} chart
 * @returns {Part}
 */
export function partOf(tiles, stride, module, { kind }) {
  const { map } = module;
  const pixels = together(tiles);
  const [rows, columns] = [tiles.reduce((sum, tile) => sum + tile.rows.length, 0), tiles[0].columns.length];
  const { classes, label } = classed(pixels, module, kind === "basins");
  const arrived = map.statuses.map((status) => map.arrived.includes(status));
  const best = fewest(pixels, (i) => (map.goal ? pixels.step[i] !== NEVER : arrived[pixels.status[i]]));
  return {
    rows,
    columns,
    stride: [stride, stride],
    label,
    step: pixels.step,
    loss: pixels.loss,
    classes,
    every: 1,
    best: best < 0 ? null : [Math.floor(best / columns), best % columns],
    seconds: tiles.reduce((sum, { part }) => sum + part.seconds, 0),
    whole: stride === 1,
    stopped: "",
  };
}

/** @param {Tile[]} tiles @returns {Pixels} */
function together(tiles) {
  const count = tiles.reduce((sum, { part }) => sum + part.status.length, 0);
  const all = { status: new Uint8Array(count), step: new Uint16Array(count), loss: new Float32Array(count), pits: new Float64Array(2 * count) };
  let from = 0;
  for (const { part } of tiles) {
    all.status.set(part.status, from);
    all.step.set(part.step, from);
    all.loss.set(part.loss, from);
    all.pits.set(part.pits, 2 * from);
    from += part.status.length;
  }
  return all;
}

/** The pixel of the fewest steps, and of several the one of the lowest loss; -1 where none counts. @param {Pixels} pixels @param {(i: number) => boolean} counts */
function fewest({ step, loss }, counts) {
  let best = -1;
  for (let i = 0; i < step.length; i++) {
    if (!counts(i)) continue;
    if (best < 0 || step[i] < step[best] || (step[i] === step[best] && loss[i] < loss[best])) best = i;
  }
  return best;
}

/**
 * What pixels have in common: their verdicts, and before these, where they are asked for, the minima with most starts.
 * @param {Pixels} pixels @param {Module} module @param {boolean} lettered
 * @returns {{classes: Class[], label: Uint8Array}}
 */
function classed({ status, pits }, { map, value }, lettered) {
  const classes = map.statuses.map((one) => /** @type {Class} */ ({ status: one, letter: "", place: null }));
  if (!lettered) return { classes, label: status };
  const { places, of } = placed(pits, map);
  const local = map.statuses.indexOf("local_minimum");
  /** How many end there, and how many of these are told that it is a local one. */
  const counts = places.map(() => [0, 0]);
  of.forEach((place, i) => {
    if (place < 0) return;
    counts[place][0]++;
    counts[place][1] += Number(status[i] === local);
  });
  const known = map.judged.minima.length;
  // Those that are known first, in their order, the others by loss: so letters seldom change.
  const keys = places.map(([x, y], k) => [Math.min(k, known), Number(value(x, y).toPrecision(6)), x, y]);
  const most = [...places.keys()].filter((k) => counts[k][0]).sort((a, b) => counts[b][0] - counts[a][0] || a - b).slice(0, map.letters.length);
  most.sort((a, b) => compared(keys[a], keys[b]));
  const first = most.map((k, i) => /** @type {Class} */ ({ status: counts[k][1] > counts[k][0] / 2 ? "local_minimum" : "converged", letter: map.letters[i], place: places[k] }));
  const letterOf = Int16Array.from(places, (_, k) => most.indexOf(k));
  const label = status.map((one, i) => {
    const letter = of[i] < 0 ? -1 : letterOf[of[i]];
    return letter >= 0 && first[letter].status === map.statuses[one] ? letter : first.length + one;
  });
  return { classes: [...first, ...classes], label };
}

/** Which minimum each pixel's is: one of those that are known, or one that was met. @param {Float64Array} pits @param {Module["map"]} map */
function placed(pits, { judged, most }) {
  const places = judged.minima.map(([x, y]) => /** @type {[number, number]} */ ([x, y]));
  const of = new Int16Array(pits.length / 2).fill(-1);
  for (let i = 0; i < of.length; i++) {
    const [x, y] = [pits[2 * i], pits[2 * i + 1]];
    if (Number.isNaN(x)) continue;
    of[i] = places.findLastIndex((place) => Math.hypot(x - place[0], y - place[1]) <= judged.bounds.sits);
    if (of[i] < 0 && places.length < most) of[i] = places.push([x, y]) - 1;
  }
  return { places, of };
}

/** As Python compares tuples. @param {number[]} a @param {number[]} b */
function compared(a, b) {
  const k = a.findIndex((value, i) => value !== b[i]);
  return k < 0 ? 0 : a[k] - b[k];
}
