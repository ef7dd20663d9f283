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

/** The positions of each pixel, (pixels, 2, steps + 1). @param {any} job @param {any} module */
function paths({ x, y, rows, columns, rates, ways }, { block, lanes }) {
  const count = 2 * (ways.length + 1);
  const kept = new Float64Array(count * lanes);
  const all = new Float64Array(count * rows.length * columns.length);
  block(x, y, rows, columns, rates, ways, kept, (/** @type {number[]} */ ...[r, c, lane]) => {
    all.set(kept.subarray(count * lane, count * (lane + 1)), count * (r * columns.length + c));
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
