// @ts-check
/** A worker: it is asked for parts of maps, one after the other, by the address of a map's module. */
import { Pixels } from "./pixels.js";

const scope = /** @type {any} */ (self);
/** The map that was last asked for. @type {{address: string, pixels: Promise<Pixels>} | undefined} */
let known;

/** @param {string} address */
function pixelsOf(address) {
  if (known?.address !== address) known = { address, pixels: import(address).then((module) => new Pixels(module)) };
  return known.pixels;
}

/** @param {MessageEvent<{id: number, address: string, rows: number[], columns: number[]}>} event */
scope.onmessage = async ({ data: { id, address, rows, columns } }) => {
  try {
    const part = (await pixelsOf(address)).part(rows, columns);
    scope.postMessage({ id, part }, [part.status.buffer, part.step.buffer, part.loss.buffer, part.ends.buffer]);
  } catch (error) {
    known = undefined;
    scope.postMessage({ id, failed: String(error) });
  }
};
