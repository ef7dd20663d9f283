// @ts-check
/** How far somebody has come in each lesson, which only the browser knows. */

const KEPT = "ravine.lessons";

/** @typedef {{at: number, done: boolean}} Progress */

/**
 * What a browser has kept; nothing of it is trusted.
 * @param {string | null} text
 * @returns {Record<string, Progress>}
 */
export function read(text) {
  try {
    const kept = JSON.parse(text || "{}");
    const entries = Object.entries(kept && typeof kept === "object" ? kept : {});
    return Object.fromEntries(entries.flatMap(([slug, one]) => (Number.isInteger(one?.at) && one.at > 0 ? [[slug, { at: one.at, done: one.done === true }]] : [])));
  } catch {
    return {};
  }
}

/** What a lesson's card says of it. @param {Progress | undefined} progress @param {number} of how many steps it has */
export function stateOf(progress, of) {
  if (!progress) return "";
  return progress.done ? "done" : progress.at > 1 && progress.at <= of ? `Go on: ${progress.at} of ${of}` : "";
}

export function progress() {
  try {
    return read(localStorage.getItem(KEPT));
  } catch {
    return {};
  }
}

/** Somebody is at a step, or has seen the last one. @param {string} slug @param {number} at @param {boolean} done */
export function note(slug, at, done) {
  const kept = progress();
  kept[slug] = { at, done: done || Boolean(kept[slug]?.done) };
  try {
    localStorage.setItem(KEPT, JSON.stringify(kept));
  } catch {
    // Where nothing may be kept every lesson begins anew.
  }
}
