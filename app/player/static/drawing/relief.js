// @ts-check
/** Heights as shades: how the loss is spread over the ramp's colours, so that what there is to see is seen. */

/** Into so many bands, with a line between each two, the shades are divided. */
export const BANDS = 12;
/** Heights are counted in so many bins. */
const BINS = 512;
/** The share of the shades that is dealt out by area, the rest by height alone; and how much more than evenly a bin may get. */
const BY_AREA = 0.75;
const MOST = 6;

/**
 * Shades from 0, the lowest, to 1, in the order of the heights. Were they in proportion, one deep hole in a plain would take
 * them all and the plain be blank, so that each height gets more of them the more of the picture lies there (histogram
 * equalization, its contrast limited: Pizer et al. 1987).
 * @param {Float32Array} z
 * @returns {Float32Array}
 */
export function relief(z) {
  let [low, high] = [Infinity, -Infinity];
  for (const h of z) if (Number.isFinite(h)) [low, high] = [Math.min(low, h), Math.max(high, h)];
  if (!(high > low)) return z.map((h) => (Number.isFinite(h) ? 0 : h > 0 ? 1 : h));
  const per = BINS / (high - low);
  const counts = new Float64Array(BINS);
  for (const h of z) if (Number.isFinite(h)) counts[Math.min(BINS - 1, Math.floor((h - low) * per))] += 1;
  const limit = (MOST * counts.reduce((sum, count) => sum + count)) / BINS;
  const dealt = counts.map((count) => Math.min(count, limit));
  const all = dealt.reduce((sum, count) => sum + count);
  const shades = new Float64Array(BINS + 1);
  dealt.forEach((count, i) => (shades[i + 1] = shades[i] + (1 - BY_AREA) / BINS + (BY_AREA * count) / all));
  return z.map((h) => {
    if (!Number.isFinite(h)) return h > 0 ? 1 : h;
    const at = (h - low) * per;
    const i = Math.min(BINS - 1, Math.floor(at));
    return shades[i] + (at - i) * (shades[i + 1] - shades[i]);
  });
}
