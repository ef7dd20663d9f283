// @ts-check
/** The player's own pictograms, drawn on a grid of 24. */

/** @param {string} inside */
const icon = (inside) => `<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${inside}</svg>`;
/** @param {string} d */
const lines = (d) => icon(`<path d="${d}" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>`);

export const ICONS = {
  play: icon('<path d="M7 4.5v15l13-7.5z" fill="currentColor"/>'),
  pause: icon('<path d="M6 4h4v16H6zM14 4h4v16h-4z" fill="currentColor"/>'),
  back: lines("M18 6l-9 6 9 6zM6 6v12"),
  forward: lines("M6 6l9 6-9 6zM18 6v12"),
  loop: lines("M17 2l4 4-4 4M3 11V9a3 3 0 013-3h15M7 22l-4-4 4-4M21 13v2a3 3 0 01-3 3H3"),
  help: icon('<circle cx="12" cy="12" r="9.5" fill="none" stroke="currentColor" stroke-width="2"/><path d="M9.2 9.2a2.9 2.9 0 115 2.2c-1.2 1-2.2 1.5-2.2 3" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"/><circle cx="12" cy="17.6" r="1.25" fill="currentColor"/>'),
  full: lines("M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"),
  link: lines("M9 15l6-6M10.5 6.5l1.6-1.6a4.2 4.2 0 016 6l-1.6 1.6M13.5 17.5l-1.6 1.6a4.2 4.2 0 01-6-6l1.6-1.6"),
  plus: lines("M12 5v14M5 12h14"),
  minus: lines("M5 12h14"),
  whole: lines("M4 4h16v16H4zM9 9h6v6H9z"),
  edit: lines("M4 7h9M17 7h3M4 12h3M11 12h9M4 17h11M19 17h1M15 5v4M9 10v4M17 15v4"),
  code: lines("M9 6l-6 6 6 6M15 6l6 6-6 6"),
  copy: lines("M9 9h11v12H9zM5 15H4V3h12v2"),
  unfold: lines("M6 9l6 6 6-6"),
  next: lines("M5 12h14M13 6l6 6-6 6"),
  eye: lines("M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6z"),
  closed: lines("M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6zM4 20L20 4"),
  more: icon('<circle cx="5" cy="12" r="2" fill="currentColor"/><circle cx="12" cy="12" r="2" fill="currentColor"/><circle cx="19" cy="12" r="2" fill="currentColor"/>'),
  swap: lines("M7 4L3 8l4 4M3 8h15M17 12l4 4-4 4M21 16H6"),
  shrink: lines("M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5"),
  before: lines("M19 12H5M11 6l-6 6 6 6"),
  check: lines("M5 12.5l4.5 4.5L19 7.5"),
};
