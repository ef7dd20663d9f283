// @ts-check
/** Questions asked of the runs of a message. */

/** @typedef {import("./decode.js").SceneData} SceneData */

/** The runs of all scenes, each slot once, in the order of the slots. @param {SceneData[]} scenes */
export function everyRun(scenes) {
  const bySlot = new Map(scenes.toReversed().flatMap(({ runs }) => runs.map((run) => [run.slot, run])));
  return [...bySlot.values()].sort((a, b) => a.slot - b.slot);
}

/** The news of a run at a step, if there is any. @param {import("./decode.js").Run} run @param {number} step */
export function latest(run, step) {
  return run.events.findLast((news) => news.at <= step && step <= news.until);
}

/**
 * A row of a run, of positions or of steps, without what stands there for steps that it did not take.
 * @param {import("./decode.js").Run} run
 * @param {number} steps the scene's
 * @param {Float32Array} row
 */
export function ownPart(run, steps, row) {
  return run.steps < steps ? row.subarray(0, row.length - (steps - run.steps)) : row;
}

/**
 * The runs, those that travel farthest first, so that where paths lie on one another the short one stays in sight; the
 * selected one on top of all.
 * @param {import("./decode.js").Run[]} runs
 * @param {number | null} selected
 */
export function drawingOrder(runs, selected) {
  const length = new Map(runs.map((run) => {
    let sum = 0;
    for (let i = 2; i < run.xy.length; i += 2) sum += Math.hypot(run.xy[i] - run.xy[i - 2], run.xy[i + 1] - run.xy[i - 1]) || 0;
    return [run, sum];
  }));
  const above = (/** @type {import("./decode.js").Run} */ run) => Number(run.slot === selected);
  return [...runs].sort((a, b) => above(a) - above(b) || Number(length.get(b)) - Number(length.get(a)));
}
