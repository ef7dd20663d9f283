// @ts-check
/**
 * What the player asks of a panel, and what a panel may ask of the player. A new panel is one file that gives such a class,
 * and one line in PANELS.
 *
 * @typedef {import("../wire/decode.js").SceneData} SceneData
 * @typedef {import("../wire/decode.js").Run} Run
 *
 * What there is to show: one object for a scene and its panels, always up to date.
 * @typedef {object} Show
 * @property {SceneData} scene      the panel's own; for a panel of all scenes the first
 * @property {SceneData[]} scenes   all that are on the clock
 * @property {number} index         which of them `scene` is
 * @property {Run[]} order          the scene's runs as they are drawn, the last on top
 * @property {import("../drawing/theme.js").Theme} theme
 * @property {number | null} selected   the slot of the run whose numbers are shown
 * @property {(slot: number) => number} strength   how strongly a run is drawn, 0 for a hidden one
 * @property {number} scale         how much larger than usual the text is
 * @property {string} link          what brings the page back
 * @property {[string, string][]} offers   methods that could race as well, by slug and name
 * @property {import("../wire/decode.js").Differs | null} differs   what two scenes differ in
 * @property {boolean} playing
 * @property {boolean} passing      whether it is looked at for a moment: another start, another rate
 * @property {import("../map/source.js").Chart | null} chart   the map beside the pictures
 * @property {[string, [number, number]][]} letters   the minima that the map beside has letters for
 * @property {import("../lesson/lesson.js").Shown | null} lesson   what a lesson's step makes of the pictures
 *
 * @typedef {object} Asks
 * @property {Promise<void>} seen     resolves once the player's first pictures are on the screen
 * @property {(x: number, y: number) => void} start   run from there
 * @property {(at: [number, number] | null) => void} drag   show the runs from there for now, or the page's own again
 * @property {(step: number) => void} seek
 * @property {(slot: number, lr: number | null, done: boolean) => void} rate   show a run at another rate, take it if done; null gives it up
 * @property {(at: [number, number] | null, done: boolean) => void} pixel   show the run of a map's pixel, take it if done; null gives it up
 * @property {(letters: [string, [number, number]][]) => void} letters   the map's letters of minima are these
 * @property {(view: [number, number, number, number] | null) => void} view   see that part of the plane, or the surface's own again
 * @property {(slot: number) => void} select   show that run's numbers and settings
 * @property {(slot: number) => void} isolate  show that run alone, or all again
 * @property {(slot: number) => void} toggle   hide or show that run
 * @property {() => void} dissect              walk to the page that takes steps apart
 * @property {(what: object) => void} request   anything else that only the server can do
 * @property {(words: string) => void} say    to those who listen to the page
 * @property {(words: string) => void} tell   for all to read, for a while
 *
 * A box in the window, and a place that is meant by it.
 * @typedef {import("../drawing/labels.js").Box & {x: number, y: number}} Spot
 *
 * @typedef {object} Panel
 * @property {() => Promise<void> | void} set   take in what there is to show now; resolves once it is painted, or
 *   at once where what it is painted with is fetched only after the others are on the screen
 * @property {(step: number) => void} draw      show a step
 * @property {() => void} [measure]             take over the place's size, once a picture and before anything is drawn
 * @property {(step: number) => void} [describe]   put into words what is seen, for screen readers
 * @property {(where: "start" | "foot", size: {width: number, height: number}) => Spot[]} [spots]
 *   where a note may stand beside the start or in the picture's lower corner, on no path; the best first
 * @property {() => void} destroy
 */

export {};
