// @ts-check
/** A run's place on the contour, close up: its last steps, and an arrow for each term of the step that it takes now. */

import { fit, polyline, widthOf } from "../drawing/canvas.js";
import { drawArrow, drawMarker, strokeCased } from "../drawing/glyphs.js";
import { headed } from "../drawing/labels.js";
import { Plane } from "../drawing/plane.js";
import { keyOf } from "../drawing/theme.js";
import { fieldOf } from "../wire/decode.js";
import { power } from "../words/numbers.js";
import { SEES } from "../words/sees.js";

/** @typedef {import("../wire/decode.js").Dissection} Dissection */
/** @typedef {import("../wire/decode.js").Window} Window */
/** @typedef {{name: string, colour: string, tip: [number, number]}} Label */
/** @typedef {{run: import("../wire/decode.js").Run, dissection: Dissection}} Other */

/** A step of about so many pixels is what it looks for, and between these it leaves the view as it is. */
const STEP = 90;
const SEEN = [26, 240];
/** The longer of two runs' steps has at least so many, or the shorter could not be seen. */
const PAIRED = 80;
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
/** Pixels of a label's letters, and of its height. */
const [LETTER, TALL] = [15, 22];
/** So many steps of the path are kept clear of labels. */
const TRAIL = 40;
/** Pixels between two arrows that point the same way. */
const BESIDE = 9;

export class Microscope extends Plane {
  /**
   * @param {HTMLElement} host
   * @param {{scale: number}} text how much larger than usual it is
   * @param {() => void} onView told when another part of the plane is shown
   */
  constructor(host, text, onView) {
    super(host, text);
    this.onView = onView;
    this.step = 0;
    /** @type {import("../wire/decode.js").Run | null} */ this.run = null;
    this.playing = false;
    /** Whether a lesson asks what comes, so that only the slope is shown. */
    this.asked = false;
    /** @type {Window | null} */ this.view = null;
    /** @type {Window | null} */ this.wanted = null;
    this.level = 0;
    this.auto = true;
    /** @type {Dissection | null} */ this.dissection = null;
    /** What the arrows are, each with its scale. @type {string[]} */ this.told = [];
    /** Another run, whose step is shown beside the own one. @type {Other | null} */ this.other = null;
    /** Places that arrows pass, which no label may cover, and those of thinner lines. @type {[number, number][]} */ this.passed = [];
    /** @type {[number, number][]} */ this.lined = [];
    /** Where minima are marked. @type {[number, number][]} */ this.marks = [];
    /** How close each step is looked at, in powers of two. @type {number[]} */ this.levels = [];
    /** The steps that are looked at as closely as each is, one after the other. @type {[number, number][]} */ this.spans = [];
    /** How much larger than life the arrows are drawn. @type {Record<string, number>} */
    this.enlarged = {};
  }

  get window() {
    return this.view || super.window;
  }

  /**
   * @param {import("../wire/decode.js").SceneData} scene
   * @param {import("../wire/decode.js").Run} run
   * @param {Dissection} dissection
   * @param {import("../drawing/theme.js").Theme} theme
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
    await this.setField(scene, field, theme);
  }

  /** Show a second run's step beside the own one, or none; both are to be in sight. @param {Other | null} other */
  pair(other) {
    this.other = other;
    if (this.dissection) this.plan();
  }

  /** The second run's step, if it takes one of this number. @param {number} i @returns {[number, number] | null} */
  ghost(i) {
    if (!this.other || i >= this.other.dissection.steps) return null;
    const { xy } = this.other.run;
    const step = /** @type {[number, number]} */ ([xy[2 * i + 2] - xy[2 * i], xy[2 * i + 3] - xy[2 * i + 1]]);
    return Number.isFinite(step[0] + step[1]) ? step : null;
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
    const { xy } = /** @type {import("../wire/decode.js").Run} */ (this.run);
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
      const length = (Math.max(Math.hypot(bx - ax, by - ay), Math.hypot(...(this.ghost(i) || [0]))) * WIDE) / (whole[1] - whole[0]);
      const now = length * 2 ** level;
      if (length > 0 && !(now >= (this.other ? PAIRED : SEEN[0]) && now <= SEEN[1])) level = Math.max(0, Math.min(Math.round(Math.log2((this.other ? 1.5 : 1) * (STEP / length))), DEEPEST));
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
    const { xy } = /** @type {import("../wire/decode.js").Run} */ (this.run);
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
    const ghost = this.ghost(i) || [0, 0];
    // All that is to be in sight, axis by axis.
    const ends = [0, 1].map((k) => [[ax, ay][k], end[k], [ax, ay][k] + ghost[k]]);
    const shown = this.wanted || this.window;
    const fits = whole.every((_, k) => {
      const [low, high] = shown[k];
      const edge = 0.18 * size[k];
      const same = Math.abs(high - low - size[k]) < 1e-9 * size[k];
      return same && ends[k].every((v) => v > low + edge && v < high - edge);
    });
    if (fits) return;
    const inside = this.level === 0 && whole.every(([low, high], k) => [ax, ay][k] >= low && [ax, ay][k] <= high);
    const wanted = /** @type {Window} */ (whole.map(([low, high], k) => {
      if (inside) return [low, high];
      // On a lattice, so that a way back finds the views that are here already.
      const lattice = size[k] / 8;
      const middle = Math.round((Math.min(...ends[k]) + Math.max(...ends[k])) / 2 / lattice) * lattice;
      return [middle - size[k] / 2, middle + size[k] / 2];
    }));
    if (String(wanted) === String(shown)) return;
    // Past what the server answers, the view stays.
    if (wanted.flat().some((edge) => Math.abs(edge) > 1e6)) return;
    this.wanted = wanted;
    const scene = /** @type {import("../wire/decode.js").SceneData} */ (this.scene);
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
    this.marks = [];
    for (const place of scene.minima) {
      const [mx, my] = this.pixel(...place);
      this.marks.push([mx, my]);
      if (mx > box.left && mx < box.right && my > box.top && my < box.bottom) this.minimum(ctx, mx, my);
    }
    if (Number.isFinite(x + y)) this.terms(ctx, i, x, y, marker, colour);
    ctx.restore();
    host.dataset.step = String(step);
  }

  /** A dot at each position, where they are far enough apart to be told. @param {CanvasRenderingContext2D} ctx @param {number} i @param {string} colour */
  dots(ctx, i, colour) {
    const { xy } = /** @type {import("../wire/decode.js").Run} */ (this.run);
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
    const theme = /** @type {import("../drawing/theme.js").Theme} */ (this.theme);
    const { arrows, factor, rate, factors, weights, shapes, shape, rules } = /** @type {Dissection} */ (this.dissection);
    const { left, right, top, bottom } = this.box;
    const per = (right - left) / (this.window[0][1] - this.window[0][0]);
    const most = LONGEST * Math.min(right - left, bottom - top);
    const at = (/** @type {Float32Array} */ row) => [row[2 * i], row[2 * i + 1]];
    /** @type {Label[]} */ const labels = [];
    this.passed = [];
    this.lined = this.trail(i);

    // 1/sigma as an ellipse: how far a direction of length 1 would lead along each axis.
    const reach = at(factor.scale).map((sigma) => Math.abs(rate[i] / sigma));
    // Where it is the same along each axis it would be a circle, and say nothing.
    if (!this.asked && factors && !weights && shapes[shape[i]].scale && reach.every((r) => Number.isFinite(r)) && Math.max(...reach) > 1.02 * Math.min(...reach)) {
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
      for (let turn = 0; turn < 2 * Math.PI; turn += 0.15) this.lined.push([x + rx * Math.cos(turn), y + ry * Math.sin(turn)]);
      labels.push({ name: scaled("η/σ", size), colour: theme.scaleInk, tip: rx >= ry ? [x + rx, y] : [x, y - ry] });
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
      labels.push({ name: name === "step" || like === "step" ? name : scaled(name, size), colour: hue, tip: [x + ox + dx, y + oy + dy] });
      const places = Math.ceil(Math.hypot(dx, dy) / 8);
      for (let k = 0; k <= places; k++) this.passed.push([x + ox + (k / places) * dx, y + oy + (k / places) * dy]);
    };
    const [raw, used] = [at(arrows.downhill), at(arrows.used)];
    const direction = at(arrows.direction);
    const own = factors && direction.some((v, k) => Math.abs(v - used[k]) > 1e-6 * Math.hypot(...used));
    const along = own ? "−direction" : "−gradient";
    const ghost = this.ghost(i);
    // What is compared has one scale, that of the longest: two runs' directions, and a gradient before the rules and after them.
    const theirs = ghost && this.other?.dissection.factors ? this.longest(this.other.dissection.arrows.direction, i) : 0;
    const slopes = Math.max(this.longest(arrows.downhill, i), this.longest(arrows.used, i), own ? 0 : theirs);
    this.enlarge("−gradient", slopes * per, most);
    this.enlarge("−direction", Math.max(this.longest(arrows.direction, i), theirs) * per, most);
    if (raw.some((v, k) => Math.abs(v - used[k]) > 1e-6 * Math.hypot(...raw))) {
      const acting = rules.filter(({ on }) => on.includes("gradient")).map(({ name }) => name.toLowerCase());
      draw(`−gradient ${acting.length ? `before ${acting.join(", ")}` : SEES[/** @type {import("../wire/decode.js").SceneData} */ (this.scene).sees].all}`, raw, theme.gradientInk, true, "−gradient");
    }
    draw("−gradient", used, theme.gradientInk, false);
    if (this.asked) {
      drawMarker(ctx, marker, x, y, 15, colour, theme.page);
      this.names(ctx, labels, x, y);
      return;
    }
    if (own) draw("−direction", direction, theme.directionInk, false);
    const decay = at(factor.decay).map((v) => -v);
    // To scale, like the step, of which it is a part.
    this.enlarged.step = 1;
    if (!weights && decay.some((v) => v !== 0)) draw("decay", decay, theme.muted, true, "step");
    if (ghost && this.other) {
      // From where this run is, so that the two can be compared.
      const { run: { short, slot }, dissection } = this.other;
      const hue = keyOf(slot, theme).colour;
      if (dissection.factors) draw(`${short}’s −direction`, at(dissection.arrows.direction), hue, true, along);
      draw(`${short}’s step`, ghost, hue, true, "step");
    }
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

  /** Where the path has passed lately, in pixels. @param {number} i @returns {[number, number][]} */
  trail(i) {
    const { xy } = /** @type {import("../wire/decode.js").Run} */ (this.run);
    /** @type {[number, number][]} */ const places = [];
    for (let k = i; k > 0 && k > i - TRAIL; k--) {
      const [[ax, ay], [bx, by]] = [this.pixel(xy[2 * k], xy[2 * k + 1]), this.pixel(xy[2 * k - 2], xy[2 * k - 1])];
      const parts = Math.min(Math.ceil(Math.hypot(bx - ax, by - ay) / 8), 60);
      for (let part = 0; part < parts; part++) places.push([ax + ((bx - ax) * part) / parts, ay + ((by - ay) * part) / parts]);
    }
    return places;
  }

  /** Each arrow's name at its tip, upon no other, no arrow and no marker. @param {CanvasRenderingContext2D} ctx @param {Label[]} labels @param {number} x @param {number} y */
  names(ctx, labels, x, y) {
    const theme = /** @type {import("../drawing/theme.js").Theme} */ (this.theme);
    const height = TALL * this.scale;
    ctx.font = `500 ${LETTER * this.scale}px ${theme.font}`;
    ctx.textBaseline = "middle";
    const taken = [[x, y], ...this.marks].map(([cx, cy]) => ({ left: cx - 11, right: cx + 11, top: cy - 11, bottom: cy + 11 }));
    this.told = labels.map(({ name }) => name);
    // What matters most is named first, and has its place.
    for (const { name, colour, tip } of labels.toReversed()) {
      const width = widthOf(ctx, name) + 8;
      const label = headed([x, y], tip, { width, height }, this.box, taken, this.passed, this.lined);
      if (!label) continue;
      taken.push(label);
      ctx.globalAlpha = 0.88;
      ctx.fillStyle = theme.page;
      ctx.fillRect(label.left, label.top, width, height);
      ctx.globalAlpha = 1;
      ctx.fillStyle = colour;
      ctx.fillText(name, label.left + 4, (label.top + label.bottom) / 2 + 1);
    }
    ctx.textBaseline = "alphabetic";
  }
}

/** Whether two vectors point nearly the same way. @param {number[]} a @param {number[]} b */
function aligned(a, b) {
  return a[0] * b[0] + a[1] * b[1] > 0.99 * Math.hypot(...a) * Math.hypot(...b);
}

/** An arrow's name with how much longer or shorter than life it is drawn. @param {string} name @param {number} size */
function scaled(name, size) {
  if (size === 1) return name;
  const times = size > 1 ? size : 1 / size;
  const exponent = Math.floor(Math.log10(times * 1.001));
  const first = Math.round(times / 10 ** exponent);
  return `${name} ${size > 1 ? "×" : "÷"} ${times < 1e4 ? Math.round(times) : `${first > 1 ? `${first}×` : ""}10${power(exponent)}`}`;
}
