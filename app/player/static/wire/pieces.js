// @ts-check
/** What the server tells piece by piece, a line of JSON for each; app/piecemeal.py. */

import { OtherVersion, addressOf } from "./server.js";

/** The whole lines of a text, and what is left of it. @param {string} text @returns {[string[], string]} */
export function lines(text) {
  const all = text.split("\n");
  const rest = /** @type {string} */ (all.pop());
  return [all.filter(Boolean), rest];
}

/**
 * Ask for something, and hear each piece as it comes; the last has `over`. What cannot be had is an Error in words; an end that was called for is none.
 * @param {string} asked
 * @param {AbortSignal} signal
 * @param {(piece: any) => void} hear
 */
export async function listen(asked, signal, hear) {
  const broken = "The connection to the server broke off.";
  const answer = await fetch(addressOf(asked), { signal }).catch(() => null);
  if (signal.aborted) return;
  if (answer?.status === 410) throw new OtherVersion();
  if (answer && !answer.ok) throw new Error(answer.status < 500 ? await answer.text() : "The server failed.");
  if (!answer?.body) throw new Error(broken);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let [rest, over] = ["", false];
  for (;;) {
    const { value, done } = await reader.read().catch(() => ({ value: undefined, done: true }));
    if (signal.aborted) return;
    if (done) break;
    /** @type {string[]} */ let whole;
    [whole, rest] = lines(rest + value);
    for (const line of whole) {
      const piece = JSON.parse(line);
      over ||= Boolean(piece.over);
      hear(piece);
    }
  }
  if (!over) throw new Error(broken);
}
