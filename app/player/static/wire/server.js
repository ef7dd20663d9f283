// @ts-check
/** Where the server keeps what the player is made of, and how its questions are asked: again where a request fails. */

/** The folder of the player's files; everything asked of the server lies beneath it. */
const HOME = new URL("../", import.meta.url);
/** Milliseconds from a request that failed to the next. */
const AGAIN = [400, 1600];

/** @param {string} name of a file or a question, with its query */
export function addressOf(name) {
  return new URL(name, HOME).href;
}

const PLOTLY = "plotly-gl3d.min.js";
/** It is there or on its way. @type {Promise<any> | undefined} */
let plotly;

/**
 * Plotly as it draws surfaces, loaded once a page; what cannot be had is an Error in words, `lacking` first.
 * @param {string} lacking
 * @returns {Promise<any>}
 */
export function loadPlotly(lacking) {
  plotly ||= run(PLOTLY, lacking).catch(async () => {
    // Why it failed is told of bytes, not of a script, and what comes as bytes after all is there for the script too.
    await bytesOf(addressOf(PLOTLY), lacking);
    return run(PLOTLY, lacking);
  });
  plotly.catch(() => (plotly = undefined));
  return plotly;
}

/** Run a script that defines Plotly. @param {string} name @param {string} lacking @returns {Promise<any>} */
function run(name, lacking) {
  const place = /** @type {any} */ (window);
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = addressOf(name);
    script.onload = () => {
      // It is the player's own, and no name of the page's.
      const { Plotly } = place;
      delete place.Plotly;
      if (Plotly) resolve(Plotly);
      else reject(new Error(`${lacking}: this browser cannot run it.`));
    };
    script.onerror = () => {
      script.remove();
      reject(new Error(`${lacking}, because the connection to the server broke off.`));
    };
    document.head.append(script);
  });
}

/** The server has another version than this page: nothing that it is asked means the same any more. */
export class OtherVersion extends Error {
  constructor() {
    super("There is a new version of Ravine. Reload the page to go on with it.");
  }
}

/**
 * What an address holds. A request that fails is made again; what cannot be had is an Error in words, `lacking` first.
 * @param {string | URL} address
 * @param {string} lacking what is missing then: The surface could not be loaded
 * @param {number[]} pauses milliseconds before each further attempt
 */
export async function bytesOf(address, lacking, pauses = AGAIN) {
  for (let attempt = 0; ; attempt++) {
    const answer = await fetch(address).catch(() => null);
    if (answer?.status === 410) throw new OtherVersion();
    // What the server refuses it would refuse again.
    if (answer && !answer.ok && answer.status < 500) throw new Error(`${lacking}: ${await answer.text()}`);
    const bytes = answer?.ok ? await answer.arrayBuffer().catch(() => null) : null;
    if (bytes) return new Uint8Array(bytes);
    if (attempt === pauses.length) throw new Error(`${lacking}, because ${answer && !answer.ok ? "the server failed" : "the connection to the server broke off"}.`);
    await new Promise((resolve) => setTimeout(resolve, pauses[attempt]));
  }
}
