// @ts-check
/** Numbers as people write and type them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { brief, power, typedNumber, written } from "../../app/player/static/words/numbers.js";
import { rateText, shareOf } from "../../app/player/static/pointing/rate.js";
import { numberTex, numbersTex, ruleTex, symbolTex, termTex, vectorTex } from "../../app/player/static/words/formula.js";
import { flat } from "../../app/player/static/panels/dissect.js";

/** The number that a text shows, and half a unit of its last digit. @param {string} text @returns {[number, number]} */
function read(text) {
  const plain = text.replaceAll("−", "-").replace(/10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)$/, (_, digits) => `10^${[...digits].map((c) => (c === "⁻" ? "-" : "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(c))).join("")}`);
  const [, mantissa, , fraction = "", exponent = "0"] = /^(-?\d+(\.(\d+))?)(?:×10\^(-?\d+))?$/.exec(plain) || assert.fail(text);
  return [Number(`${mantissa}e${exponent}`), 0.5 * 10 ** (Number(exponent) - fraction.length)];
}

/** Sizes of all kinds, the same at every run. @param {number} count */
function* values(count) {
  let seed = 7;
  for (let i = 0; i < count; i++) {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    const u = seed / 2 ** 31;
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    yield (i % 2 ? 1 : -1) * 10 ** (76 * u - 38) * (1 + (9 * seed) / 2 ** 31);
  }
}

test("what is written is the number, as far as its digits go", () => {
  for (const value of [...values(4000), 9.995, 0.9996, 999.6, 9999.6, 0.0099999, 1e-38, 3e38, 0.001, 0.00149]) {
    if (Math.abs(value) >= 3.4e38 || Math.abs(value) < 1e-38) continue;
    for (const text of [written(value), brief(value)]) {
      const [shown, half] = read(text);
      assert.ok(Math.abs(shown - value) <= half * 1.0001 + 1e-12 * Math.abs(value), `${value} as ${text}`);
    }
  }
  assert.equal(written(NaN), "overflow");
  assert.equal(written(0), "0");
  assert.equal(written(1e39), "> 10³⁸");
  assert.equal(written(0.00149), "0.00149");
  assert.equal(power(-12), "⁻¹²");
});

test("a typed number is read with a point or a comma, and nothing else is one", () => {
  for (const [text, value] of /** @type {[string, number][]} */ ([["0,01", 0.01], [" .5 ", 0.5], ["1e-3", 0.001], ["−2", -2], ["3×10⁻⁴", 3e-4], ["2*10^3", 2000], ["+7", 7]])) {
    assert.equal(typedNumber(text), value);
  }
  for (const text of ["", "abc", "1,000,000", "1.2.3", "0x10", "1e", "--1", "1 2", "∞", "NaN", "Infinity", "１"]) assert.ok(Number.isNaN(typedNumber(text)), text);
});

test("a rate is read back as it was written", () => {
  for (let lr = 1e-7; lr < 1000; lr *= 1.37) {
    const round = Number(lr.toPrecision(5));
    assert.equal(typedNumber(rateText(round)), round, rateText(round));
  }
});

test("three quarters of the track lie below the limit, a decade is half of it", () => {
  assert.equal(shareOf(0.2, 0.2), 0.75);
  assert.ok(Math.abs(shareOf(0.02, 0.2) - 0.25) < 1e-12);
  assert.equal(shareOf(1e-9, 0.2), 0);
  assert.equal(shareOf(1e9, 0.2), 1);
});

test("formulas have the terms that there are, and no others", () => {
  const g = termTex("gradient", "g");
  const how = { factors: true, named: false, from: "3", to: "4", tex: "" };
  assert.equal(ruleTex({ direction: g, scale: "", decay: "" }, how), `\\theta_{4} = \\theta_{3} - ${termTex("rate", "\\eta_t")}\\, ${termTex("gradient", g)}`);
  assert.match(ruleTex({ direction: "m", scale: "\\sigma", decay: "d" }, how), /\\dfrac/);
  assert.equal(symbolTex("\\hat m", "m"), "\\hat m");
  assert.equal(symbolTex(`${g} + \\mu\\,b`, "m"), "m");
  assert.equal(vectorTex([1, -2]), "\\begin{pmatrix}1.000\\\\-2.000\\end{pmatrix}");
  assert.equal(numberTex(NaN), "\\text{overflow}");
  const step = { after: [0, 0], before: [1, 1], rate: 0.1, direction: [10, 10], scale: null, decay: null, factors: true, gradient: true };
  assert.ok(!numbersTex(step).includes("aligned"));
  assert.ok(numbersTex({ ...step, scale: [1, 2] }, true).split("\\\\ &").length === 2);
});

test("a fraction in a line stands in the line, and means the same", () => {
  assert.equal(flat("\\frac{m}{1 - \\beta^{t}}"), "m / (1 - \\beta^{t})");
  assert.equal(flat("\\frac{a + b}{c}"), "(a + b) / c");
  assert.equal(flat("x - \\frac{\\frac{a}{b}}{c\\,d}"), "x - a / b / (c\\,d)");
  assert.equal(flat("\\sqrt{v}"), "\\sqrt{v}");
});

test("cases stand in a line, with their conditions in words", () => {
  const cases = "\\begin{cases}\\eta^+ & x > 0\\\\ \\eta^- & x < 0\\\\ 1 & \\text{else}\\end{cases}";
  assert.equal(flat(`\\leftarrow ${cases}`), "\\leftarrow \\eta^+\\text{ if }x > 0,\\ \\eta^-\\text{ if }x < 0,\\ 1\\text{ else}");
  assert.equal(flat(`s\\,${cases}`), "s\\,(\\eta^+\\text{ if }x > 0,\\ \\eta^-\\text{ if }x < 0,\\ 1\\text{ else})");
});

test("a method's formula that cannot be written is broken on a phone, and has a letter where it would show what is off", () => {
  const nothing = { direction: "", scale: "", decay: "" };
  const how = { factors: true, named: false, from: "3", to: "4", tex: "a = b,\\quad c = d" };
  assert.equal(ruleTex(nothing, how), how.tex);
  assert.equal(ruleTex(nothing, { ...how, broken: true }), "\\begin{gathered}a = b,\\\\ c = d\\end{gathered}");
  assert.match(ruleTex(nothing, { ...how, tex: "" }), /m_t/);
});
