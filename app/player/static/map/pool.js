// @ts-check
/** The pixels of a whole map, coarse first and then finer, computed by as many workers as the machine has cores. */
import { OtherVersion } from "../wire/server.js";

/** @typedef {import("./pixels.js").Part} Part */
/** @typedef {{rows: number[], columns: number[], part: Part}} Tile some of a map's pixels */

/** The pixels along the longer side of the first picture, and how much finer each next one is. */
const FIRST = 64;
const FINER = 4;
/** The rows of what a worker is asked for at once: of them a cancelled map waits. */
const BAND = 16;

/** A map that only the server can compute. */
export class ServersOwn extends Error {}

/** Every so many rows and columns: the strides of a map's resolutions, the coarse one first. @param {number} side */
export function strides(side) {
  const found = [];
  for (let stride = 1; ; stride *= FINER) {
    found.unshift(stride);
    if (side / stride <= FIRST) return found;
  }
}

/** @param {number} count @param {number} stride */
const every = (count, stride) => Array.from({ length: Math.ceil(count / stride) }, (_, k) => k * stride);

/** Workers, which are begun with the first map and kept. */
export class Pool {
  constructor(size = navigator.hardwareConcurrency || 2) {
    /** Those that wait; null is one that is to be begun. @type {(Worker | null)[]} */
    this.free = Array(size).fill(null);
    /** Who waits for one. @type {((worker: Worker | null) => void)[]} */
    this.queue = [];
    this.asked = 0;
  }

  /**
   * Compute a map's pixels, and show each resolution when it is whole.
   * @param {string} address of its module
   * @param {[number, number]} shape its rows and columns
   * @param {(tiles: Tile[], stride: number) => void | Promise<void>} show
   * @param {AbortSignal} signal
   * @param {(share: number) => void} [done] told after each tile which share of the finest is computed
   */
  async compute(address, shape, show, signal, done = () => {}) {
    // The workers have it from the browser's store.
    const answer = await fetch(address, { signal });
    if (answer.status === 410) throw new OtherVersion();
    if (answer.status === 204) throw new ServersOwn();
    if (!answer.ok) throw new Error(await answer.text());
    for (const stride of strides(Math.max(...shape))) {
      const [rows, columns] = shape.map((count) => every(count, stride));
      const bands = every(rows.length, BAND).map((first) => rows.slice(first, first + BAND));
      let count = 0;
      const tiles = await Promise.all(bands.map(async (band) => {
        const tile = await this.tile(address, band, columns, signal);
        count += band.length * columns.length;
        done(count / (shape[0] * shape[1]));
        return tile;
      }));
      signal.throwIfAborted();
      await show(tiles, stride);
    }
  }

  /** @param {string} address @param {number[]} rows @param {number[]} columns @param {AbortSignal} signal @returns {Promise<Tile>} */
  async tile(address, rows, columns, signal) {
    let worker = await this.taken();
    try {
      signal.throwIfAborted();
      const own = (worker ??= new Worker(new URL("./worker.js", import.meta.url), { type: "module" }));
      const id = ++this.asked;
      const part = await new Promise((resolve, reject) => {
        own.onmessage = ({ data }) => (data.failed === undefined ? resolve(data.part) : reject(new Error(data.failed)));
        own.onerror = () => {
          // It may never answer again.
          own.terminate();
          worker = null;
          reject(new Error("The map could not be computed in this browser."));
        };
        own.postMessage({ id, address, rows, columns });
      });
      return { rows, columns, part };
    } finally {
      const next = this.queue.shift();
      if (next) next(worker);
      else this.free.push(worker);
    }
  }

  /** A worker that does nothing else. @returns {Promise<Worker | null>} */
  async taken() {
    const free = this.free.pop();
    return free === undefined ? new Promise((resolve) => this.queue.push(resolve)) : free;
  }
}
