// @ts-check
/** Where the server keeps what the player is made of, and answers its questions. */

/** The folder of the player's files; everything asked of the server lies beneath it. */
const HOME = new URL("../", import.meta.url);

/** @param {string} name of a file or a question, with its query */
export function addressOf(name) {
  return new URL(name, HOME).href;
}
