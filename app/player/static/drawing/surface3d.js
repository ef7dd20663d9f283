// @ts-check
/** The surface in 3-D: Plotly draws it once, and trails and heads move on a canvas over it. */

import { contextOf, fit } from "./canvas.js";
import { drawMarker, strokeCased } from "./glyphs.js";
import { ASPECT, NEAR, besideEdges, cameraOf, clamp, farthest, fitted } from "./pose.js";
import { gridOf, heightAt, isSeen, levelsOf, project, sameView, toCells, trailOf, viewOf } from "./projection.js";
import { keyOf } from "./theme.js";

/**
 * @typedef {import("./pose.js").Pose} Pose
 * @typedef {import("./labels.js").Box} Box
 * @typedef {import("./theme.js").Theme} Theme
 * @typedef {import("./projection.js").Field} Field
 * @typedef {import("./projection.js").Grid} Grid
 * @typedef {import("./projection.js").View} View
 * @typedef {import("./projection.js").Trail} Trail
 * @typedef {{slot: number, xy: Float32Array, hidden?: boolean, dim?: boolean}} Run
 * @typedef {{start: [number, number] | null, minima: [number, number][]}} Marks
 *
 * A run with its trail, and what of the trail is on the screen already.
 * @typedef {object} Drawn
 * @property {Run} run
 * @property {Trail} trail
 * @property {Float32Array} screen  x, y of the vertices projected so far
 * @property {Uint8Array} seen      1 where the surface does not hide the vertex
 * @property {number} projected     how many vertices these two hold
 * @property {number} inked         how many vertices are in the two paths
 * @property {number} pen           the vertex that the paths end at, -1 for none
 * @property {Path2D} shown
 * @property {Path2D} covered
 */

const WIDTH = 3.8;
const MARKER = 15;
/** A card whose smaller side has fewer pixels has finer lines and markers, down to this share. */
const ROOMY = 300, FINEST = 0.72;
/** Pixels by which a marker that the surface hides is drawn above its place. */
const RAISED = 14;
const COVERED = 0.28;
const DIMMED = 0.25;
const LETTER = 16;
/** What the viewer may turn to: never under the surface, which hides every path. */
const LOW = 0.1, HIGH = 1.5;
/** Milliseconds after which a lost picture may be asked for again. */
const PATIENCE = 5000;
const CLEAR = "rgba(0,0,0,0)";
const CONFIG = { displayModeBar: false, scrollZoom: false, plotGlPixelRatio: 1, showTips: false, doubleClick: false };

export class Surface3D {
  #host;
  #load;
  /** @type {any} */
  #Plotly = null;
  #plot = document.createElement("div");
  #canvas = document.createElement("canvas");
  /** @type {Promise<void>} Plotly's calls, one after the other */
  #turn = Promise.resolve();
  /** @type {Field | null} */
  #wanted = null;
  /** @type {Field | null} */
  #field = null;
  /** @type {Grid | null} */
  #grid = null;
  /** @type {Theme | null} */
  #theme = null;
  /** @type {Drawn[]} */
  #runs = [];
  /** @type {Marks} */
  #marks = { start: null, minima: [] };
  /** @type {View | null} */
  #view = null;
  #rim = new Path2D();
  /** @type {([number, number] | null)[]} where the names of the axes stand */
  #names = [];
  #t = 0;
  /** @type {Pose | null} null until the viewer turns the surface */
  #pose = null;
  #moving = false;
  /** @type {any} the scene whose render is ours */
  #hooked = null;
  /** @type {HTMLElement | null} */
  #apology = null;
  #point = new Float64Array(3);
  /** How much larger than usual the text is. */
  scale = 1;
  /** From where the surface is looked at until the viewer turns it: azimuth and elevation, in degrees. @type {[number, number]} */
  home = [245, 52];
  /** What of the host is under other things, in its pixels. @type {() => Box[]} */
  taken = () => [];
  /** @type {HTMLElement | null} what is said while the browser has the graphics' memory */
  #lost = null;
  #waiting = 0;

  /**
   * @param {HTMLElement} host a positioned element that the plot fills
   * @param {() => Promise<any>} load gives Plotly as it draws surfaces, for which nobody has asked before there is one
   */
  constructor(host, load) {
    this.#host = host;
    this.#load = load;
    this.#plot.setAttribute("aria-hidden", "true");
    this.#plot.style.cssText = "position:absolute;inset:0;overflow:hidden;touch-action:pan-y;cursor:grab";
    this.#canvas.style.cssText = "position:absolute;left:0;top:0;pointer-events:none;z-index:10";
    // Thick dashed paths are the GPU's worst case: kept on the CPU, the canvas plays at 60 frames/s instead of 10 to 28
    // where WebGL is software, and elsewhere it costs an upload of one small picture. The first call decides.
    this.#canvas.getContext("2d", { willReadFrequently: true });
    // Without preventDefault a browser never gives a lost context back. Captured, because the event does not bubble.
    this.#plot.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      this.#sayLost();
      this.#paint();
    }, true);
    this.#plot.addEventListener("webglcontextrestored", () => this.#redraw(), true);
    this.#listen();
    host.append(this.#plot);
  }

  /**
   * Draw the surface anew; resolves once painted.
   * @param {Field} field
   * @param {Theme} theme
   */
  async setField(field, theme) {
    this.#wanted = field;
    this.#theme = theme;
    return this.#queue(async () => {
      // Of several fields that came while Plotly was busy or on its way, only the last is worth its redraw.
      if (field !== this.#wanted) return;
      if (this.#apology || (!this.#hooked && !offersWebGL())) return this.#apologise();
      this.#Plotly ||= await this.#load();
      if (field !== this.#wanted) return;
      this.#field = field;
      this.#grid = gridOf(field);
      this.#view = null;
      this.#runs = this.#runs.map(({ run }) => drawn(run, /** @type {Grid} */ (this.#grid)));
      // Nothing can be drawn while the graphics are gone; it is once they are back.
      if (this.#lost) return;
      try {
        await this.#Plotly.react(this.#plot, [traceOf(field, this.#grid, theme)], this.#layout(field, this.#grid), CONFIG);
      } catch (error) {
        if (this.#scene()) throw error;
      }
      if (!this.#scene()) return this.#apologise();
      this.#hook();
      await painted();
      this.#host.dataset.painted = String(Number(this.#host.dataset.painted || 0) + 1);
    });
  }

  /**
   * Replace the runs; costs no redraw of Plotly.
   * @param {Run[]} runs
   * @param {Theme} theme
   */
  setRuns(runs, theme) {
    const grid = this.#grid, before = this.#runs;
    this.#theme = theme;
    this.#runs = runs.map((run) => {
      const same = before.find((old) => old.run.xy === run.xy);
      return same ? { ...same, run } : drawn(run, grid);
    });
    this.#paint();
  }

  /** @param {{start?: [number, number] | null, minima?: [number, number][]}} marks in the coordinates of the field */
  setMarks({ start = null, minima = [] }) {
    this.#marks = { start, minima };
    this.#paint();
  }

  /**
   * Draw trails up to step t and heads at t. Cheap: called on each animation frame.
   * @param {number} t
   */
  draw(t) {
    this.#t = t;
    this.#paint();
  }

  /**
   * Turn the surface as a drag does.
   * @param {number} azimuth radians by which the eye goes round
   * @param {number} elevation and by which it rises
   */
  turn(azimuth, elevation) {
    const pose = this.#stand();
    this.#moveTo({ ...pose, azimuth: pose.azimuth + azimuth, elevation: clamp(pose.elevation + elevation, LOW, HIGH) });
  }

  /** Look from where the surface says again, at all of it. */
  whole() {
    if (this.#pose) this.#moveTo(null);
  }

  /** After the host's size changed. */
  resize() {
    this.#queue(async () => {
      const { width, height } = this.#size(), layout = /** @type {any} */ (this.#plot)._fullLayout;
      if (!this.#scene() || (layout.width === width && layout.height === height)) return;
      await this.#Plotly.relayout(this.#plot, { width, height, "scene.camera": cameraOf(this.#stand()) });
      this.#paint();
    });
  }

  destroy() {
    this.#foundAgain();
    this.#wanted = this.#grid = null;
    this.#queue(async () => {
      this.#purge();
      this.#plot.remove();
      this.#apology?.remove();
    });
  }

  /**
   * @param {() => Promise<void>} job
   * @returns {Promise<void>}
   */
  #queue(job) {
    const done = this.#turn.then(job);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** @returns {any} Plotly's scene, once it has a WebGL context */
  #scene() {
    const scene = /** @type {any} */ (this.#plot)._fullLayout?.scene?._scene;
    return scene?.glplot ? scene : null;
  }

  /** Plotly's picture with its context: a page may hold only some sixteen, and the collector is in no hurry. */
  #purge() {
    const gl = this.#scene()?.glplot.gl;
    this.#Plotly?.purge(this.#plot);
    gl?.getExtension("WEBGL_lose_context")?.loseContext();
    this.#hooked = null;
  }

  /** Have Plotly call us whenever it renders. */
  #hook() {
    const scene = this.#scene();
    if (scene === this.#hooked) return;
    this.#hooked = scene;
    // Plotly's picking redraws the scene whenever the pointer moves over the surface, for a hover that nobody sees.
    scene.glplot.mouseListener.enabled = false;
    // It would also wait for a lost context for ever, in every frame, and trip over a picture that is gone by then.
    scene.recoverContext = () => {};
    const render = scene.render;
    scene.render = () => {
      render.call(scene);
      this.#paint();
    };
    scene.container.append(this.#canvas);
    this.#paint();
  }

  /** The host's size; a hidden host gets a token size until `resize` tells its real one. */
  #size() {
    return { width: this.#host.clientWidth || 300, height: this.#host.clientHeight || 300 };
  }

  /** @returns {Pose} the viewer's, or one that fits the host */
  #stand() {
    const grid = this.#grid, [azimuth, elevation] = this.home.map((degrees) => (degrees * Math.PI) / 180);
    if (this.#pose) return this.#pose;
    if (!grid) return { azimuth, elevation, distance: NEAR, across: 0, up: 0 };
    return fitted(grid, this.home, { ...this.#size(), taken: this.taken(), names: this.#lettered() });
  }

  /** How large the names of the axes are. @returns {[import("./pose.js").Size, import("./pose.js").Size]} */
  #lettered() {
    const ctx = contextOf(this.#canvas), height = LETTER * this.scale;
    ctx.font = this.#letters();
    const [x, y] = this.#field?.axes || ["", ""];
    return [{ width: ctx.measureText(x).width, height }, { width: ctx.measureText(y).width, height }];
  }

  #letters() {
    return `${LETTER * this.scale}px ${this.#theme?.font}`;
  }

  /**
   * Drag turns, the wheel zooms, a double click looks at the whole again. A finger turns when it begins sideways, and else
   * scrolls the page. Plotly's own camera goes by the time between events: where a redraw is slow, a drag
   * turns four times too far, and three notches of the wheel end inside the surface.
   */
  #listen() {
    const plot = this.#plot;
    /** @type {[number, number] | null} */
    let held = null;
    plot.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !event.isPrimary) return;
      held = [event.clientX, event.clientY];
      this.#host.focus({ preventScroll: true });
      plot.setPointerCapture(event.pointerId);
      plot.style.cursor = "grabbing";
    });
    plot.addEventListener("pointermove", (event) => {
      if (!held || !event.isPrimary) return;
      const pose = this.#stand(), turn = Math.PI / this.#size().height;
      const tilt = pose.elevation + turn * (event.clientY - held[1]);
      this.#moveTo({ ...pose, azimuth: pose.azimuth - turn * (event.clientX - held[0]), elevation: clamp(tilt, LOW, HIGH) });
      held = [event.clientX, event.clientY];
    });
    plot.addEventListener("lostpointercapture", () => {
      held = null;
      plot.style.cursor = "grab";
    });
    plot.addEventListener("dblclick", () => this.whole());
    plot.addEventListener("wheel", (event) => {
      // Plotly's own camera, which does not turn, would keep the wheel from the page all the same.
      event.stopPropagation();
      // The page's own until the surface is asked for: by Ctrl, or once it was touched.
      if (!event.ctrlKey && !this.#host.matches(":focus-within")) return;
      event.preventDefault();
      const pose = this.#stand(), factor = Math.exp(event.deltaY * (event.deltaMode ? 0.03 : 0.001));
      this.#moveTo({ ...pose, distance: clamp(pose.distance * factor, NEAR, farthest(this.#size())) });
    }, { passive: false, capture: true });
  }

  /** @param {Pose | null} pose taken up with the next frame, once for all events until then; null for one that fits */
  #moveTo(pose) {
    this.#pose = pose;
    if (this.#moving) return;
    this.#moving = true;
    requestAnimationFrame(() => {
      this.#moving = false;
      if (this.#scene()) this.#Plotly.relayout(this.#plot, { "scene.camera": cameraOf(this.#stand()) });
    });
  }

  /**
   * @param {Field} field
   * @param {Grid} grid
   */
  #layout(field, grid) {
    const axis = (/** @type {number[]} */ range) => ({ visible: false, range });
    const ends = (/** @type {Float32Array} */ v) => [v[0], v[v.length - 1]];
    return {
      ...this.#size(), margin: { l: 0, r: 0, t: 0, b: 0 }, paper_bgcolor: CLEAR, showlegend: false, hovermode: false,
      scene: {
        xaxis: axis(ends(field.x)), yaxis: axis(ends(field.y)), zaxis: axis([grid.bottom, grid.top]),
        bgcolor: CLEAR, aspectmode: "manual", aspectratio: ASPECT, camera: cameraOf(this.#stand()), dragmode: false, hovermode: false,
      },
    };
  }

  /** While the graphics are gone that is said, in place of a picture that is broken. */
  #sayLost() {
    if (this.#lost || !this.#field) return;
    this.#lost = document.createElement("p");
    this.#lost.className = "rv-lost";
    this.#lost.setAttribute("role", "status");
    this.#lost.textContent = "The browser has taken the graphics away for now; the picture comes back by itself.";
    this.#host.append(this.#lost);
    this.#waiting = window.setTimeout(() => {
      const again = document.createElement("button");
      again.type = "button";
      again.className = "rv-button";
      again.textContent = "Draw it again";
      again.addEventListener("click", () => this.#redraw());
      this.#lost?.append(" ", again);
    }, PATIENCE);
  }

  #foundAgain() {
    clearTimeout(this.#waiting);
    this.#lost?.remove();
    this.#lost = null;
  }

  /** From nothing, in a context of its own. */
  #redraw() {
    const field = this.#field, theme = this.#theme;
    this.#foundAgain();
    if (!field || !theme) return;
    this.#queue(async () => this.#purge());
    this.setField(field, theme);
  }

  #apologise() {
    if (!this.#apology) {
      this.#grid = null;
      this.#purge();
      this.#plot.replaceChildren();
      this.#apology = document.createElement("p");
      this.#apology.textContent = "3-D needs WebGL, which this browser does not offer.";
      this.#apology.style.cssText =
        "position:absolute;inset:0;display:grid;place-items:center;margin:0;padding:24px;text-align:center";
      this.#host.append(this.#apology);
    }
    const { muted, font } = /** @type {Theme} */ (this.#theme);
    Object.assign(this.#apology.style, { color: muted, font: `${LETTER}px ${font}` });
  }

  /** Bring the view up to date with the camera, and forget what was projected for another one. */
  #look() {
    const scene = this.#hooked, grid = /** @type {Grid} */ (this.#grid), ratio = scene.pixelRatio, { canvas, cameraParams } = scene.glplot;
    const view = viewOf(cameraParams, scene.dataScale, grid, canvas.width / ratio, canvas.height / ratio);
    if (sameView(this.#view, view)) return view;
    this.#view = view;
    this.#rim = rimOf(grid, view);
    this.#names = besideEdges(grid, view, this.#lettered(), this.taken());
    for (const run of this.#runs) run.projected = 0;
    return view;
  }

  #paint() {
    const grid = this.#grid, theme = this.#theme, field = this.#field;
    if (!this.#hooked?.glplot || !grid || !theme || !field) return;
    const view = this.#look();
    const ctx = fit(this.#canvas, view.width, view.height);
    if (this.#hooked.glplot.gl.isContextLost()) return;
    ctx.globalAlpha = 1;
    ctx.strokeStyle = theme.rim;
    ctx.lineWidth = 1.25;
    ctx.stroke(this.#rim);
    this.#name(ctx, theme, field.axes);
    this.#minima(ctx, grid, view, theme);
    const runs = this.#runs.filter(({ run }) => !run.hidden);
    for (const run of runs) extend(run, grid, view, this.#t);
    const fine = clamp(Math.min(view.width, view.height) / ROOMY, FINEST, 1) * this.scale;
    for (const run of runs) strokeCovered(ctx, run, theme, fine);
    for (const run of runs) strokeShown(ctx, run, theme, fine);
    this.#ring(ctx, grid, view, theme, fine);
    for (const run of runs) drawHead(ctx, run, theme, this.#t, fine);
    this.#host.dataset.step = String(this.#t);
  }

  /**
   * @param {CanvasRenderingContext2D} ctx
   * @param {Theme} theme
   * @param {[string, string]} axes
   */
  #name(ctx, theme, axes) {
    ctx.fillStyle = theme.muted;
    ctx.font = this.#letters();
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    this.#names.forEach((place, k) => place && ctx.fillText(axes[k], ...place));
  }

  /**
   * @param {CanvasRenderingContext2D} ctx
   * @param {Grid} grid
   * @param {View} view
   * @param {Theme} theme
   */
  #minima(ctx, grid, view, theme) {
    ctx.strokeStyle = theme.text;
    ctx.lineWidth = 1.6;
    for (const place of this.#marks.minima) {
      ctx.globalAlpha = placeMark(grid, view, place, this.#point) ? 1 : COVERED;
      const [x, y] = this.#point;
      ctx.beginPath();
      ctx.moveTo(x - 5, y); ctx.lineTo(x + 5, y); ctx.moveTo(x, y - 5); ctx.lineTo(x, y + 5);
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
  }

  /**
   * @param {CanvasRenderingContext2D} ctx
   * @param {Grid} grid
   * @param {View} view
   * @param {Theme} theme
   * @param {number} fine
   */
  #ring(ctx, grid, view, theme, fine) {
    if (!this.#marks.start) return;
    const seen = placeMark(grid, view, this.#marks.start, this.#point), [x, y] = this.#point;
    if (x === x) plant(ctx, { marker: "circle-open", colour: theme.text }, x, y, seen, theme, fine);
  }
}

/**
 * @param {Field} field
 * @param {Grid} grid
 * @param {Theme} theme
 */
function traceOf({ x, y, z }, grid, theme) {
  const { n, m, bottom, top } = grid, level = (top - bottom) / levelsOf(grid), color = theme.dark ? "#5A6B77" : "#E9EEF0";
  return {
    type: "surface", x, y, z: Array.from({ length: m }, (_, j) => z.subarray(j * n, (j + 1) * n)),
    cmin: bottom, cmax: top, colorscale: theme.ramp.map((colour, i) => [i / (theme.ramp.length - 1), colour]),
    showscale: false, hoverinfo: "skip",
    // Faint, and from the side, so that relief is seen without being shaded away.
    lighting: { ambient: 0.78, diffuse: 0.34, specular: 0, roughness: 1, fresnel: 0 }, lightposition: { x: -2000, y: -800, z: 1600 },
    contours: {
      x: { highlight: false }, y: { highlight: false },
      // Opaque, because the surface's shader does not blend: an alpha would punch holes into the picture.
      z: { show: true, highlight: false, color, width: 1, start: bottom + level / 2, end: top, size: level },
    },
  };
}

/**
 * @param {Run} run
 * @param {Grid | null} grid
 * @returns {Drawn}
 */
function drawn(run, grid) {
  const nothing = { points: new Float32Array(0), ends: new Int32Array(0), inside: new Uint8Array(0) };
  const trail = grid ? trailOf(grid, run.xy) : nothing;
  const size = trail.points.length / 3;
  return {
    run, trail, screen: new Float32Array(2 * size), seen: new Uint8Array(size),
    projected: 0, inked: 0, pen: -1, shown: new Path2D(), covered: new Path2D(),
  };
}

/**
 * Make the two paths of a run end at step t, projecting only vertices that this camera has not met yet.
 * @param {Drawn} d
 * @param {Grid} grid
 * @param {View} view
 * @param {number} t
 */
function extend(d, grid, view, t) {
  const { ends } = d.trail, until = ends.length ? ends[Math.min(t, ends.length - 1)] : 0;
  if (d.projected === 0 || until < d.inked) {
    d.inked = 0;
    d.pen = -1;
    d.shown = new Path2D();
    d.covered = new Path2D();
  }
  for (; d.projected < until; d.projected++) projectVertex(d, grid, view, d.projected);
  for (; d.inked < until; d.inked++) ink(d, d.inked);
}

const scratch = new Float64Array(3);

/**
 * @param {Drawn} d
 * @param {Grid} grid
 * @param {View} view
 * @param {number} i
 */
function projectVertex(d, grid, view, i) {
  const { points } = d.trail, u = points[3 * i], v = points[3 * i + 1], z = points[3 * i + 2];
  project(view, u, v, z, scratch);
  d.screen[2 * i] = scratch[0];
  d.screen[2 * i + 1] = scratch[1];
  d.seen[i] = isSeen(grid, view.eye, u, v, z) ? 1 : 0;
}

/**
 * Lead the line on to vertex i, in the path that its visibility asks for.
 * @param {Drawn} d
 * @param {number} i
 */
function ink(d, i) {
  const x = d.screen[2 * i], y = d.screen[2 * i + 1], path = d.seen[i] ? d.shown : d.covered;
  if (x !== x || y !== y) {
    d.pen = -1;
    return;
  }
  if (d.pen < 0) path.moveTo(x, y);
  else {
    const px = d.screen[2 * d.pen], py = d.screen[2 * d.pen + 1], same = d.seen[i] === d.seen[d.pen];
    // A run at rest piles hundreds of vertices on one pixel, and a joint for each is what would cost.
    if (same && Math.abs(x - px) + Math.abs(y - py) < 0.5) return;
    if (!same) path.moveTo(px, py);
    path.lineTo(x, y);
  }
  d.pen = i;
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Drawn} d
 * @param {Theme} theme
 * @param {number} fine
 */
function strokeCovered(ctx, d, theme, fine) {
  const { colour, dash } = keyOf(d.run.slot, theme);
  ctx.globalAlpha = COVERED * (d.run.dim ? DIMMED : 1);
  strokeCased(ctx, d.covered, { colour, width: WIDTH * fine, dash });
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Drawn} d
 * @param {Theme} theme
 * @param {number} fine
 */
function strokeShown(ctx, d, theme, fine) {
  const { colour, dash } = keyOf(d.run.slot, theme);
  ctx.globalAlpha = d.run.dim ? DIMMED : 1;
  strokeCased(ctx, d.shown, { colour, width: WIDTH * fine, dash, casing: d.run.dim ? undefined : theme.page });
}

/**
 * The marker where the run is at step t; none while it is out of the window.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Drawn} d
 * @param {Theme} theme
 * @param {number} t
 * @param {number} fine
 */
function drawHead(ctx, d, theme, t, fine) {
  const { ends, inside } = d.trail, step = Math.min(t, ends.length - 1);
  if (step < 0 || !inside[step]) return;
  const i = ends[step] - 1, x = d.screen[2 * i], y = d.screen[2 * i + 1];
  if (x !== x) return;
  ctx.globalAlpha = d.run.dim ? DIMMED : 1;
  plant(ctx, keyOf(d.run.slot, theme), x, y, d.seen[i] === 1, theme, fine);
  ctx.globalAlpha = 1;
}

/**
 * A marker in its full colour. Behind a wall or in a pit it stands above its place, with a line down to it.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{marker: string, colour: string}} key
 * @param {number} x
 * @param {number} y
 * @param {boolean} seen
 * @param {Theme} theme
 * @param {number} fine
 */
function plant(ctx, { marker, colour }, x, y, seen, theme, fine) {
  const foot = y - (seen ? 0 : RAISED);
  if (!seen) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.6;
    ctx.beginPath();
    ctx.moveTo(x, foot);
    ctx.lineTo(x, y);
    ctx.stroke();
  }
  drawMarker(ctx, marker, x, foot, MARKER * fine, colour, theme.page);
}

/**
 * Project a place on the surface into `out` (NaN outside the window); whether it is seen.
 * @param {Grid} grid
 * @param {View} view
 * @param {[number, number]} place
 * @param {Float64Array} out
 */
function placeMark(grid, view, [x, y], out) {
  const [u, v] = toCells(grid, x, y), z = heightAt(grid, u, v) + grid.lift;
  project(view, u, v, z, out);
  return isSeen(grid, view.eye, u, v, z);
}

/**
 * The visible part of the surface's border.
 * @param {Grid} grid
 * @param {View} view
 */
function rimOf(grid, view) {
  const path = new Path2D(), right = grid.n - 1, far = grid.m - 1;
  let down = false;
  const to = (/** @type {number} */ u, /** @type {number} */ v) => {
    const z = heightAt(grid, u, v);
    project(view, u, v, z, scratch);
    const seen = isSeen(grid, view.eye, u, v, z + grid.lift) && scratch[0] === scratch[0];
    if (seen && down) path.lineTo(scratch[0], scratch[1]);
    else if (seen) path.moveTo(scratch[0], scratch[1]);
    down = seen;
  };
  for (let u = 0; u < right; u++) to(u, 0);
  for (let v = 0; v < far; v++) to(right, v);
  for (let u = right; u > 0; u--) to(u, far);
  for (let v = far; v >= 0; v--) to(0, v);
  return path;
}

function offersWebGL() {
  const gl = document.createElement("canvas").getContext("webgl");
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return gl !== null;
}

/** Resolves with the next frame, or soon without one: a page in the background gets none. */
function painted() {
  return /** @type {Promise<void>} */ (new Promise((done) => {
    requestAnimationFrame(() => done());
    setTimeout(done, 200);
  }));
}
