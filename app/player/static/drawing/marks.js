// @ts-check
/** What happened to a run, as a mark of twelve pixels: drawn, because fonts differ in what they have. */

/** @param {string} d @param {string} [more] */
const mark = (d, more = "") => `<svg viewBox="0 0 12 12" aria-hidden="true" focusable="false"><path d="${d}" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/>${more}</svg>`;

/** By the kind of news. @type {Record<string, string>} */
export const MARKS = {
  converged: mark("M2 6.6l2.8 2.8L10 3"),
  diverged: mark("M2.5 2.5l7 7M9.5 2.5l-7 7"),
  stuck: mark("M6 1.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM2.9 9.1l6.2-6.2"),
  local_minimum: mark("M2 2v3.5a4 4 0 008 0V2"),
  left: mark("M3 9l6-6M4.2 3H9v4.8"),
  left_back: mark("M4.5 2L2 4.5 4.5 7M2.2 4.5h5a2.6 2.6 0 010 5.2H5"),
  rate_spent: mark("M2.5 4.5C4 3 4.6 4 4.4 5.4L4 8.5M4.4 5.4C5.5 3.2 8.6 3 8.4 5.2L7.6 10.8"),
  escaped: mark("M3 3l6 6M9 4.2V9H4.2"),
  ended: mark("M3 2v8M9 2v8M3 6h6"),
  stopped: mark("M3 3h6v6H3z", '<path d="M3 3h6v6H3z" fill="currentColor"/>'),
  bouncing: mark("M4 10V2M4 2L2 4.2M4 2l2 2.2M8 2v8M8 10l2-2.2M8 10L6 7.8"),
  crawling: mark("M2 6h.01M6 6h.01M10 6h.01"),
  bursts: mark("M1.5 8.5h3L6 2l1.5 8L9 5.5h1.5"),
};

/** The mark of news whose kind has none of its own. */
export const NO_MARK = mark("M6 2.5v4M6 9.3h.01");
