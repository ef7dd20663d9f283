// @ts-check
/** Files that a page hands out. */

/** Browsers have begun by then. */
const BEGUN = 1800;

/** Hand out a text as a file of CSV. @param {string} text @param {string} name */
export function handOut(text, name) {
  const file = document.createElement("a");
  file.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  file.download = name;
  file.click();
  setTimeout(() => URL.revokeObjectURL(file.href), BEGUN);
}
