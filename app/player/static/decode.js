// @ts-check
/** The message from the server, and the heights of a surface. */

/**
 * @typedef {{at: number, text: string, sentence: string, tone: "good" | "bad", mark: boolean}} News
 * @typedef {object} Run
 * @property {number} slot
 * @property {string} name
 * @property {string} short
 * @property {number} lr
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
 * @property {number | null} share   how much of its way the plane shows, where it is one through many weights
 *
 * @typedef {{kind: "circle", radius: number} | {kind: "box", half: number}} Figure
 *
 * @typedef {object} SceneData
 * @property {string} title
 * @property {string} remark     a sentence beneath the title
 * @property {boolean} sameLoss  whether all scenes have one axis for the loss
 * @property {string} facts      what is worth knowing of the landscape, in numbers
 * @property {string} normalization  what is done to the features, empty where there are none
 * @property {any} data          what is shown of data and model, null where there is none; see data.js
 * @property {Float32Array} [batches]  the rows of each step's mini-batch, data.batch a step
 * @property {string} name
 * @property {string} schedule
 * @property {string} field      address of the heights
 * @property {number} grid
 * @property {[[number, number], [number, number]]} window
 * @property {[string, string]} axes
 * @property {string} height
 * @property {[number, number]} start
 * @property {[number, number][]} minima
 * @property {[number, number][]} without  the minima without penalties, where there are penalties
 * @property {number} steps
 * @property {Run[]} runs
 *
 * @typedef {{scenes: SceneData[], selected: number | null, link: string}} Message
 * @typedef {{x: Float32Array, y: Float32Array, z: Float32Array, axes: [string, string]}} Field
 */

/**
 * @param {Uint8Array} bytes
 * @returns {Message}
 */
export function decode(bytes) {
  // A copy starts at a multiple of four, which floats must.
  const whole = bytes.slice();
  const size = new DataView(whole.buffer).getUint32(0, true);
  const message = JSON.parse(new TextDecoder().decode(whole.subarray(4, 4 + size)));
  let at = 4 + size;
  /** @param {number} count */
  const next = (count) => {
    const numbers = new Float32Array(whole.buffer, at, count);
    at += 4 * count;
    return numbers;
  };
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
    }
    if (scene.data?.batch) scene.batches = next(scene.data.batch * scene.steps);
  }
  return message;
}

/** @type {Map<string, Promise<Field>>} */
const fields = new Map();

/**
 * The heights of a scene's surface, fetched once.
 * @param {SceneData} scene
 * @returns {Promise<Field>}
 */
export function fieldOf(scene) {
  let field = fields.get(scene.field);
  if (!field) {
    field = fetchField(scene);
    fields.set(scene.field, field);
    field.catch(() => fields.delete(scene.field));
    if (fields.size > 40) fields.delete(/** @type {string} */ (fields.keys().next().value));
  }
  return field;
}

/** @param {SceneData} scene */
async function fetchField(scene) {
  const answer = await fetch(new URL(scene.field, document.baseURI));
  if (!answer.ok) throw new Error(`The surface could not be loaded: ${await answer.text()}`);
  const z = new Float32Array(await answer.arrayBuffer());
  const [x, y] = scene.window.map(([low, high]) =>
    Float32Array.from({ length: scene.grid }, (_, i) => low + ((high - low) * i) / (scene.grid - 1)));
  return { x, y, z, axes: scene.axes };
}
