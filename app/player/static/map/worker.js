// @ts-check
/** A worker: it is asked for parts of maps, one after the other, by the address of a map's module. */
import { Pixels } from "./pixels.js";

/** The map that was last asked for. @type {{address: string, pixels: Promise<Pixels>} | undefined} */
let known;

/** @param {string} address */
function pixelsOf(address) {
  if (known?.address !== address) known = { address, pixels: import(address).then((module) => new Pixels(module)) };
  return known.pixels;
}

/**
 * @param {any} scope the worker
 * @param {{id: number, address: string, rows: number[], columns: number[]}} asked
 */
export async function answer(scope, { id, address, rows, columns }) {
  try {
    const part = (await pixelsOf(address)).part(rows, columns);
    scope.postMessage({ id, part }, [part.status.buffer, part.step.buffer, part.loss.buffer, part.pits.buffer]);
  } catch (error) {
    known = undefined;
    scope.postMessage({ id, failed: String(error) });
  }
}

// A page, and a test, may import this without becoming a worker.
if (typeof self !== "undefined" && typeof document === "undefined") self.onmessage = ({ data }) => answer(self, data);
