// @ts-check
/** What happened to a run, as a mark of twelve pixels: drawn, because fonts differ in what they have. */

/** @param {string} d @param {string} [more] */
const mark = (d, more = "") => `<svg viewBox="0 0 12 12" aria-hidden="true" focusable="false"><path d="${d}" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/>${more}</svg>`;

/** By the kind of news. @type {Record<string, string>} */
export const MARKS = {
  converged: mark("M2 6.6l2.8 2.8L10 3"),
  as_good: mark("M2 5l2.6 2.6L10 2M2 10.4h8"),
  at_minimum: mark("M2 2v3.5a4 4 0 008 0V2M6 3.2v2.6"),
  so_far: mark("M2 2v3.5a4 4 0 008 0V2M4.2 5h.01M6 5h.01M7.8 5h.01"),
  local_minimum: mark("M2 2v3.5a4 4 0 008 0V2"),
  outside_minimum: mark("M1.5 2.5v2.6a3 3 0 006 0M10.5 2.5v5.4a1.6 1.6 0 01-3.2 0"),
  escaped: mark("M3 3l6 6M9 4.2V9H4.2"),
  diverged: mark("M2.5 2.5l7 7M9.5 2.5l-7 7"),
  undefined: mark("M2.4 3.4a1.5 1.5 0 113 0 1.5 1.5 0 11-3 0M6.6 8.6a1.5 1.5 0 113 0 1.5 1.5 0 11-3 0M9 2.4L3 9.6"),
  stuck: mark("M6 1.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM2.9 9.1l6.2-6.2"),
  plateau: mark("M6 1.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM2.9 9.1l6.2-6.2"),
  waits: mark("M6 1.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM3.8 6h4.4"),
  saddle: mark("M1.8 3.2c2 4.6 6.4 4.6 8.4 0M1.8 10c2-3.4 6.4-3.4 8.4 0"),
  leaving: mark("M1.8 3.2c2 4.6 5 4 6 4.6M7.8 4.8l2.6 3.2-3.8 1.8"),
  rests: mark("M2 6h8M6 3v.01M6 9v.01"),
  rate_spent: mark("M2.5 4.5C4 3 4.6 4 4.4 5.4L4 8.5M4.4 5.4C5.5 3.2 8.6 3 8.4 5.2L7.6 10.8"),
  rate_small: mark("M3.4 5.2C4.6 4 5 4.8 4.8 5.8L4.5 8M4.8 5.8C5.8 4.2 7.8 4.2 7.6 5.8L7.2 8.8M10 2.4v4M8.6 5l1.4 1.6L11.4 5"),
  higher: mark("M2 9.5L9 3.5M4.6 3.2H9.4V8"),
  swings: mark("M1.2 6c1.6-5.2 3.2-5.2 4.8 0s3.2 5.2 4.8 0"),
  no_progress: mark("M2 6h8"),
  little: mark("M2 4.6l8 2.4"),
  stopped: mark("M3 3h6v6H3z", '<path d="M3 3h6v6H3z" fill="currentColor"/>'),
  left: mark("M3 9l6-6M4.2 3H9v4.8"),
  left_back: mark("M4.5 2L2 4.5 4.5 7M2.2 4.5h5a2.6 2.6 0 010 5.2H5"),
  ended: mark("M3 2v8M9 2v8M3 6h6"),
  in_and_out: mark("M2 4h7M7 2l2 2-2 2M10 8H3M5 6L3 8l2 2"),
  began_outside: mark("M6.5 2.5H10v7H6.5M1.5 6h5.4M5 4l2 2-2 2"),
  bounces: mark("M4 10V2M4 2L2 4.2M4 2l2 2.2M8 2v8M8 10l2-2.2M8 10L6 7.8"),
  zigzags: mark("M4 10V2M4 2L2 4.2M4 2l2 2.2M8 5v5M8 10l2-2.2M8 10L6 7.8"),
  crawls: mark("M2 6h.01M6 6h.01M10 6h.01"),
  burst: mark("M1.5 8.5h3L6 2l1.5 8L9 5.5h1.5"),
  diverges: mark("M2 6h2M5 4.4v3.2M7.4 2.8v6.4M10 1.4v9.2"),
};

/** The mark of news whose kind has none of its own. */
export const NO_MARK = mark("M6 2.5v4M6 9.3h.01");
