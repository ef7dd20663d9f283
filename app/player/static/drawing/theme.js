// @ts-check
/** Colours, markers and dashes. The one place in the browser that knows them. */


/**
 * A run keeps its slot, and so its colour, marker and dash, for life. Slots 5 to 8 are dashed: shape is the second sign.
 * The colours themselves stand in .streamlit/config.toml, and come with the page's theme.
 */
const MARKERS = ["circle", "square", "diamond", "cross", "circle-open", "square-open", "diamond-open", "x"];

/**
 * @typedef {object} Theme
 * @property {boolean} dark
 * @property {string} page       background of the page, and casing of paths and markers
 * @property {string} card       background of a panel
 * @property {string} text
 * @property {string} muted
 * @property {string} accent
 * @property {string} onAccent
 * @property {string} line       borders
 * @property {string} grid       hairlines in the curves
 * @property {string} soft       background of a quiet chip
 * @property {string} rim        edge of the surface
 * @property {string} contour    contour lines
 * @property {string[]} ramp     loss, low to high: five colours
 * @property {string[]} walls    the same for a projector, which washes pale shades out
 * @property {string[]} runs     the runs' colours, by slot
 * @property {string[]} basins   of a map: four minima
 * @property {string[]} steps     few to many: five bands
 * @property {string} late        more than all of them
 * @property {string} rest        any other minimum
 * @property {string} hatch       lines and dots over a map
 * @property {string} gradientInk   terms of a step, where a formula and its arrows are coloured
 * @property {string} directionInk
 * @property {string} scaleInk
 * @property {string} rateInk
 * @property {string} font
 */

/** @type {Theme} */
const LIGHT = {
  dark: false, page: "#FBFAF7", card: "#FFFFFF", text: "#1C2328", muted: "#55606A", accent: "#33515F",
  onAccent: "#FFFFFF", line: "#DDD9CF", grid: "#E7E4DC", soft: "#E9EEF0", rim: "#8B9DAA", contour: "rgba(85,102,114,.42)",
  ramp: ["#F9F8F5", "#E2E6E8", "#CCD5DB", "#B6C4CE", "#A0B3C2"],
  walls: ["#F9F8F5", "#D9DFE3", "#B8C5CF", "#99ABBA", "#7C93A5"], runs: [], font: "Source Sans, sans-serif",
  basins: ["#EFE3C2", "#B4C5D1", "#A98F57", "#556F83"], rest: "#DDD9CF", hatch: "#A9A498",
  steps: ["#F3F1EA", "#D5DCE1", "#B3C1CC", "#8FA3B1", "#6B8394"], late: "#4A6273",
  gradientInk: "#B44A00", directionInk: "#14509E", scaleInk: "#00735F", rateInk: "#7A5A00",
};

/** @type {Theme} */
const DARK = {
  dark: true, page: "#12171B", card: "#181E23", text: "#E9EEF0", muted: "#A3AFB7", accent: "#8FB3C4",
  onAccent: "#0E1418", line: "#2D373E", grid: "#262F36", soft: "#222D34", rim: "#6B808D", contour: "rgba(200,215,224,.38)",
  ramp: ["#171B1E", "#232C32", "#303E47", "#3E505C", "#4C6473"],
  walls: ["#171B1E", "#27333B", "#384C58", "#4A6475", "#5E7E92"], runs: [], font: "Source Sans, sans-serif",
  basins: ["#4A3D1E", "#3B5869", "#957C47", "#8FABBC"], rest: "#2D373E", hatch: "#6B6A63",
  steps: ["#1E262C", "#33424C", "#4A5E6B", "#647B8A", "#8299A8"], late: "#A4B8C4",
  gradientInk: "#F3A36B", directionInk: "#6FB1FF", scaleInk: "#62E39A", rateInk: "#F0D84A",
};

/**
 * The theme that the page is in, read off Streamlit's own variables.
 * @param {Element} element inside the component
 * @returns {Theme}
 */
export function themeOf(element) {
  const style = getComputedStyle(element);
  const background = style.getPropertyValue("--st-background-color").trim() || style.backgroundColor;
  const theme = luminance(background) < 0.5 ? DARK : LIGHT;
  const font = style.getPropertyValue("--st-font").trim();
  const runs = style.getPropertyValue("--st-chart-categorical-colors").split(",").map((colour) => colour.trim());
  return { ...theme, runs, font: font || theme.font };
}

/** Give a place of ours the theme's colours, and the page's header those that lie beneath it. @param {HTMLElement} root @param {Theme} theme */
export function dress(root, theme) {
  for (const [name, colour] of Object.entries(theme)) if (typeof colour === "string") root.style.setProperty(`--rv-${name}`, colour);
  root.style.colorScheme = theme.dark ? "dark" : "light";
  for (const name of /** @type {const} */ (["page", "line", "soft"])) document.documentElement.style.setProperty(`--ravine-${name}`, theme[name]);
}

/** How much larger than usual text is to be; canvases have no style sheet. @param {Element} element */
export function scaleOf(element) {
  return Number(getComputedStyle(element).getPropertyValue("--rv-scale")) || 1;
}

/**
 * How a run is drawn, everywhere.
 * @param {number} slot 1 to 8
 * @param {Theme} theme
 */
export function keyOf(slot, theme) {
  const i = (slot - 1) % 8;
  return { colour: theme.runs[i % theme.runs.length], marker: MARKERS[i], dash: i >= 4 };
}

/** @param {string} colour #rgb, #rrggbb or rgb(...) */
function luminance(colour) {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(colour);
  let rgb = (colour.match(/[\d.]+/g) || ["255", "255", "255"]).map(Number);
  if (hex) {
    const digits = hex[1].length === 3 ? [...hex[1]].map((c) => c + c) : hex[1].match(/../g) || [];
    rgb = digits.map((d) => parseInt(d, 16));
  }
  return (0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]) / 255;
}
