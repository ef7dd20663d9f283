// @ts-check
/** A run's place on the contour, close up: its last steps, and an arrow for each term of the step that it takes now. */

import { fit, polyline, widthOf, written } from "./canvas.js";
import { Contour } from "./contour.js";
import { fieldOf } from "./decode.js";
import { drawArrow, drawMarker, strokeCased } from "./glyphs.js";
import { keyOf } from "./theme.js";

/** @typedef {import("./decode.js").Dissection} Dissection */
/** @typedef {import("./decode.js").Window} Window */
/** @typedef {{name: string, colour: string, tip: [number, number]}} Label */

/** A step of about so many pixels is what it looks for, and between these it leaves the view as it is. */
const STEP = 90;
const SEEN = [26, 240];
/** While time flows it looks so many steps ahead, from so many powers of two farther away. */
const AHEAD = 6;
const FARTHER = 1;
/** A picture as wide as this is what the closeness of each step is chosen for. */
const WIDE = 520;
/** So many steps in a row have arrows on one scale. */
const SPAN = 10;
/** The deepest view is 2^14 times as close as the whole. */
const DEEPEST = 14;
/** An arrow or axis is at most this share of the picture. */
const LONGEST = 0.36;
/** Pixels between two arrows that point the same way. */
const BESIDE = 9;

export class Microscope extends Contour {
  /**
   * @param {HTMLElement} host
   * @param {any} Plotly
   * @param {() => void} onView told when another part of the plane is shown
   */
  constructor(host, Plotly, onView) {
    super(host, Plotly, () => {});
    this.onView = onView;
    /** @type {Window | null} */ this.view = null;
    /** @type {Window | null} */ this.wanted = null;
    this.level = 0;
    this.auto = true;
    /** @type {Dissection | null} */ this.dissection = null;
    /** What is not to scale, in words. @type {string[]} */ this.said = [];
    /** How close each step is looked at, in powers of two. @type {number[]} */ this.levels = [];
    /** The steps that are looked at as closely as each is, one after the other. @type {[number, number][]} */ this.spans = [];
    /** How much larger than life the arrows are drawn. @type {Record<string, number>} */
    this.enlarged = {};
  }

  // Here a press does not begin a new run.
  listen() {}

  get window() {
    return this.view || super.window;
  }

  /**
   * @param {import("./decode.js").SceneData} scene
   * @param {import("./decode.js").Run} run
   * @param {Dissection} dissection
   * @param {import("./theme.js").Theme} theme
   */
  async set(scene, run, dissection, theme) {
    const another = this.scene?.field !== scene.field;
    if (another) this.view = null;
    this.wanted = null;
    this.scene = scene;
    this.run = run;
    this.dissection = dissection;
    this.plan();
    const field = this.view && this.field && !another ? this.field : await fieldOf(scene);
    await this.setField(scene, [run], field, theme, run.slot);
  }

  /** By so many powers of two, held until it is automatic again. @param {number} by */
  zoom(by) {
    this.auto = false;
    this.level = Math.max(0, Math.min(this.level + by, DEEPEST));
    this.wanted = null;
    this.draw(this.step);
  }

  follow() {
    this.auto = true;
    this.draw(this.step);
  }

  /** The two ends of the step. @param {number} i @returns {[[number, number], [number, number]]} */
  ends(i) {
    const { xy } = /** @type {import("./decode.js").Run} */ (this.run);
    return [[xy[2 * i], xy[2 * i + 1]], [xy[2 * i + 2], xy[2 * i + 3]]];
  }

  /** How close to look at each step: as before, unless the step would be too short or too long. It depends on nothing else. */
  plan() {
    const whole = super.window[0];
    const { steps } = /** @type {Dissection} */ (this.dissection);
    this.levels = [];
    this.spans = [];
    let level = 0;
    for (let i = 0; i < steps; i++) {
      const [[ax, ay], [bx, by]] = this.ends(i);
      const length = (Math.hypot(bx - ax, by - ay) * WIDE) / (whole[1] - whole[0]);
      const now = length * 2 ** level;
      if (length > 0 && !(now >= SEEN[0] && now <= SEEN[1])) level = Math.max(0, Math.min(Math.round(Math.log2(STEP / length)), DEEPEST));
      const last = this.spans[i - 1];
      // Gradients shrink on the way: beside those of long ago the present ones would be dots.
      if (i && level === this.levels[i - 1] && i - last[0] < SPAN) this.spans.push(last);
      else this.spans.push([i, i]);
      this.spans[i][1] = i;
      this.levels.push(level);
    }
  }

  /** The longest of a row's vectors among the steps that are looked at as closely as this one. @param {Float32Array} row @param {number} i @param {(v: number, at: number) => number} [each] */
  longest(row, i, each = (v) => v) {
    let most = 0;
    const [from, to] = this.spans[i];
    for (let k = from; k <= to; k++) {
      const length = Math.hypot(each(row[2 * k], k), each(row[2 * k + 1], k));
      if (Number.isFinite(length)) most = Math.max(most, length);
    }
    return most;
  }

  /** Choose what part of the plane to show, and have it fetched if it is another one. @param {number} i the step */
  look(i) {
    const whole = super.window;
    const [[ax, ay], [bx, by]] = this.ends(i);
    if (!Number.isFinite(ax + ay)) return;
    const ahead = this.playing ? AHEAD : 0;
    const { xy } = /** @type {import("./decode.js").Run} */ (this.run);
    const later = Math.min(i + 1 + ahead, xy.length / 2 - 1);
    const [cx, cy] = [xy[2 * later], xy[2 * later + 1]];
    const tip = Number.isFinite(cx + cy) ? [cx, cy] : Number.isFinite(bx + by) ? [bx, by] : [ax, ay];
    // Pixels of a length where all of the window is shown.
    const pixels = (/** @type {number} */ length) => (length * (this.box.right - this.box.left)) / (whole[0][1] - whole[0][0]);
    // While time flows steps may be shorter, or the view would have to change with every few of them.
    if (this.auto) this.level = Math.max(0, this.levels[i] - (this.playing ? FARTHER : 0));
    const size = whole.map(([low, high]) => (high - low) / 2 ** this.level);
    // What is too long to be seen as a whole is seen from its beginning.
    const end = pixels(Math.hypot(tip[0] - ax, tip[1] - ay)) * 2 ** this.level < SEEN[1] ? tip : [ax, ay];
    const shown = this.wanted || this.window;
    const fits = whole.every((_, k) => {
      const [low, high] = shown[k];
      const edge = 0.18 * size[k];
      const same = Math.abs(high - low - size[k]) < 1e-9 * size[k];
      return same && [[ax, ay][k], end[k]].every((v) => v > low + edge && v < high - edge);
    });
    if (fits) return;
    const inside = this.level === 0 && whole.every(([low, high], k) => [ax, ay][k] >= low && [ax, ay][k] <= high);
    const wanted = /** @type {Window} */ (whole.map(([low, high], k) => {
      if (inside) return [low, high];
      // On a lattice, so that a way back finds the views that are here already.
      const lattice = size[k] / 8;
      const middle = Math.round(([ax, ay][k] + end[k]) / 2 / lattice) * lattice;
      return [middle - size[k] / 2, middle + size[k] / 2];
    }));
    if (String(wanted) === String(shown)) return;
    // Past what the server answers, the view stays.
    if (wanted.flat().some((edge) => Math.abs(edge) > 1e6)) return;
    this.wanted = wanted;
    const scene = /** @type {import("./decode.js").SceneData} */ (this.scene);
    fieldOf(scene, inside ? undefined : wanted).then(async (field) => {
      if (this.wanted !== wanted || this.scene !== scene) return;
      this.view = wanted;
      this.field = field;
      await this.paint();
      this.draw(this.step);
      this.onView();
    }).catch(() => {
      // The view that is there will do.
      this.wanted = null;
    });
  }

  /** How many times closer than the whole the picture is. */
  get closeness() {
    if (!this.scene) return 1;
    const [low, high] = super.window[0];
    return Math.round(((high - low) / (this.window[0][1] - this.window[0][0])) * 100) / 100;
  }

  /** @param {number} step */
  draw(step) {
    this.step = step;
    this.playing = this.host.closest(".ravine")?.getAttribute("data-playing") === "true";
    const { host, scene, theme, run, dissection } = this;
    this.measure();
    if (!scene || !theme || !run || !dissection || !this.width) return;
    const i = Math.min(step, dissection.steps - 1);
    this.look(i);
    const { box } = this;
    const ctx = fit(this.canvas, this.width, this.height);
    ctx.save();
    ctx.beginPath();
    ctx.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    ctx.clip();
    const room = { left: box.left - 40, top: box.top - 40, right: box.right + 40, bottom: box.bottom + 40 };
    const { colour, dash, marker } = keyOf(run.slot, theme);
    const path = new Path2D();
    polyline(path, (k) => this.pixel(run.xy[2 * k], run.xy[2 * k + 1]), i + 1, room);
    strokeCased(ctx, path, { colour, width: 3.4, dash, casing: theme.page });
    this.dots(ctx, i, colour);
    const [x, y] = this.pixel(run.xy[2 * i], run.xy[2 * i + 1]);
    for (const place of scene.minima) {
      const [mx, my] = this.pixel(...place);
      if (mx > box.left && mx < box.right && my > box.top && my < box.bottom) this.minimum(ctx, mx, my, scene.minima.length === 1 && Math.hypot(mx - x, my - y) > 160);
    }
    if (Number.isFinite(x + y)) this.terms(ctx, i, x, y, marker, colour);
    ctx.restore();
    host.dataset.step = String(step);
  }

  /** A dot at each position, where they are far enough apart to be told. @param {CanvasRenderingContext2D} ctx @param {number} i @param {string} colour */
  dots(ctx, i, colour) {
    const { xy } = /** @type {import("./decode.js").Run} */ (this.run);
    ctx.fillStyle = colour;
    let [px, py] = [Infinity, Infinity];
    for (let k = i - 1; k >= 0; k--) {
      const [x, y] = this.pixel(xy[2 * k], xy[2 * k + 1]);
      if (!(Math.hypot(x - px, y - py) > 9)) continue;
      [px, py] = [x, y];
      ctx.beginPath();
      ctx.arc(x, y, 4.5, 0, 2 * Math.PI);
      ctx.fill();
    }
  }

  /**
   * The arrows of a step, all from the head; the step itself is to scale.
   * @param {CanvasRenderingContext2D} ctx
   * @param {number} i
   * @param {number} x
   * @param {number} y
   * @param {string} marker
   * @param {string} colour
   */
  terms(ctx, i, x, y, marker, colour) {
    const theme = /** @type {import("./theme.js").Theme} */ (this.theme);
    const { arrows, factor, rate, factors, weights, shapes, shape } = /** @type {Dissection} */ (this.dissection);
    const { left, right, top, bottom } = this.box;
    const per = (right - left) / (this.window[0][1] - this.window[0][0]);
    const most = LONGEST * Math.min(right - left, bottom - top);
    const at = (/** @type {Float32Array} */ row) => [row[2 * i], row[2 * i + 1]];
    /** @type {Label[]} */ const labels = [];
    this.said = [];
    this.dashed = "";

    // 1/sigma as an ellipse: how far a direction of length 1 would lead along each axis.
    const reach = at(factor.scale).map((sigma) => Math.abs(rate[i] / sigma));
    if (factors && !weights && reach.every((r) => Number.isFinite(r)) && Math.max(...reach) > 0) {
      const size = this.enlarge("η/σ", this.longest(factor.scale, i, (sigma, at) => Math.abs(rate[at] / sigma)) * per, most);
      const [rx, ry] = reach.map((r) => r * per * size);
      ctx.beginPath();
      ctx.ellipse(x, y, rx, ry, 0, 0, 2 * Math.PI);
      ctx.strokeStyle = theme.page;
      ctx.lineWidth = 5;
      ctx.stroke();
      ctx.strokeStyle = theme.scaleInk;
      ctx.lineWidth = 2.2;
      ctx.setLineDash([7, 5]);
      ctx.stroke();
      ctx.setLineDash([]);
      const name = shapes[shape[i]].scale ? "η/σ" : "η";
      this.dashed = Math.abs(rx - ry) < 1 ? "circle" : "ellipse";
      labels.push({ name, colour: theme.scaleInk, tip: rx >= ry ? [x + rx, y] : [x, y - ry] });
      this.said.push(told(name, size));
    }
    const [from, to] = this.ends(i);
    const step = [to[0] - from[0], to[1] - from[1]];
    /** @param {string} name @param {number[]} vector @param {string} hue @param {boolean} hollow @param {string} [like] the arrow whose scale it shares */
    const draw = (name, vector, hue, hollow, like) => {
      const length = Math.hypot(...vector) * per;
      if (!(length > 0) || !Number.isFinite(length)) return;
      const size = this.enlarged[like || name] || 1;
      const [dx, dy] = [vector[0] * per * size, -vector[1] * per * size];
      // Beside the step where it points the same way, or one would hide the other.
      const beside = name !== "step" && aligned(vector, step) ? BESIDE / Math.hypot(dx, dy) : 0;
      const [ox, oy] = [-dy * beside, dx * beside];
      drawArrow(ctx, x + ox, y + oy, dx, dy, { colour: hue, casing: theme.page, hollow });
      labels.push({ name, colour: hue, tip: [x + ox + dx, y + oy + dy] });
      if (!like) this.said.push(told(name, size));
    };
    const [raw, used] = [at(arrows.downhill), at(arrows.used)];
    const ruled = raw.some((v, k) => Math.abs(v - used[k]) > 1e-6 * Math.hypot(...raw));
    if (ruled) {
      // Both on the scale of the longer, so that what was cut off can be seen.
      this.enlarge("−gradient", Math.max(this.longest(arrows.downhill, i), this.longest(arrows.used, i)) * per, most);
      draw("before the rules", raw, theme.gradientInk, true, "−gradient");
      draw("−gradient", used, theme.gradientInk, false, "−gradient");
      this.said.push(told("gradients", this.enlarged["−gradient"]));
    } else {
      this.enlarge("−gradient", this.longest(arrows.used, i) * per, most);
      draw("−gradient", used, theme.gradientInk, false);
    }
    const direction = at(arrows.direction);
    const own = direction.some((v, k) => Math.abs(v - used[k]) > 1e-6 * Math.hypot(...used));
    this.enlarge("−direction", this.longest(arrows.direction, i) * per, most);
    if (own && factors) draw("−direction", direction, theme.directionInk, false);
    const decay = at(factor.decay).map((v) => -v);
    // To scale, like the step, of which it is a part.
    this.enlarged.step = 1;
    if (!weights && decay.some((v) => v !== 0)) draw("decay", decay, theme.muted, true, "step");
    draw("step", step, theme.text, false, "step");
    drawMarker(ctx, marker, x, y, 15, colour, theme.page);
    this.names(ctx, labels, x, y);
  }

  /**
   * How much larger than life an arrow is drawn, 1, 2 or 5 times a power of ten: the longest of those that are seen as closely
   * fits, so that their lengths can be compared.
   * @param {string} name
   * @param {number} length
   * @param {number} most
   */
  enlarge(name, length, most) {
    const room = most / (length || most);
    const power = 10 ** Math.floor(Math.log10(room));
    this.enlarged[name] = power * (room / power >= 5 ? 5 : room / power >= 2 ? 2 : 1);
    return this.enlarged[name];
  }

  /** Each arrow's name at its tip, none upon another. @param {CanvasRenderingContext2D} ctx @param {Label[]} labels @param {number} x @param {number} y */
  names(ctx, labels, x, y) {
    const theme = /** @type {import("./theme.js").Theme} */ (this.theme);
    ctx.font = `500 16px ${theme.font}`;
    /** @type {{left: number, top: number, right: number, bottom: number}[]} */ const taken = [{ left: x - 12, right: x + 12, top: y - 12, bottom: y + 12 }];
    for (const { name, colour, tip } of labels) {
      const w = widthOf(ctx, name);
      const away = Math.hypot(tip[0] - x, tip[1] - y) || 1;
      const [ux, uy] = [(tip[0] - x) / away, (tip[1] - y) / away];
      const centre = [tip[0] + ux * (14 + w / 2), tip[1] + uy * 20];
      const left = Math.max(this.box.left + 4, Math.min(centre[0] - w / 2, this.box.right - w - 8));
      let top = Math.max(this.box.top + 4, Math.min(centre[1] - 12, this.box.bottom - 30));
      const way = top > y ? 1 : -1;
      const frame = () => ({ left: left - 4, right: left + w + 4, top, bottom: top + 24 });
      const over = (/** @type {{left: number, top: number, right: number, bottom: number}} */ a) => {
        const b = frame();
        return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
      };
      for (let tries = 0; tries < 8 && taken.some(over); tries++) top += way * 13;
      taken.push(frame());
      ctx.globalAlpha = 0.86;
      ctx.fillStyle = theme.page;
      ctx.fillRect(left - 4, top, w + 8, 24);
      ctx.globalAlpha = 1;
      ctx.fillStyle = colour;
      ctx.fillText(name, left, top + 17);
    }
  }

  /** What is drawn larger or smaller than life, in words. */
  get caption() {
    const said = this.said.filter(Boolean);
    return `The step is to scale${said.length ? `; to fit, ${said.join(", ")}` : ""}.${this.dashed ? ` The dashed ${this.dashed}: where directions of length 1 would lead.` : ""}`;
  }
}

/** Whether two vectors point nearly the same way. @param {number[]} a @param {number[]} b */
function aligned(a, b) {
  return a[0] * b[0] + a[1] * b[1] > 0.99 * Math.hypot(...a) * Math.hypot(...b);
}

/** How much longer or shorter than life something is drawn; nothing where it is not. @param {string} name @param {number} size */
function told(name, size) {
  if (size === 1) return "";
  const [times, word] = size > 1 ? [size, "longer"] : [1 / size, "shorter"];
  return `${name} ${times < 1e4 ? Math.round(times) : written(times)} times ${word}`;
}
