// @ts-check
/** Where runs would go from another start, or at another rate: computed on the page, wherever their steps trace. */

import { Judge } from "./judge.js";
import { eachStep, untrimmed } from "./pixels.js";
import { addressOf } from "../wire/server.js";

/** @typedef {import("../wire/decode.js").SceneData} SceneData */
/** @typedef {import("../wire/decode.js").Run} Run */
/**
 * @typedef {object} Told what a module says of its run: see app/ways.py
 * @property {number} steps
 * @property {[number, number][]} ways
 * @property {number[]} fixed   each step's rate is this
 * @property {number[]} share   and so much of the rate that is set
 * @property {import("./judge.js").Table} judged
 * @property {Record<string, {kind: string, text: string, tone: "good" | "bad" | "note", mark: boolean, brief: string}>} said   `{at}` is still open
 */
/** @typedef {import("./judge.js").Formulas & {block: import("./pixels.js").Block, lanes: number, way: Told}} Module */

/** As many modules are kept. */
const KEPT = 64;
/** By address; null where the server has to take the steps, undefined while it is on its way. @type {Map<string, any>} */
const modules = new Map();

/** A module, if it is there; else it is asked for, once. @param {string} asked @returns {any} */
function moduleOf(asked) {
  const known = modules.get(asked);
  if (known !== undefined || modules.has(asked)) return known;
  modules.set(asked, undefined);
  if (modules.size > KEPT) modules.delete(/** @type {string} */ (modules.keys().next().value));
  const address = addressOf(asked);
  (async () => {
    const answer = await fetch(address);
    if (answer.status !== 200) return answer.status === 204 ? null : Promise.reject(answer.status);
    // It comes from the browser's store.
    await answer.arrayBuffer();
    return import(address);
  })().then((module) => modules.set(asked, module), () => modules.delete(asked));
  return undefined;
}

/**
 * The scenes of the page with what is dragged elsewhere; null where the server has to be asked, now or always.
 * @param {SceneData[]} scenes of the page, nothing tried
 * @param {string} asked as the server would be: `scene=0&at=x~y`, `rate=slot~lr` or `pixel=row~column`
 * @param {import("./source.js").Chart | null} chart
 * @returns {SceneData[] | null}
 */
export function passing(scenes, asked, chart) {
  if (scenes.length > 1 && !scenes.every((scene) => scene.alike)) return null;
  const query = new URLSearchParams(asked);
  const [slot, lr] = (query.get("rate") || "").split("~").map(Number);
  const at = placeOf(query, chart);
  if (!at && !query.has("rate")) return null;
  const moved = (/** @type {Run} */ run) => Boolean(at) || run.slot === slot;
  // All are asked for before one is waited for.
  const found = scenes.flatMap(({ runs }) => runs.filter(moved)).map(({ way }) => (way ? moduleOf(`way?${way}`) : null));
  if (!found.length || !found.every(Boolean)) return null;
  return scenes.map((scene) => {
    const start = at || scene.start;
    const runs = scene.runs.map((run) => (moved(run) ? taken(run, moduleOf(`way?${run.way}`), start, at ? run.lr : lr) : run));
    return { ...scene, start, runs };
  });
}

/** The start that is asked for, if it is one. @param {URLSearchParams} query @param {import("./source.js").Chart | null} chart @returns {[number, number] | null} */
function placeOf(query, chart) {
  const [x, y] = (query.get("at") || "").split("~").map(Number);
  if (query.has("at")) return [x, y];
  if (!query.has("pixel") || chart?.kind !== "basins") return null;
  // The map's own module has its places to the last digit.
  const map = moduleOf(`script?${chart.link}`)?.map;
  const [row, column] = (query.get("pixel") || "").split("~").map(Number);
  return map ? [map.columns[column], map.rows[row]] : null;
}

/**
 * A run begun at a place, at a rate.
 * @param {Run} run @param {Module} module @param {[number, number]} start @param {number} lr
 * @returns {Run}
 */
export function taken(run, { way, block, value, slope, newton, lanes }, [x, y], lr) {
  const { steps } = way;
  const count = steps + 1;
  const [fixed, share] = [untrimmed(way.fixed, steps), untrimmed(way.share, steps)];
  const rates = share.map((part, t) => fixed[t] + part * lr);
  const kept = new Float64Array(2 * count * lanes);
  block(0, 0, Float64Array.of(y), Float64Array.of(x), [rates], eachStep(way.ways, steps), kept, () => {});
  const [xs, ys] = [kept.subarray(0, count), kept.subarray(count, 2 * count)];
  const { word, step } = new Judge(way.judged, { value, slope, newton }, steps).verdict(xs, ys);
  const out = new Float64Array(2);
  const end = way.said[word];
  const say = (/** @type {string} */ text) => text.replaceAll("{at}", String(step));
  return {
    ...run,
    steps,
    lr,
    status: word,
    events: end ? [{ ...end, at: step, until: Infinity, text: say(end.text), sentence: say(end.brief), brief: say(end.brief) }] : [],
    xy: Float32Array.from({ length: 2 * count }, (_, k) => (k % 2 ? ys : xs)[k >> 1]),
    loss: Float32Array.from(xs, (_, k) => value(xs[k], ys[k])),
    norm: Float32Array.from(xs, (_, k) => (slope(xs[k], ys[k], out), Math.hypot(out[0], out[1]))),
    rate: Float32Array.from(rates),
    // These take a closer look, unless they are the same everywhere.
    limit: run.bound ? run.limit : "",
    most: run.bound ? run.most : undefined,
    factors: null,
    direction: undefined,
    scale: undefined,
    decay: undefined,
  };
}
