// @ts-check
/** The message from the server, and the heights of a surface. */

import { addressOf, bytesOf } from "./server.js";

/**
 * kind: what happened, by which it has its mark; brief: the sentence in at most 56 letters
 * @typedef {{at: number, until: number, kind: string, text: string, sentence: string, brief: string, tone: "good" | "bad" | "note", mark: boolean}} News
 * @typedef {object} Run
 * @property {number} slot
 * @property {number} steps    those that it took; where they are fewer than the scene's its rows stay as they ended
 * @property {string} name
 * @property {string} short
 * @property {number} lr
 * @property {string} way      names its steps for `map/ways.js`, whatever its start and rate are; empty where the server takes them
 * @property {string} status
 * @property {News[]} events
 * @property {Float32Array} xy    x and y by turns, steps+1 of them
 * @property {Float32Array} loss  steps+1
 * @property {Float32Array} norm  steps+1
 * @property {Float32Array} rate  steps
 * @property {string[]} rules     names
 * @property {Figure[]} figures   what its rules keep it in
 * @property {string[]} lines       the names of the lines beside the path
 * @property {Float32Array[]} beside  these lines, as xy
 * @property {boolean} ruled      whether rules act on its gradients
 * @property {Float32Array} [raw]   the gradient, x and y by turns, steps of them
 * @property {Float32Array} [used]  what the rules made of it
 * @property {boolean | Float32Array} batch  the loss of each step's mini-batch, steps; false where steps see all
 * @property {boolean | Float32Array} held   the loss on held-out points, steps+1; false where none are
 * @property {boolean | Float32Array} right  points that train and held-out ones that it gets right, by turns, steps+1 of them
 * @property {number | Float32Array} weights  a network's weights at each position
 * @property {{direction: string, scale: string, decay: string} | null} factors  how the method writes them; of the selected run
 * @property {string} limit       what the rate is called above which it is unstable; empty where none is known
 * @property {Float32Array} [most]   that rate at each step, NaN where there is none; where it has a name
 * @property {{value: number, name: string} | null} bound   the rate above which it is unstable, where that is one number for the whole plane
 * @property {number} suggested   a rate that suits method and surface
 * @property {string} note        what the rate is, where it is not the length of a step
 * @property {boolean} factored   whether a step is eta / scale * direction
 * @property {string} tex         the method's own formula
 * @property {Float32Array} [direction]  of each step, x and y by turns; where there are factors
 * @property {Float32Array} [scale]
 * @property {Float32Array} [decay]
 * @property {number | null} share   how much of its way the plane shows, where it is one through many weights
 *
 * @typedef {{kind: "circle", radius: number} | {kind: "box", half: number}} Figure
 *
 * @typedef {object} SceneData
 * @property {string} title
 * @property {string} short      a sentence beneath the title, of at most 56 letters
 * @property {string} sentence   what the surface is
 * @property {Window} view       what is seen of the plane
 * @property {[number, number]} camera   from where the surface is looked at: azimuth and elevation, in degrees
 * @property {boolean} viewed    whether the viewer has chosen that
 * @property {boolean} sameLoss  whether all scenes have one axis for the loss
 * @property {string} facts      what is worth knowing of the landscape, in numbers
 * @property {import("../words/sees.js").Sees} sees   what a step sees, where that is less than all
 * @property {boolean} penalised  whether a penalty is part of the loss, though not of that on held-out points
 * @property {boolean} ownStart   whether its runs begin where it says by itself, not where one clicks
 * @property {boolean} alike     whether, of several scenes, a run's start and rate are the same in all, and stay so
 * @property {string} normalization  what is done to the features, empty where there are none
 * @property {any} data          what is shown of data and model, null where there is none; see data.js
 * @property {Float32Array} [batches]  the rows of each step's mini-batch, data.batch a step
 * @property {string} name
 * @property {string} schedule
 * @property {string} field      address of the heights
 * @property {number} grid
 * @property {[[number, number], [number, number]]} window
 * @property {[string, string]} axes
 * @property {boolean} line      whether the loss is one of x alone, and so a curve
 * @property {string} height
 * @property {[number, number]} start
 * @property {[number, number][]} minima
 * @property {[number, number][]} without  the minima without penalties, where there are penalties
 * @property {number} steps
 * @property {Run[]} runs
 *
 * @typedef {[[number, number], [number, number]]} Window
 * @typedef {{scenes: SceneData[], selected: number | null, link: string, page: "playground" | "compare" | "dissect" | "maps", offers: [string, string][], differs: Differs | null, lesson: import("../lesson/lesson.js").Said | null, chart: import("../map/source.js").Chart | null}} Message
 * what two scenes differ in: its name, what else it could be, and what each side has
 * @typedef {{name: string, options: [string, string][], sides: [import("../page/value.js").Side, import("../page/value.js").Side]}} Differs
 * @typedef {{x: Float32Array, y: Float32Array, z: Float32Array, axes: [string, string]}} Field
 */

/**
 * A head, and what gives the numbers behind it, so many at a time.
 * @param {Uint8Array} bytes
 * @returns {{head: any, next: (count: number) => Float32Array}}
 */
function unpacked(bytes) {
  // A copy starts at a multiple of four, which floats must.
  const whole = bytes.slice();
  const size = new DataView(whole.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(whole.subarray(4, 4 + size)));
  let at = 4 + size;
  const next = (/** @type {number} */ count) => {
    const numbers = new Float32Array(whole.buffer, at, count);
    at += 4 * count;
    return numbers;
  };
  return { head, next };
}

/**
 * @param {Uint8Array} bytes
 * @returns {Message}
 */
export function decode(bytes) {
  const { head: message, next } = unpacked(bytes);
  for (const scene of message.scenes) {
    for (const run of scene.runs) {
      run.xy = next(2 * (scene.steps + 1));
      run.loss = next(scene.steps + 1);
      run.norm = next(scene.steps + 1);
      run.rate = next(scene.steps);
      run.beside = run.lines.map(() => next(2 * (scene.steps + 1)));
      if (run.ruled) {
        run.raw = next(2 * scene.steps);
        run.used = next(2 * scene.steps);
      }
      if (run.batch) run.batch = next(scene.steps);
      if (run.held) run.held = next(scene.steps + 1);
      if (run.right) run.right = next(2 * (scene.steps + 1));
      if (run.weights) run.weights = next(run.weights * (scene.steps + 1));
      if (run.factors) [run.direction, run.scale, run.decay] = [0, 1, 2].map(() => next(2 * scene.steps));
      if (run.limit) run.most = next(scene.steps);
    }
    if (scene.data?.batch) scene.batches = next(scene.data.batch * scene.steps);
  }
  return message;
}

/**
 * One run taken apart; how it is packed stands in app/dissection.py.
 * @typedef {object} Dissection
 * @property {number} slot
 * @property {number} steps
 * @property {string} name
 * @property {string} sentence
 * @property {string} tex          the method's own formula; empty where it would show what is switched off
 * @property {boolean} factors     whether a step is eta / scale * direction
 * @property {{file: string, text: string}} source
 * @property {[string, string]} coordinates
 * @property {number} weights      how many a network has; 0 where the plane is all there is
 * @property {{tex: string, label: string, help: string}[]} constants   the method's own numbers
 * @property {{name: string, tex: string}} schedule
 * @property {{name: string, tex: string, on: string[]}[]} rules
 * @property {{tex: string, kind: "vector" | "number" | "flag"}[]} quantities
 * @property {{symbol: string, formula: string, filled: string, defines: number, role: string, rows: [number, number], inside: string}[]} lines
 * @property {{lines: number[], direction: string, scale: string, decay: string, filled: [string, string, string], rows: [number, number], inside: string}[]} shapes
 * @property {[number, string][]} remarks   from which step on, and what
 * @property {Float32Array} shape
 * @property {Float32Array} theta
 * @property {Record<"gradient" | "used" | "direction" | "scale" | "decay", Float32Array>} factor  x and y by turns
 * @property {Float32Array} rate
 * @property {Record<"downhill" | "used" | "direction", Float32Array>} arrows   on the plane
 * @property {Float32Array[]} values  of each quantity
 */

/**
 * @param {string} link the page's, as its address has it
 * @param {number} slot
 * @returns {Promise<Dissection>}
 */
export async function dissectionOf(link, slot) {
  const bytes = await bytesOf(addressOf(`dissection?${link}&run=${slot}`), "The step could not be taken apart");
  const { head, next } = unpacked(bytes);
  const pairs = 2 * head.steps;
  const named = (/** @type {string[]} */ names) => Object.fromEntries(names.map((name) => [name, next(pairs)]));
  return {
    ...head,
    shape: next(head.steps),
    theta: next(pairs + 2),
    factor: named(["gradient", "used", "direction", "scale", "decay"]),
    rate: next(head.steps),
    arrows: named(["downhill", "used", "direction"]),
    values: head.quantities.map(() => next(pairs)),
  };
}

/** @type {Map<string, Promise<Field>>} */
const fields = new Map();

/**
 * The heights of a scene's surface, fetched once; over a part of the plane where one is given.
 * @param {SceneData} scene
 * @param {Window} [view]
 * @returns {Promise<Field>}
 */
export function fieldOf(scene, view) {
  const address = view ? `${scene.field}&view=${view.flat().join("~")}` : scene.field;
  let field = fields.get(address);
  if (!field) {
    field = fetchField(scene, address, view || scene.window);
    fields.set(address, field);
    field.catch(() => fields.delete(address));
    if (fields.size > 40) fields.delete(/** @type {string} */ (fields.keys().next().value));
  }
  return field;
}

/** @param {SceneData} scene @param {string} address @param {Window} window */
async function fetchField(scene, address, window) {
  const z = new Float32Array((await bytesOf(new URL(address, document.baseURI), "The surface could not be loaded")).buffer);
  const [x, y] = window.map(([low, high]) =>
    Float32Array.from({ length: scene.grid }, (_, i) => low + ((high - low) * i) / (scene.grid - 1)));
  return { x, y, z, axes: scene.axes };
}
