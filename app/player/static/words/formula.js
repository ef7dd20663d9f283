// @ts-check
/** Formulas, set by the KaTeX that Streamlit brings, and numbers in them. */

import { addressOf } from "../wire/server.js";

/** @type {any} */
let katex = null;
/** @type {Promise<void> | undefined} */
let loading;

/** Load what sets formulas, once a page; until it is there `typeset` leaves its places as they are. */
export function loadFormulas() {
  loading ||= import(addressOf("katex.js")).then((module) => {
    katex = module.default;
  });
  return loading;
}

/** Classes give terms their colours, and nothing else of what LaTeX could do to a page is let through. */
const TRUSTED = (/** @type {{command: string}} */ { command }) => command === "\\htmlClass";

/** @type {WeakMap<Element, string>} */
const set = new WeakMap();

/**
 * The KaTeX that Streamlit ships as a file of its own is newer than the one whose styles it ships, in which these classes have
 * no prefix. They get both names, so that either style sheet knows them.
 */
const RENAMED = /\bkatex-(accent|base|fix|hdashline|hline|inner|newline|overlay|overline|root|rule|sizing|smash|sout|stretchy|strut|tag|thinbox|underline|vbox)\b/g;

/**
 * Put a formula into a place, if it is not there yet. Screen readers hear its MathML.
 * @param {Element} place
 * @param {string} tex
 * @param {boolean} [displayed]
 */
export function typeset(place, tex, displayed = false) {
  if (!katex || set.get(place) === tex) return;
  set.set(place, tex);
  const html = katex.renderToString(tex, { displayMode: displayed, throwOnError: false, strict: false, trust: TRUSTED });
  place.innerHTML = html.replace(RENAMED, "$& $1");
}

/** Four digits from 1 up, three below; powers of ten where those are too few. @param {number} value */
export function numberTex(value) {
  if (Number.isNaN(value)) return "\\text{overflow}";
  const size = Math.abs(value);
  if (size >= 3.4e38) return value < 0 ? "{<}-10^{38}" : "{>}10^{38}";
  if (size < 1e-38) return "0";
  const exponent = Math.floor(Math.log10(size));
  if (exponent >= -3 && exponent < 5) return value.toFixed(exponent >= 0 ? Math.max(0, 3 - exponent) : 2 - exponent);
  const [mantissa, power] = value.toExponential(2).split("e");
  return `${mantissa}{\\cdot}10^{${Number(power)}}`;
}

/** A pair of numbers, one above the other. @param {ArrayLike<number>} pair */
export function vectorTex(pair) {
  return `\\begin{pmatrix}${numberTex(pair[0])}\\\\${numberTex(pair[1])}\\end{pmatrix}`;
}

/** A term in the colour of what it is. @param {string} kind @param {string} tex */
export function termTex(kind, tex) {
  return `\\htmlClass{rv-is-${kind}}{${tex}}`;
}

/** What a direction is called: itself where it is one symbol, else a letter for it. @param {string} tex @param {string} letter */
export function symbolTex(tex, letter) {
  const bare = tex.replace(/\\htmlClass\{[\w-]+\}/g, "").replace(/[{}]/g, "");
  return /^(\\hat ?)?[a-zA-Z](_[a-zA-Z0-9]+)?$/.test(bare) ? bare.replace(/^\\hat ?(\w+)/, "\\hat $1") : letter;
}

/** Whether a method's direction is the gradient itself, or the one that a method around it hands on. @param {{direction: string}} shape */
export function isGradient({ direction }) {
  return direction === termTex("gradient", "g") || direction === termTex("gradient", "g'");
}

/** What a direction is called that is not one symbol. @param {boolean} factors whether rate and scale are still to come */
export function unnamedTex(factors) {
  return factors ? "m_t" : "\\Delta";
}

/**
 * The rule of a step in symbols, each term in its colour.
 * @param {{direction: string, scale: string, decay: string}} shape what its factors are, in symbols; empty where there is none
 * @param {{factors: boolean, named: boolean, from: string, to: string, tex: string, broken?: boolean}} how
 *   factors: whether the step is eta / scale * direction; named: whether braces say what a term is; from, to: the indices of
 *   both positions; tex: the method's own formula, where its direction cannot be written; broken: on several lines, for a narrow
 *   place
 */
export function ruleTex({ direction, scale, decay }, { factors, named, from, to, tex, broken = false }) {
  if (!direction && tex) return broken ? `\\begin{gathered}${tex.replaceAll(/,\\quad ?/g, ",\\\\ ")}\\end{gathered}` : tex;
  const under = (/** @type {string} */ kind, /** @type {string} */ term, /** @type {string} */ word) =>
    termTex(kind, named ? `\\underbrace{${term}}_{\\text{${word}}}` : term);
  const over = (/** @type {string} */ kind, /** @type {string} */ term, /** @type {string} */ word) =>
    termTex(kind, named ? `\\overbrace{${term}}^{\\text{${word}}}` : term);
  const [after, before] = [to ? `\\theta_{${to}}` : "\\theta", from ? `\\theta_{${from}}` : "\\theta"];
  const shrunk = decay ? ` - ${under("decay", decay, "decay")}` : "";
  const known = direction || unnamedTex(factors);
  const sum = / [+-] /.test(direction) || direction.startsWith("-");
  const plain = isGradient({ direction });
  const way = over(plain ? "gradient" : "direction", known, plain ? "gradient" : factors ? "direction" : "displacement");
  const whole = sum && !scale && !named ? `\\left(${way}\\right)` : way;
  const moved = !factors ? whole : `${under("rate", "\\eta_t", "rate")}\\, ${scale ? `\\dfrac{${way}}{${under("scale", scale, /\{\\sigma\}$|^\\sigma$/.test(scale) ? "scale" : "scale }\\sigma\\text{")}}` : whole}`;
  return `${after} ${to ? "=" : "\\leftarrow"} ${before}${shrunk} - ${moved}`;
}

/**
 * The same rule with a step's numbers.
 * @param {{after: ArrayLike<number>, before: ArrayLike<number>, rate: number, direction: ArrayLike<number>,
 *   scale: ArrayLike<number> | null, decay: ArrayLike<number> | null, factors: boolean, gradient: boolean}} step
 *   scale and decay are null where there is none; gradient: whether the direction is the gradient itself
 * @param {boolean} [broken] on two lines, for a narrow place
 */
export function numbersTex({ after, before, rate, direction, scale, decay, factors, gradient }, broken = false) {
  const shrunk = decay ? ` - ${termTex("decay", vectorTex(decay))}` : "";
  const way = termTex(gradient ? "gradient" : "direction", vectorTex(direction));
  const moved = !factors ? way : `${termTex("rate", numberTex(rate))}\\, ${way}${scale ? `\\Big/ ${termTex("scale", vectorTex(scale))}` : ""}`;
  if (!broken) return `${vectorTex(after)} = ${vectorTex(before)}${shrunk} - ${moved}`;
  return `\\begin{aligned}${vectorTex(after)} &= ${vectorTex(before)}${shrunk}\\\\ &\\quad - ${moved}\\end{aligned}`;
}

/** Down to this share of its size a formula can still be read. */
const LEAST = 0.62;

/** The formula in a place that it is too wide or too high for is set smaller. @param {HTMLElement} place */
export function fitted(place) {
  const formula = place.firstElementChild;
  if (!(formula instanceof HTMLElement)) return;
  formula.style.fontSize = "";
  const share = Math.min(place.clientWidth / formula.scrollWidth, place.clientHeight / formula.scrollHeight);
  if (share < 1) formula.style.fontSize = `${Math.max(LEAST, Math.floor(40 * share) / 40)}em`;
}
