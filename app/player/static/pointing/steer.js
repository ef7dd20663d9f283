// @ts-check
/** The start and the camera by keyboard. Plain arrows belong to time, so these go with Shift. */

import { position } from "../words/numbers.js";

/** Shares of the window that a press moves the start by, milliseconds of rest after which it is taken, and radians of a turn. */
const SHARE = 1 / 40;
const REST = 600;
const TURN = Math.PI / 24;

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Shift and arrows move the ring of the start; Enter or a rest runs from there, Escape gives it up.
 * @param {import("../panels/contour.js").Contour} contour
 * @param {(x: number, y: number) => void} onStart
 * @param {(words: string) => void} say
 */
export function steerStart(contour, onStart, say) {
  /** @type {[number, number] | null} */ let aim = null;
  let rest = 0;
  const take = () => {
    clearTimeout(rest);
    const place = aim;
    aim = null;
    if (place) onStart(...place);
  };
  /** @param {[number, number] | null} place */
  const show = (place) => {
    contour.asked = place;
    contour.draw(contour.step);
  };
  /** What is guessed in a lesson is taken at once: nothing runs yet. @param {[number, number]} arrow */
  const guess = (arrow) => {
    const { left, right, top, bottom } = contour.box;
    const [x, y] = contour.pixel(...(contour.show.lesson?.guess?.place || /** @type {import("../wire/decode.js").SceneData} */ (contour.scene).start));
    const [dx, dy] = [arrow[0] * SHARE * (right - left), arrow[1] * SHARE * (bottom - top)];
    const place = contour.place(Math.max(left, Math.min(x + dx, right)), Math.max(top, Math.min(y + dy, bottom)));
    if (!place) return;
    onStart(...place);
    say(`Your guess is ${position(...place)}.`);
  };
  contour.canvas.addEventListener("keydown", (event) => {
    const { lesson } = contour.show;
    const arrow = event.shiftKey && ARROWS[event.key];
    if (arrow && lesson && contour.scene) {
      // In a lesson the start stays where it is; the key is not the clock's either.
      if (lesson.fixed === "click") guess(arrow);
    }
    else if (arrow && contour.scene) {
      const { left, right, top, bottom } = contour.box;
      const [x, y] = contour.pixel(...(aim || contour.asked || contour.scene.start));
      const [dx, dy] = [arrow[0] * SHARE * (right - left), arrow[1] * SHARE * (bottom - top)];
      aim = contour.place(Math.max(left, Math.min(x + dx, right)), Math.max(top, Math.min(y + dy, bottom)));
      show(aim);
      if (aim) say(`Start at ${position(...aim)}.`);
      clearTimeout(rest);
      rest = window.setTimeout(take, REST);
    } else if (event.key === "Enter" && aim) take();
    else if (event.key === "Escape" && aim) {
      clearTimeout(rest);
      aim = null;
      show(null);
      say("The start stays where it was.");
    } else return;
    event.preventDefault();
  });
}

/**
 * Shift and arrows turn the surface, 0 shows it as at first, Escape gives the wheel back to the page.
 * @param {HTMLElement} host
 * @param {import("../drawing/surface3d.js").Surface3D} surface
 */
export function steerCamera(host, surface) {
  host.addEventListener("keydown", (event) => {
    const arrow = event.shiftKey && ARROWS[event.key];
    if (arrow) surface.turn(-arrow[0] * TURN, -arrow[1] * TURN);
    else if (event.key === "0" && !event.ctrlKey && !event.metaKey) surface.whole();
    else if (event.key === "Escape") host.blur();
    else return;
    event.preventDefault();
  });
}
