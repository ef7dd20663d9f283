// @ts-check
/** A map before anything is painted: what its pixels are painted with, what is said of them, how they come. */

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { test } from "node:test";
import { roomOf } from "../../app/player/static/page/room.js";
import { inked, kindsOf, masked, quantiles, shaded } from "../../app/player/static/map/ink.js";
import { partOf, unpacked } from "../../app/player/static/map/served.js";
import { NEVER, within } from "../../app/player/static/map/source.js";
import { cell, csvOf } from "../../app/player/static/map/table.js";
import { beyondEdge, edgeAt, kindWords, logMarks, pixelWords, sizeWords, sumWords } from "../../app/player/static/map/words.js";

/** @typedef {import("../../app/player/static/map/source.js").Chart} Chart */
/** @typedef {import("../../app/player/static/map/source.js").Part} Part */

const THEME = /** @type {any} */ ({ page: "#ffffff", rest: "#aaaaaa", late: "#222222", hatch: "#999999", basins: ["#100000", "#200000", "#300000", "#400000"], steps: ["#010000", "#020000", "#030000", "#040000", "#050000"] });

/** @param {Partial<Chart>} [is] @returns {Chart} */
function chart(is = {}) {
  const side = (/** @type {string} */ symbol) => ({ label: symbol, symbol, scale: /** @type {"linear"} */ ("linear"), ends: /** @type {[number, number]} */ ([0, 4]), values: [0.5, 1.5, 2.5, 3.5], names: null });
  return { kind: "rate", by: "goal", link: "", title: "", about: "", rows: 4, columns: 4, across: side("η"), up: side("μ"), steps: 200, limits: [10, 20, 40, 80, 200], theory: null, at: null, from: null, ...is };
}

/** @param {Partial<Part>} [is] @returns {Part} */
function part(is = {}) {
  const one = (/** @type {string} */ status, /** @type {string} */ letter = "", /** @type {[number, number] | null} */ place = null) => ({ status, letter, place, loss: null, words: "" });
  return {
    rows: 2, columns: 2, stride: [2, 2], label: Uint8Array.of(0, 1, 2, 3), step: Uint16Array.of(7, 30, NEVER, NEVER), loss: null,
    classes: [one("converged", "A", [3, 2]), one("local_minimum"), one("diverged"), one("running")],
    every: 10, best: [0, 0], seconds: 1, whole: true, stopped: "", ...is,
  };
}

test("where a run ends is a colour, a pattern and a word", () => {
  const basins = chart({ kind: "basins", by: "verdict" });
  const { kinds, of } = kindsOf(basins, part(), THEME);
  assert.deepEqual([...of], [0, 1, 2, 3]);
  assert.deepEqual(kinds.map(({ colour, pattern, share }) => [colour, pattern, share]), [["#100000", "", 25], ["#aaaaaa", "dots", 25], ["#ffffff", "hatch", 25], ["#222222", "pale", 25]]);
  assert.deepEqual(kindWords(basins, kinds[0]), ["25.0 %", "of starts\n(3.00, 2.00)"]);
  assert.deepEqual(kinds.slice(1).map((kind) => kindWords(basins, kind)[1]), ["other local minima", "diverge", "still on the way"]);
});

test("steps are bands, and what never is there is none of them", () => {
  const { kinds, of } = kindsOf(chart(), part(), THEME);
  assert.deepEqual([...of].map((k) => [kinds[k].what, kinds[k].limit]), [["band", 10], ["band", 40], ["diverged", NaN], ["running", NaN]]);
  assert.deepEqual(kindWords(chart(), kinds[0]), ["", "up to 10 steps"]);
  // Exactly at a limit is still within it.
  const edge = part({ step: Uint16Array.of(10, 11, 200, NEVER), label: Uint8Array.of(0, 0, 0, 1) });
  const at = kindsOf(chart(), edge, THEME);
  assert.deepEqual([...at.of].map((k) => at.kinds[k].limit || at.kinds[k].what), [10, 20, 200, "local_minimum"]);
});

test("losses are bands too, and one that is no number diverges or lies above all", () => {
  const by = chart({ by: "loss", limits: [0.1, 0.2, 0.3, 0.4, 0.5] });
  const { kinds, of } = kindsOf(by, part({ loss: Float32Array.of(0.05, 9, NaN, 0.5), step: new Uint16Array(4).fill(NEVER) }), THEME);
  assert.deepEqual([...of].map((k) => kinds[k].what), ["band", "more", "diverged", "band"]);
});

test("pixels lie with the lowest row at the bottom, and quick ones are paler", () => {
  const { kinds, of } = kindsOf(chart({ by: "verdict" }), part({ label: Uint8Array.of(0, 0, 0, 2), step: Uint16Array.of(10, 20, 30, NEVER) }), THEME);
  const image = inked(part({ step: Uint16Array.of(10, 20, 30, NEVER) }), kinds, of, [10, 30]);
  const bytes = new Uint8Array(image.buffer);
  // The upper row comes first: slow A, and what diverges; then quick and middling.
  assert.deepEqual([...bytes.slice(0, 4)], [Math.round(0x10 * 0.86), 0, 0, 255]);
  assert.deepEqual([...bytes.slice(4, 8)], [255, 255, 255, 255]);
  assert.ok(bytes[8] > bytes[12] && bytes[12] > bytes[0]);
  assert.deepEqual(shaded("#808080", 0.5), [128, 128, 128]);
  assert.deepEqual([.../** @type {Uint32Array} */ (masked(part(), kinds, of, "hatch"))].map(Boolean), [false, true, false, false]);
  assert.equal(masked(part(), kinds, of, "pale"), null);
  assert.deepEqual(quantiles(part({ step: Uint16Array.of(10, 20, 30, NEVER) }), kinds, of, [0, 0.5, 1]), [10, 20, 30]);
});

test("a pixel is said in words, exactly as far as it is known", () => {
  const basins = chart({ kind: "basins", by: "verdict" });
  const said = (/** @type {Chart} */ of, /** @type {Partial<Part>} */ is, /** @type {number} */ row, /** @type {number} */ column) => pixelWords(of, part(is), row, column).join("|");
  assert.equal(said(basins, {}, 0, 1), "ends in A|, there by 7|from (1.50, 0.500)");
  assert.equal(said(basins, { every: 1 }, 0, 1), "ends in A|, there at 7|from (1.50, 0.500)");
  assert.equal(said(basins, {}, 3, 3), "still on the way| at 200|from (3.50, 3.50)");
  assert.equal(said(chart(), {}, 0, 0), "there at 7||η 0.500, μ 0.500");
  assert.equal(said(chart(), {}, 3, 0), "diverges||η 0.500, μ 3.50");
  assert.equal(said(chart(), {}, 2, 2), "not yet there| at 200|η 2.50, μ 2.50");
  const methods = chart({ kind: "methods", up: { ...chart().up, names: ["GD", "Adam", "c", "d"] } });
  assert.equal(said(methods, {}, 1, 0), "there at 7||Adam, η 0.500");
  assert.equal(said(chart({ by: "loss" }), { loss: Float32Array.of(1, 2, 3, 4) }, 0, 2), "loss 2.00| at 200|η 2.50, μ 0.500");
  // A part that is not a divisor of the map ends with a narrower pixel.
  assert.equal(within(4, 2, 2), 1);
});

test("theory's line is between its points, and what lies beyond it is counted", () => {
  const edge = /** @type {[number, number][]} */ ([[0.2, 0], [0.6, 1]]);
  assert.ok(Math.abs(edgeAt(edge, 0.5) - 0.4) < 1e-12);
  assert.deepEqual([edgeAt(edge, -1), edgeAt(edge, 2)], [0.2, 0.6]);
  const theory = { edge, name: "2/λmax", best: null, words: null };
  const all = part({ rows: 4, columns: 4, stride: [1, 1], step: new Uint16Array(16).fill(5), label: new Uint8Array(16) });
  // At heights of an eighth and more the line is at 0.25, 0.35, 0.45, 0.55: pixels whose left end lies beyond.
  assert.equal(beyondEdge(chart({ theory }), all), 2 + 2 + 1 + 1);
  assert.match(sumWords(chart({ theory }), part())[0], /^Of 2 runs that get there, 1 lies beyond the line\.$/);
  assert.match(sumWords(chart(), part({ stopped: "budget", seconds: 5.02 })).join(" "), /2 of 4 runs get there\. Best: η 0\.500, μ 0\.500; 7 steps\. 2² and no finer/);
  assert.equal(sizeWords({ rows: 8, columns: 64 }), "64 × 8");
});

test("a log axis has round numbers, few enough to be read", () => {
  assert.deepEqual(logMarks(0.01, 1, 9).map(([, words]) => words), ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"]);
  assert.deepEqual(logMarks(1e-5, 10, 9).map(([, words]) => words), ["10⁻⁵", "10⁻⁴", "0.001", "0.01", "0.1", "1", "10"]);
  for (const [low, high] of [[1e-7, 1e3], [1e-12, 1e12], [0.3, 0.35], [2, 2000]]) assert.ok(logMarks(low, high, 8).length <= 8);
});

test("pixels are read as they are packed", async () => {
  const packed = gzipSync(Uint8Array.of(1, 0, 2, 1, 5, 6)).toString("base64");
  const { step, label, loss } = partOf({ rows: 1, columns: 2, loss: false }, await unpacked(packed));
  assert.deepEqual([[...step], [...label], loss], [[1, 258], [5, 6], null]);
});

test("a map has its room, and the run beside it", () => {
  const base = { runs: 1, steady: true, full: false, page: /** @type {const} */ ("maps") };
  for (const [width, height] of [[1366, 650], [1280, 720], [1600, 900], [1920, 1080]]) for (const map of /** @type {const} */ (["basins", "rate", "methods", "two"])) {
    const room = roomOf({ ...base, width, height, main: width - 32, top: 104, map });
    assert.equal(room.layout, "wide");
    assert.ok(room.side >= 300, `${map} ${width} ${room.side}`);
    assert.ok(room.side + 76 <= room.tall, `${map} ${width}`);
    // Map, contour and, beside it, words.
    assert.ok(room.middle + 12 + room.side + 58 + (map === "basins" ? 184 : 0) <= width - 32, `${map} ${width}`);
    assert.ok(room.middle - 208 - 58 >= room.side, `${map} ${width}`);
  }
  assert.equal(roomOf({ ...base, width: 390, height: 844, main: 358, top: 58, map: "basins" }).layout, "phone");
});

test("a map is a table of the pixels that are painted, each with its own values", () => {
  const lines = (/** @type {Partial<Chart>} */ of, /** @type {Partial<Part>} */ is) => csvOf(chart(of), part(is)).split("\r\n");
  assert.deepEqual(lines({ by: "verdict" }, {}), [
    "η,μ,end,steps (each 10th looked at)",
    "0.5,0.5,ends in A,7", "2.5,0.5,ends in another local minimum,30", "0.5,2.5,diverges,", "2.5,2.5,still on the way,", "",
  ]);
  const side = { label: "Method", symbol: "", scale: /** @type {"linear"} */ ("linear"), ends: /** @type {[number, number]} */ ([0, 2]), values: [1, 2], names: ["Adam", "=1+1, or so"] };
  const classes = [{ status: "converged", letter: "", place: null }, { status: "diverged", letter: "", place: null }];
  const fine = { stride: /** @type {[number, number]} */ ([1, 3]), every: 1, classes, label: Uint8Array.of(0, 0, 1, 1), loss: Float32Array.of(-0.1, 0, NaN, Infinity) };
  assert.deepEqual(lines({ up: side }, fine), [
    "η,Method,end,steps to the goal,final loss",
    "0.5,Adam,ends in a minimum,7,-0.1", "3.5,Adam,ends in a minimum,30,0", `0.5,"'=1+1, or so",diverges,,`, `3.5,"'=1+1, or so",diverges,,`, "",
  ]);
});

test("no cell is a formula to a spreadsheet, and negative numbers stay numbers", () => {
  assert.deepEqual(["=1", "+1", "-1", "@a", "\t=1", "\r=1"].map((text) => cell(text).replaceAll('"', "")[0]), Array(6).fill("'"));
  assert.deepEqual([cell(-1.5e-7), cell("a-b"), cell('say "a"'), cell("a\nb")], ["-1.5e-7", "a-b", '"say ""a"""', '"a\nb"']);
});
