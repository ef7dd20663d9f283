// @ts-check
/** The style sheet of all that is ours, loaded once a page. */

import { addressOf } from "./server.js";

/** @type {Promise<void> | undefined} */
let styles;

/** @param {string} lacking what is missing without it: The pictures could not be loaded */
export function loadStyles(lacking) {
  styles ||= new Promise((resolve, reject) => {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = addressOf("player.css");
    sheet.onload = () => resolve();
    sheet.onerror = () => {
      sheet.remove();
      styles = undefined;
      reject(new Error(`${lacking}, because the connection to the server broke off.`));
    };
    document.head.append(sheet);
  });
  return styles;
}
