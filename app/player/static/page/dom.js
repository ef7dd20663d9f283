// @ts-check
/** Elements and the text in them. */

/** @param {string} tag @param {string} name @param {string} words */
export function element(tag, name, words) {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = words;
  return made;
}

/**
 * Text, written only where it changed, and into the node that is there: a new one would have the browser match every rule
 * with :has() anew, Streamlit's whole page at each frame.
 * @param {HTMLElement} place @param {string} words
 */
export function put(place, words) {
  if (place.textContent === words) return;
  const [node, more] = place.childNodes;
  if (node instanceof Text && !more && words) node.data = words;
  else place.textContent = words;
}
