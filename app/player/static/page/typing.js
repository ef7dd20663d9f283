// @ts-check
/** A field of free text is read while somebody types, and not only at the end; while what stands there is wrong, the last picture pales. */

/** Milliseconds without a key after which what stands there is read. */
const PAUSE = 90;
const WRITTEN = '[class*="st-key-"][class*="-written"]';

/**
 * Listen to every such field of the document, now and whenever one appears.
 * @returns {() => void} an end to it
 */
export function watchTyping() {
  let waiting = 0;
  const typed = (/** @type {Event} */ event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) || !field.closest(WRITTEN)) return;
    clearTimeout(waiting);
    // What is composed, as accents are, is not there yet; its end is an input of its own.
    if (event instanceof InputEvent && event.isComposing) return;
    waiting = setTimeout(() => enter(field), PAUSE);
  };
  const looked = new MutationObserver(() => {
    const wrong = document.querySelector(".ravine-wrong") !== null;
    document.documentElement.toggleAttribute("data-wrong", wrong);
  });
  looked.observe(document.body, { childList: true, subtree: true });
  document.addEventListener("input", typed);
  return () => {
    clearTimeout(waiting);
    looked.disconnect();
    document.removeEventListener("input", typed);
  };
}

/** Streamlit reads a field where Enter is pressed in it, with Ctrl in one of several lines; who types on stays in it. @param {HTMLElement} field */
function enter(field) {
  field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: field instanceof HTMLTextAreaElement, bubbles: true }));
}
