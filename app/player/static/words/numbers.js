// @ts-check
/** Numbers as people write them. */

const SUPER = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** @param {number} exponent */
export function power(exponent) {
  return (exponent < 0 ? "⁻" : "") + [...String(Math.abs(exponent))].map((d) => SUPER[Number(d)]).join("");
}

/**
 * Three digits, the way a person writes them: 0.303, 12.4, 0.00149, 1.3×10⁻⁴.
 * @param {number} value
 * @param {number} [digits]
 */
export function written(value, digits = 3) {
  if (Number.isNaN(value)) return "overflow";
  const size = Math.abs(value);
  if (size >= 3.4e38) return value < 0 ? "< −10³⁸" : "> 10³⁸";
  if (size < 1e-38) return "0";
  let exponent = Math.floor(Math.log10(size));
  if (exponent >= -3 && exponent < 4) return minus(value.toPrecision(digits).includes("e") ? String(Math.round(value)) : trimmed(value, digits, exponent));
  let mantissa = value / 10 ** exponent;
  if (Math.abs(Number(mantissa.toFixed(1))) >= 10) {
    mantissa /= 10;
    exponent += 1;
  }
  return `${minus(mantissa.toFixed(1))}×10${power(exponent)}`;
}

/** @param {number} value @param {number} digits @param {number} exponent */
function trimmed(value, digits, exponent) {
  return value.toFixed(Math.max(0, Math.min(digits - 1 - exponent, 5)));
}

/** @param {string} text */
export function minus(text) {
  return text.replace("-", "−");
}

/** Three digits, one width: 0.0373, −5.12, 3.5×10¹¹. @param {number} value */
export function brief(value) {
  const size = Math.abs(value);
  if (!(size >= 0.001 && size < 1e4)) return written(value);
  return minus(value.toPrecision(3).includes("e") ? String(Math.round(value)) : Number(value.toPrecision(3)).toFixed(Math.max(0, 2 - Math.floor(Math.log10(size)))));
}

/** @param {number} x @param {number} y */
export function position(x, y) {
  return Number.isFinite(x + y) ? minus(`(${written(x)}, ${written(y)})`) : "overflow";
}

/** The number that was typed, with a point or a comma; NaN for what is none. @param {string} text */
export function typedNumber(text) {
  const plain = text.trim().replace(",", ".").replace("−", "-").replace(/\s*[×x·*]\s*10\s*\^?\s*/, "e").replace(/[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+/g, (power) => [...power].map((c) => (c === "⁻" ? "-" : "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(c))).join(""));
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
}

const ALSO = ["", "", ", both", ", all three"];

/** What follows a number that so many runs have in common. @param {number} runs */
export const together = (runs) => ALSO[runs] ?? ", all";
