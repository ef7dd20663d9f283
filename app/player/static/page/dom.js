// @ts-check
/** Elements and the text in them. */

/** @param {string} tag @param {string} name @param {string} words */
export function element(tag, name, words) {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = words;
  return made;
}

/** Text, written only where it changed. @param {HTMLElement} place @param {string} words */
export function put(place, words) {
  if (place.textContent !== words) place.textContent = words;
}
