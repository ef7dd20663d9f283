// Runs a module that was written of a trace, or of a map, as a browser does, and says in JSON what comes of it.
import process from "node:process";
import { text } from "node:stream/consumers";
import { partOf } from "../../app/player/static/map/own.js";
import { Pixels } from "../../app/player/static/map/pixels.js";
import { taken } from "../../app/player/static/map/ways.js";

const [mode] = process.argv.slice(2);
const jobs = JSON.parse(await text(process.stdin));
/** @param {ArrayBufferView} array */
const bytes = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");

/** The positions at the steps `at` of each pixel, (pixels, 2, at.length). @param {any} job @param {any} module */
function paths({ x, y, rows, columns, rates, at, ways }, { block, lanes }) {
  const kept = new Float64Array(2 * at.length * lanes);
  const all = new Float64Array(2 * at.length * rows.length * columns.length);
  block(x, y, rows, columns, rates, at, ways, kept, (/** @type {number[]} */ ...[r, c, lane]) => {
    all.set(kept.subarray(2 * at.length * lane, 2 * at.length * (lane + 1)), 2 * at.length * (r * columns.length + c));
  });
  return bytes(all);
}

/** The pixels of a part of a map. @param {any} job @param {any} module */
function part({ rows, columns }, module) {
  const { status, step, loss } = new Pixels(module).part(rows, columns);
  return { status: bytes(status), step: bytes(step), loss: bytes(loss) };
}

/** A map as far as it is known, every so many of its pixels, in two tiles. @param {any} job @param {any} module */
function map({ stride, kind }, module) {
  const [rows, columns] = [module.map.rows, module.map.columns].map((all) => [...all.keys()].filter((k) => k % stride === 0));
  const pixels = new Pixels(module);
  const tiles = [rows.slice(0, 3), rows.slice(3)].map((some) => ({ rows: some, columns, part: pixels.part(some, columns) }));
  const { label, step, loss, ...rest } = partOf(tiles, stride, module, { kind });
  return { ...rest, label: bytes(label), step: bytes(step), loss: loss && bytes(loss) };
}

/** A run as it is while its start or rate is dragged. @param {any} job @param {any} module */
function way({ start, lr, bound }, module) {
  const { xy, loss, norm, rate, ...rest } = taken(/** @type {any} */ ({ bound, limit: "limit", most: [1] }), module, start, lr);
  return { ...rest, xy: bytes(xy), loss: bytes(loss), norm: bytes(norm), rate: bytes(rate) };
}

const answers = [];
for (const job of jobs) {
  const module = await import(`data:text/javascript;base64,${Buffer.from(job.source).toString("base64")}`);
  answers.push(/** @type {any} */ ({ paths, part, map, way })[mode](job, module));
}
console.log(JSON.stringify(answers));
