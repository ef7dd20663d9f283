// @ts-check
/** Messages, packed here by the layout that the server's documents tell, and what is fetched. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, dissectionOf, fieldOf } from "../../app/player/static/wire/decode.js";
import { OtherVersion, bytesOf } from "../../app/player/static/wire/server.js";

/** A head and rows behind it. @param {object} head @param {number[][]} rows */
function packed(head, rows) {
  let text = JSON.stringify(head);
  const size = () => Buffer.byteLength(text);
  text += " ".repeat((4 - (size() % 4)) % 4);
  const bytes = Buffer.alloc(4 + size() + 4 * rows.flat().length);
  bytes.writeUInt32LE(size());
  bytes.write(text, 4);
  rows.flat().forEach((value, i) => bytes.writeFloatLE(value, 4 + size() + 4 * i));
  return new Uint8Array(bytes);
}

/** Rows of numbers that no two places share. */
function counter() {
  let last = 0;
  return (/** @type {number} */ count) => Array.from({ length: count }, () => ++last / 8);
}

/** @param {object} more */
const plain = (more) => ({ lines: [], ruled: false, batch: false, held: false, right: false, weights: 0, factors: null, limit: "", ...more });

/** The rows of a run in the order of the layout, by the names that they have once decoded. @param {any} run @param {number} steps @param {(count: number) => number[]} next */
function rowsOf(run, steps, next) {
  /** @type {[string, number[]][]} */
  const rows = [["xy", next(2 * steps + 2)], ["loss", next(steps + 1)], ["norm", next(steps + 1)], ["rate", next(steps)]];
  for (const name of run.lines) rows.push([`beside ${name}`, next(2 * steps + 2)]);
  if (run.ruled) rows.push(["raw", next(2 * steps)], ["used", next(2 * steps)]);
  if (run.batch) rows.push(["batch", next(steps)]);
  if (run.held) rows.push(["held", next(steps + 1)]);
  if (run.right) rows.push(["right", next(2 * (steps + 1))]);
  if (run.weights) rows.push(["weights", next(run.weights * (steps + 1))]);
  if (run.factors) rows.push(["direction", next(2 * steps)], ["scale", next(2 * steps)], ["decay", next(2 * steps)]);
  if (run.limit) rows.push(["most", next(steps)]);
  return rows;
}

const FACTORS = { direction: "m", scale: "", decay: "" };
/** Each part that a run may have, alone, all of them, and none. */
const RUNS = [{}, { lines: ["a"] }, { lines: ["a", "b"] }, { ruled: true }, { batch: true }, { held: true }, { right: true }, { weights: 7 }, { factors: FACTORS }, { limit: "2/λ" },
  { lines: ["a", "b"], ruled: true, batch: true, held: true, right: true, weights: 3, factors: FACTORS, limit: "2/λ" }].map(plain);

test("every row of a message is found where the layout says, whatever a run has", () => {
  // Two scenes of different lengths, each run before and behind each other one, and letters of several bytes in the head.
  for (const steps of [1, 2, 5, 120]) for (const first of RUNS) for (const second of RUNS) {
    const next = counter();
    /** @type {any[]} */
    const scenes = [
      { title: "θ — Größe", steps, data: { batch: 3 }, runs: [first, second] },
      { title: "", steps: steps + 1, data: { batch: 0 }, runs: [second] },
      { title: "", steps, data: null, runs: [first] },
    ];
    const rows = scenes.map((scene) => ({
      runs: scene.runs.map((/** @type {any} */ run) => rowsOf(run, scene.steps, next)),
      batches: scene.data?.batch ? next(scene.data.batch * scene.steps) : null,
    }));
    const all = rows.flatMap(({ runs, batches }) => [...runs.flatMap((/** @type {[string, number[]][]} */ parts) => parts.map(([, row]) => row)), batches || []]);
    const message = /** @type {any} */ (decode(packed({ scenes, selected: 1 }, all)));
    assert.equal(message.scenes[0].title, "θ — Größe");
    rows.forEach(({ runs, batches }, s) => {
      assert.deepEqual(batches, message.scenes[s].batches ? [...message.scenes[s].batches] : null);
      runs.forEach((/** @type {[string, number[]][]} */ parts, /** @type {number} */ r) => {
        const run = message.scenes[s].runs[r];
        const found = { ...run, ...Object.fromEntries(run.lines.map((/** @type {string} */ name, /** @type {number} */ i) => [`beside ${name}`, run.beside[i]])) };
        for (const [name, row] of parts) assert.deepEqual([...found[name]], row, name);
        const floats = Object.values(found).filter((value) => value instanceof Float32Array);
        assert.equal(floats.length, parts.length);
      });
    });
  }
});

test("a message may begin anywhere in what arrived, and is read whole", () => {
  const scenes = [{ steps: 1, data: null, runs: [plain({})] }];
  const bytes = packed({ scenes }, [[1, 2, 3, 4], [5, NaN], [3.4e38, 8], [9]]);
  for (const shift of [0, 1, 2, 3, 7]) {
    const [run] = decode(Uint8Array.from([...new Uint8Array(shift), ...bytes]).subarray(shift)).scenes[0].runs;
    assert.deepEqual([...run.xy, ...run.loss, ...run.norm, ...run.rate], [1, 2, 3, 4, 5, NaN, Math.fround(3.4e38), 8, 9]);
  }
  assert.throws(() => decode(bytes.subarray(0, -4)), RangeError);
});

/** @param {Record<string, Uint8Array<ArrayBuffer>>} answers by the end of the address; all else is refused with a sentence */
function served(answers) {
  /** @type {string[]} */
  const asked = [];
  globalThis.fetch = async (address) => {
    asked.push(String(address));
    const key = Object.keys(answers).find((end) => String(address).endsWith(end));
    return key === undefined ? new Response("No such thing.", { status: 400 }) : new Response(answers[key]);
  };
  return asked;
}

test("a run taken apart has its rows in their order", async () => {
  const steps = 4;
  const next = counter();
  const names = ["shape", "theta", "gradient", "used", "direction", "scale", "decay", "rate", "downhill", "used'", "direction'", "first", "second"];
  const rows = names.map((name) => next(name === "shape" || name === "rate" ? steps : name === "theta" ? 2 * steps + 2 : 2 * steps));
  served({ "dissection?a=b&run=3": packed({ slot: 3, steps, quantities: [{}, {}] }, rows) });
  const { slot, shape, theta, factor, rate, arrows, values } = await dissectionOf("a=b", 3);
  assert.equal(slot, 3);
  const { gradient, used, direction, scale, decay } = factor;
  const found = [shape, theta, gradient, used, direction, scale, decay, rate, arrows.downhill, arrows.used, arrows.direction, ...values];
  assert.deepEqual(found.map((row) => [...row]), rows);
  await assert.rejects(dissectionOf("a=b", 4), /The step could not be taken apart: No such thing\./);
});

test("heights are fetched once for each part of the plane, and again after a failure", async () => {
  Object.assign(globalThis, { document: { baseURI: "http://127.0.0.1/page/" } });
  const grid = 3;
  const z = new Uint8Array(Float32Array.from({ length: 9 }, (_, i) => i).buffer);
  const scene = /** @type {any} */ ({ field: "/ravine/field?surface=bowl", grid, window: [[-1, 1], [0, 4]], axes: ["x", "y"] });
  const asked = served({ "field?surface=bowl": z, "&view=0~1~2~4": z });
  const [whole, again] = await Promise.all([fieldOf(scene), fieldOf(scene)]);
  assert.equal(whole, again);
  assert.deepEqual([[...whole.x], [...whole.y], [...whole.z]], [[-1, 0, 1], [0, 2, 4], [0, 1, 2, 3, 4, 5, 6, 7, 8]]);
  const part = await fieldOf(scene, [[0, 1], [2, 4]]);
  assert.deepEqual([[...part.x], [...part.y]], [[0, 0.5, 1], [2, 3, 4]]);
  assert.deepEqual(asked, ["http://127.0.0.1/ravine/field?surface=bowl", "http://127.0.0.1/ravine/field?surface=bowl&view=0~1~2~4"]);
  const other = { ...scene, field: "/ravine/field?surface=new" };
  served({});
  await assert.rejects(fieldOf(other), /The surface could not be loaded: No such thing\./);
  globalThis.fetch = () => Promise.reject(new TypeError("Failed to fetch"));
  await assert.rejects(fieldOf(other), /the connection to the server broke off/);
  served({ "surface=new": z });
  assert.equal((await fieldOf(other)).z.length, 9);
});

test("a request that fails is made again, one that is refused is not, and another version is another thing", async () => {
  /** @type {(Response | Error)[]} */
  let answers = [];
  let asked = 0;
  globalThis.fetch = async () => {
    const answer = answers[asked++];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const tried = async (/** @type {(Response | Error)[]} */ those) => {
    [answers, asked] = [those, 0];
    return bytesOf("http://127.0.0.1/field", "It could not be had", [1, 1]);
  };
  assert.deepEqual([...(await tried([new TypeError("Failed to fetch"), new Response("", { status: 503 }), new Response(new Uint8Array([7]))]))], [7]);
  await assert.rejects(tried([new Response("No.", { status: 400 })]), /It could not be had: No\.$/);
  assert.equal(asked, 1);
  await assert.rejects(tried([1, 2, 3].map(() => new TypeError("Failed to fetch"))), /It could not be had, because the connection to the server broke off\.$/);
  assert.equal(asked, 3);
  await assert.rejects(tried([1, 2, 3].map(() => new Response("", { status: 500 }))), /because the server failed\.$/);
  await assert.rejects(tried([new Response("", { status: 410 })]), OtherVersion);
  assert.equal(asked, 1);
});
