// @ts-check
/** A map's pixels from the server: one answer, which grows finer. How they are packed stands in app/atlas.py. */

import { listen } from "../wire/pieces.js";

/** @type {import("./source.js").Source} */
export async function served(chart, tell, signal) {
  // Unpacking takes a moment: a part is shown after the one before it.
  let shown = Promise.resolve();
  await listen(`map?${chart.link}`, signal, ({ part, done, failed }) => {
    if (failed) throw new Error(failed);
    if (done !== undefined) tell.done(done);
    if (part) shown = shown.then(async () => tell.part(partOf(part, await unpacked(part.pixels))));
  });
  await shown;
}

/** @param {string} packed by gzip, in base64 */
export async function unpacked(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @param {any} head @param {Uint8Array<ArrayBuffer>} body @returns {import("./source.js").Part} */
export function partOf(head, body) {
  const count = head.rows * head.columns;
  const losses = head.loss ? 4 * count : 0;
  return {
    ...head,
    step: new Uint16Array(body.slice(0, 2 * count).buffer),
    loss: head.loss ? new Float32Array(body.slice(2 * count, 2 * count + losses).buffer) : null,
    label: body.subarray(2 * count + losses),
  };
}
