// @ts-check
/** Text into the clipboard, also where the page is not on https and the newer way is not offered. */

/** @param {string} text @returns {Promise<boolean>} whether it is there */
export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedOver(text);
  }
}

/** The old way: select the text of a field, and have it copied. @param {string} text */
function copiedOver(text) {
  const had = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.style.cssText = "position:fixed;left:0;top:0;width:1px;height:1px;opacity:0";
  // Within what fills the screen, or it cannot have the focus.
  (document.fullscreenElement || document.body).append(field);
  field.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch {
    // Some browsers refuse by an exception.
  }
  field.remove();
  if (had instanceof HTMLElement) had.focus({ preventScroll: true });
  return done;
}
