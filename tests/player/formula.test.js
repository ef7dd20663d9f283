// @ts-check
/** Rules of steps as formulas: what is written, read back, is the step. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isGradient, numberTex, numbersTex, ruleTex, symbolTex, termTex, vectorTex } from "../../app/player/static/words/formula.js";

/** Numbers from 0 to 1, the same at every run. */
function random() {
  let state = 23;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** The number that a formula shows, and half a unit of its last digit. @param {string} tex @returns {[number, number]} */
function read(tex) {
  const [, mantissa, fraction = "", exponent = "0"] = /^(-?\d+(?:\.(\d+))?)(?:\{\\cdot\}10\^\{(-?\d+)\})?$/.exec(tex) || assert.fail(tex);
  return [Number(`${mantissa}e${exponent}`), 0.5 * 10 ** (Number(exponent) - fraction.length)];
}

/** What a formula says without its colours. @param {string} tex */
const bare = (tex) => tex.replace(/\\htmlClass\{rv-is-[a-z]+\}/g, "");

test("a number is what is written, as far as its digits go, and has at least three of them", () => {
  const next = random();
  const some = Array.from({ length: 5000 }, () => (next() < 0.5 ? 1 : -1) * 10 ** (76 * next() - 38) * (1 + next()));
  for (const value of [...some, 9.9996, 0.99996, 0.009995, 0.00099951, 99999.6, 12345.678, 1e-38, 3.3e38, 1, -1, 10, 0.1, 0.001]) {
    const [shown, half] = read(numberTex(value));
    assert.ok(Math.abs(shown - value) <= half * (1 + 1e-9), `${value} as ${numberTex(value)}`);
    assert.ok(half <= Math.abs(value) * 5.1e-3, `${value} as ${numberTex(value)}`);
  }
  for (const [value, tex] of /** @type {[number, string][]} */ ([[NaN, "\\text{overflow}"], [0, "0"], [-0, "0"], [1e-39, "0"],
    [Infinity, "{>}10^{38}"], [-Infinity, "{<}-10^{38}"], [Math.fround(3.4028235e38), "{>}10^{38}"]])) assert.equal(numberTex(value), tex);
});

test("the numbers of a step, read back, make the step", () => {
  const next = random();
  const pair = (/** @type {number} */ size) => [size * (next() - 0.5), size * (next() - 0.5)];
  for (let k = 0; k < 400; k++) {
    const before = pair(20), direction = pair(50), rate = 0.001 + next();
    const scale = k % 2 ? [1 + next(), 1 + 5 * next()] : null, decay = k % 3 ? null : pair(1), factors = k % 5 !== 0;
    const after = before.map((v, i) => v - (decay?.[i] ?? 0) - (factors ? (rate * direction[i]) / (scale?.[i] ?? 1) : direction[i]));
    const step = { after, before, rate, direction, scale: factors ? scale : null, decay, factors, gradient: k % 7 === 0 };
    for (const broken of [false, true]) {
      const tex = numbersTex(step, broken);
      const vectors = [...tex.matchAll(/\\begin\{pmatrix\}(.*?)\\\\(.*?)\\end\{pmatrix\}/g)].map(([, x, y]) => [read(x)[0], read(y)[0]]);
      assert.equal(vectors.length, 3 + Number(Boolean(step.scale)) + Number(Boolean(decay)));
      const rest = vectors.slice(2);
      const shrunk = decay ? rest.shift() : [0, 0];
      const [way, divided = [1, 1]] = rest;
      const eta = factors ? read(/\\htmlClass\{rv-is-rate\}\{(.*?)\}\\,/.exec(tex)?.[1] ?? "")[0] : 1;
      for (const i of [0, 1]) {
        const made = vectors[1][i] - Number(shrunk?.[i]) - (eta * way[i]) / divided[i];
        // Three digits of each part.
        const size = Math.abs(before[i]) + Math.abs(decay?.[i] ?? 0) + Math.abs(eta * direction[i]);
        assert.ok(Math.abs(made - vectors[0][i]) <= 0.02 * size + 0.01, tex);
      }
      assert.equal(tex.includes("rv-is-gradient"), step.gradient);
      assert.equal(tex.includes("\\begin{aligned}"), broken);
      assert.equal(tex.includes("\\Big/ "), Boolean(step.scale));
      assert.equal((bare(tex).match(/ - /g) || []).length, decay ? 2 : 1);
    }
  }
  assert.equal(vectorTex([NaN, 0.5]), "\\begin{pmatrix}\\text{overflow}\\\\0.500\\end{pmatrix}");
});

const G = termTex("gradient", "g");

test("a rule has each of its terms once, in its colour, and is whole", () => {
  for (const direction of [G, "\\hat m", "g + \\mu\\,b", "-a"]) for (const scale of ["", "\\sqrt{v} + \\epsilon"]) for (const decay of ["", "\\lambda\\,\\theta"]) {
    for (const factors of [true, false]) for (const named of [true, false]) for (const [from, to] of [["3", "4"], ["", ""]]) {
      const tex = ruleTex({ direction, scale: factors ? scale : "", decay }, { factors, named, from, to, tex: "never" });
      const count = (/** @type {string} */ part) => tex.split(part).length - 1;
      let depth = 0;
      for (const letter of tex) {
        depth += Number(letter === "{") - Number(letter === "}");
        assert.ok(depth >= 0, tex);
      }
      assert.equal(depth, 0, tex);
      assert.equal(tex.split("\\left(").length, tex.split("\\right)").length);
      assert.ok(tex.startsWith(to ? "\\theta_{4} = \\theta_{3} - " : "\\theta \\leftarrow \\theta - "), tex);
      // The gradient's own colour stands within the term that it is.
      assert.deepEqual([count("rv-is-rate}"), count("rv-is-decay}"), count("rv-is-scale}")], [Number(factors), Number(Boolean(decay)), Number(Boolean(factors && scale))]);
      assert.equal(count("rv-is-direction}"), Number(direction !== G));
      assert.equal(count("\\underbrace") + count("\\overbrace"), named ? 1 + Number(factors) + Number(Boolean(decay)) + Number(Boolean(factors && scale)) : 0);
      assert.equal(count("\\dfrac"), Number(Boolean(factors && scale)));
      // A sum that is multiplied or taken away stands in brackets, or under a brace, or over a line.
      if (/ \+ |^-/.test(direction) && !named && !(factors && scale)) assert.ok(tex.includes("\\left("), tex);
    }
  }
});

test("a direction is its own symbol, or gets a letter", () => {
  for (const tex of ["m", "g", "m_t", "z_1", "v_{hat}"]) assert.equal(symbolTex(tex, "d"), tex.replace(/[{}]/g, ""));
  for (const tex of ["\\hat m", "\\hat{m}", termTex("direction", "\\hat{m}")]) assert.equal(symbolTex(tex, "d"), "\\hat m");
  for (const tex of [`${G} + \\mu\\,b`, "", "-m", "2m", "\\frac{a}{b}", "m_1 + m_2", "\\mathrm{sign}(m)"]) assert.equal(symbolTex(tex, "d"), "d");
  assert.equal(symbolTex(G, "d"), "g");
  assert.ok(isGradient({ direction: G }) && !isGradient({ direction: "g" }) && !isGradient({ direction: `${G} + b` }));
});
