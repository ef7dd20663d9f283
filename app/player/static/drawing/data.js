// @ts-check
/** The data panel: the points a model learns from, and what each run's model makes of them at this step. */

import { fit, polyline } from "./canvas.js";
import { drawMarker, strokeCased } from "./glyphs.js";
import { COARSE, FINE, ask, boundary, paint } from "./regions.js";
import { keyOf } from "./theme.js";
import { minus, written } from "../words/numbers.js";

/** @typedef {import("./theme.js").Theme} Theme */
/** @typedef {{slot: number, xy: Float32Array, weights?: Float32Array}} Run */
/** @typedef {{data?: any, batches?: Float32Array | null, steps: number, runs: Run[]}} Scene */
/** @typedef {[number, number]} Pair */
/** @typedef {{slot: number, alpha: number, own: boolean, colour: string, marker: string, dash: boolean, values: number[] | Float32Array}} Shown */
/** @typedef {{path: Path2D, mark: Pair | null}} Line  mark: where the run's marker stands on it */
/** @typedef {{words: string, shape: number, faint?: boolean}} Key  shape -1: the ink line of a target, -2: dashed */
/** @typedef {CanvasRenderingContext2D} Ctx */
/**
 * The scene's data as the message brings it; which fields there are depends on the kind.
 * @typedef {{kind: string, names: string[], extent: Pair[], points: number[][], sizes: number[], classes: string[], batch: number, matrix: number[][] | null,
 *   link: string, targets: number[], counts: (number | string)[] | null, first: number, length: number, target: number}} Data
 */

export class DataPicture {
  /** @param {HTMLElement} host */
  constructor(host) {
    this.host = host;
    this.canvas = document.createElement("canvas");
    this.still = document.createElement("canvas");
    this.dots = document.createElement("canvas");
    this.tint = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    host.append(this.canvas);
    /** @type {Scene | null} */ this.scene = null;
    // Both are there before anything is drawn.
    this.theme = /** @type {Theme} */ ({});
    this.data = /** @type {Data} */ ({});
    /** @type {Set<number>} */ this.held = new Set();
    this.size = 16;
    /** How much larger than usual the text is. */
    this.scale = 1;
    this.radius = 5;
    /** @type {Run[]} */ this.order = [];
    /** @type {number | null} */ this.selected = null;
    this.drawnAt = "";
    this.width = this.height = 0;
    this.tinted = 0;
    this.box = { left: 0, top: 0, right: 1, bottom: 1 };
    this.back = [0, 0];
    /** @type {Pair[]} */ this.ranges = [];
    /** @type {Pair[]} */ this.spots = [];
    /** @type {Map<number, Line & {when: string}>} */ this.lines = new Map();
  }

  /** @param {Scene} scene @param {Run[]} order as they are drawn, the last on top @param {Theme} theme @param {number | null} selected */
  set(scene, order, theme, selected) {
    Object.assign(this, { scene, order, theme, selected, drawnAt: "" });
    this.data = scene.data;
    this.held = new Set(scene.data?.held);
  }

  /** Take over the place's size: before anything is written, because each look at it lays the page out. */
  measure() {
    this.width = this.host.clientWidth;
    this.height = this.host.clientHeight;
  }

  /**
   * @param {number} step
   * @param {(slot: number) => number} strength 0 for a hidden run
   * @returns {string} how the selected run does
   */
  draw(step, strength) {
    const { host, scene, theme, data, width, height } = this;
    if (!scene || width < 60 || height < 60) return "";
    const ctx = fit(this.canvas, width, height);
    host.dataset.step = String(step);
    const kind = KINDS[data?.kind];
    if (!kind) return "";
    const signature = [width, height, theme.dark, this.scale, devicePixelRatio].join();
    if (signature !== this.drawnAt) this.prepare(kind, width, height);
    this.drawnAt = signature;
    const chosen = (this.order.find((run) => run.slot === this.selected) || scene.runs[0])?.slot;
    /** @type {Shown[]} */ const shown = [];
    for (const run of [...this.order].sort((a, b) => Number(a.slot === chosen) - Number(b.slot === chosen))) {
      const { slot } = run;
      const values = strength(slot) && parameters(data, run, step);
      if (values) shown.push({ slot, alpha: strength(slot), own: slot === chosen, values, ...keyOf(slot, theme) });
    }
    const own = shown.find((one) => one.own);
    const lines = shown.map((one) => kind.line(this, one, step));
    const dots = () => this.spots.length && ctx.drawImage(this.dots, 0, 0, width, height);
    this.inside(ctx, () => kind.under?.(this, ctx, shown, own));
    ctx.drawImage(this.still, 0, 0, width, height);
    if (kind === KINDS.regions) dots();
    this.inside(ctx, () => shown.forEach(({ colour, dash, alpha, own }, i) => {
      ctx.globalAlpha = alpha;
      if (kind.width) strokeCased(ctx, lines[i].path, { colour, dash, width: own ? kind.width + 1.4 : kind.width, casing: theme.page });
    }));
    if (kind !== KINDS.regions) dots();
    this.rings(ctx, step);
    shown.forEach(({ colour, marker, alpha, own }, i) => {
      const { mark } = lines[i];
      ctx.globalAlpha = alpha;
      if (mark) drawMarker(ctx, marker, mark[0], mark[1], own ? 15 : 12, colour, theme.page);
      kind.over?.(this, ctx, shown[i]);
    });
    host.dataset.step = String(step);
    return own ? kind.reading(this, own.values) : "";
  }

  /** Draw within the axes. @param {Ctx} ctx @param {() => void} what */
  inside(ctx, what) {
    const { left, right, top, bottom } = this.box;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, right - left, bottom - top);
    ctx.clip();
    what();
    ctx.restore();
  }

  /** The points that the coming step sees. @param {Ctx} ctx @param {number} step */
  rings(ctx, step) {
    const { scene, theme, data, spots } = this;
    if (!scene?.batches || step >= scene.steps) return;
    const path = new Path2D();
    for (const i of scene.batches.subarray(step * data.batch, (step + 1) * data.batch)) {
      if (!spots[i]) continue;
      path.moveTo(spots[i][0] + this.radius + 3.5, spots[i][1]);
      path.arc(spots[i][0], spots[i][1], this.radius + 3.5, 0, 2 * Math.PI);
    }
    strokeCased(ctx, path, { colour: theme.text, width: 2, dash: false, casing: theme.page });
  }

  /** Axes and points, on a canvas of their own. @param {Kind} kind @param {number} width @param {number} height */
  prepare(kind, width, height) {
    const { points = [] } = this.data;
    const ctx = fit(this.still, width, height);
    this.size = this.scale * (width >= 320 && height >= 230 ? 16 : 14);
    this.radius = points.length > 60 ? 3.2 : height < 230 ? 4 : 5;
    this.lines.clear();
    ctx.font = `${this.size}px ${this.theme.font}`;
    kind.still(this, ctx, width, height);
    this.spots = kind.spot ? points.map((point) => /** @type {Required<Kind>} */ (kind).spot(this, point)) : [];
    const over = fit(this.dots, width, height);
    // Those held out first: they are the fainter ones.
    for (const faint of [true, false]) this.spots.forEach((spot, i) => {
      if (this.held.has(i) === faint) this.point(over, kind.sticks ? 1 : points[i][points[i].length - 1], ...spot, faint);
    });
  }

  /** Even classes are hollow, odd ones filled. @param {Ctx} ctx @param {number} shape @param {number} x @param {number} y @param {boolean} faint */
  point(ctx, shape, x, y, faint, r = this.radius) {
    const { theme } = this;
    const filled = shape % 2 === 1;
    const [sides, turn] = [[0, 0], [0, 0], [3, -Math.PI / 2], [4, Math.PI / 4], [4, 0], [3, Math.PI / 2]][shape % 6];
    const size = (faint ? 0.75 : 1) * (sides ? r * 1.3 : r);
    ctx.beginPath();
    if (!sides) ctx.arc(x, y, size, 0, 2 * Math.PI);
    for (let i = 0; i < sides; i++) ctx.lineTo(x + size * Math.cos(turn + (2 * Math.PI * i) / sides), y + size * Math.sin(turn + (2 * Math.PI * i) / sides));
    ctx.closePath();
    ctx.globalAlpha = faint ? 0.7 : 1;
    ctx.fillStyle = filled ? (faint ? theme.muted : theme.text) : theme.card;
    ctx.strokeStyle = filled ? theme.card : faint ? theme.muted : theme.text;
    ctx.lineWidth = filled ? 1 : faint ? 1.2 : 1.6;
    ctx.fill();
    ctx.stroke();
    ctx.globalAlpha = 1;
  }

  /**
   * The rows above the axes: what goes up there on the left, what the signs mean on the right. Gives their height.
   * @param {Ctx} ctx
   * @param {number} width
   * @param {string} up
   * @param {Key[]} keys
   */
  head(ctx, width, up, keys) {
    const { theme, size } = this;
    if (this.held.size) keys = [...keys, { shape: 1, words: "held out", faint: true }];
    // From the last row up, so that the last has the name and the keys that still fit beside it.
    const wide = keys.map(({ words }) => ctx.measureText(words).width + 25);
    const rows = [{ room: width - 14 - ctx.measureText(up).width, keys: /** @type {number[]} */ ([]) }];
    for (let i = keys.length - 1; i >= 0; i--) {
      if (rows[0].room < wide[i]) rows.unshift({ room: width - 14, keys: [] });
      rows[0].room -= wide[i];
      rows[0].keys.unshift(i);
    }
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    rows.forEach((row, j) => {
      const y = (j + 0.5) * (size + 4) + 1;
      let x = width - 8 - row.keys.reduce((sum, i) => sum + wide[i], 0) + 10;
      for (const i of row.keys) {
        if (keys[i].shape >= 0) this.point(ctx, keys[i].shape, x + 5, y, Boolean(keys[i].faint), 4.4);
        ctx.fillStyle = theme.text;
        if (keys[i].shape < 0) for (const at of keys[i].shape === -1 ? [x - 7, x - 1] : [x - 8, x + 1]) ctx.fillRect(at, y - 1.5, 7, 3);
        ctx.fillStyle = theme.muted;
        ctx.fillText(keys[i].words, x + 14, y, wide[i] - 24);
        x += wide[i];
      }
    });
    ctx.fillStyle = theme.text;
    ctx.fillText(up, 8, (rows.length - 0.5) * (size + 4) + 1, width - 16);
    return rows.length * (size + 4) + 6;
  }

  /**
   * Flat axes. The name of the one across stands at its end, and ticks make room for it.
   * @param {Ctx} ctx
   * @param {number} width
   * @param {number} height
   * @param {{x: Pair, y: Pair, across: string, up: string, keys?: Key[], marks?: number[], below?: number}} axes
   */
  axes(ctx, width, height, { x, y, across, up, keys = [], marks, below = 1 }) {
    const { theme, size } = this;
    const top = this.head(ctx, width, up, keys);
    const bottom = height - 9 - below * (size + 3);
    const ys = marks || ticks(y, Math.min(4, (bottom - top) / 40));
    const left = Math.max(...ys.map((v) => ctx.measureText(short(v)).width)) + 15;
    this.box = { left, top, right: width - 12, bottom };
    this.ranges = [x, y];
    ctx.fillStyle = theme.muted;
    ctx.textAlign = "right";
    for (const v of ys) {
      const [, py] = this.pixel(x[0], v);
      ctx.fillStyle = marks ? theme.grid : theme.muted;
      ctx.fillRect(marks ? left : left - 5, Math.round(py) - 0.5, marks ? width - 12 - left : 5, 1);
      ctx.fillStyle = theme.muted;
      ctx.fillText(short(v), left - 8, Math.min(py, bottom - 4));
    }
    if (!across) return;
    const row = bottom + 8 + size / 2;
    const named = Math.min(ctx.measureText(across).width, 0.62 * (width - 12 - left));
    ctx.fillStyle = theme.text;
    ctx.fillText(across, width - 12, row, named);
    ctx.fillStyle = theme.muted;
    ctx.textAlign = "center";
    for (const v of ticks(x, Math.min(4, (width - left) / 70))) {
      const [px] = this.pixel(v, y[0]);
      const half = ctx.measureText(short(v)).width / 2;
      ctx.fillRect(Math.round(px) - 0.5, bottom, 1, 5);
      if (px + half < width - 12 - named - 8) ctx.fillText(short(v), Math.max(px, left - 6 + half), row);
    }
  }

  /** @param {number} x @param {number} y @returns {Pair} */
  pixel(x, y) {
    const { left, right, top, bottom } = this.box;
    const [[x0, x1], [y0, y1]] = this.ranges;
    return [left + ((x - x0) / (x1 - x0)) * (right - left), bottom - ((y - y0) / (y1 - y0)) * (bottom - top)];
  }

  /** A place in the box of a plane, the second axis going back. @param {number[]} place @returns {Pair} */
  oblique(place) {
    const { left, bottom, right, top } = this.box;
    const [u, v, t] = place.map((value, i) => (value - this.ranges[i][0]) / (this.ranges[i][1] - this.ranges[i][0]));
    const [dx, dy] = this.back;
    return [left + u * (right - left - dx) + v * dx, bottom - t * (bottom - top - dy) - v * dy];
  }

}

/**
 * @typedef {object} Kind
 * @property {number} width      of the lines; 0 where there are none
 * @property {(panel: DataPicture, ctx: Ctx, width: number, height: number) => void} still
 * @property {boolean} [sticks]  whether points are no classes: each has a number, and a stick to what is said of it
 * @property {(panel: DataPicture, point: number[]) => Pair} [spot]
 * @property {(panel: DataPicture, one: Shown, step: number) => Line} line
 * @property {(panel: DataPicture, ctx: Ctx, shown: Shown[], own?: Shown) => void} [under]
 * @property {(panel: DataPicture, ctx: Ctx, one: Shown) => void} [over]
 * @property {(panel: DataPicture, values: number[] | Float32Array) => string} reading
 */

/** @type {{[kind: string]: Kind}} */
const KINDS = {
  regions: {
    width: 2.8,
    still(panel, ctx, width, height) {
      const { names, classes, extent: [x, y] } = panel.data;
      panel.axes(ctx, width, height, { x, y, across: names[0], up: names[1], keys: classes.map((words, shape) => ({ words, shape })) });
    },
    spot: (panel, [x, y]) => panel.pixel(x, y),
    line(panel, { slot, own, values }, step) {
      const old = panel.lines.get(slot);
      if (old?.when === `${step} ${own}` && (!own || panel.tinted === slot)) return old;
      const n = own ? FINE : COARSE;
      const count = ask(panel.data, values, n);
      if (own) paint(panel.tint, panel.theme, count, n);
      if (own) panel.tinted = slot;
      const line = { when: `${step} ${own}`, ...boundary(panel.box, count, n, laneOf(slot)) };
      panel.lines.set(slot, line);
      return line;
    },
    under({ tint, box: { left, top, right, bottom } }, ctx, _, own) {
      if (own) ctx.drawImage(tint, left, top, right - left, bottom - top);
    },
    // Of all the features, not only of the two that are drawn, the server has counted.
    reading: () => "",
  },

  line: {
    width: 3,
    sticks: true,
    still(panel, ctx, width, height) {
      const { names, extent: [x, y] } = panel.data;
      panel.axes(ctx, width, height, { x, y, across: names[0], up: names[1] });
    },
    spot: (panel, [x, y]) => panel.pixel(x, y),
    line(panel, { values: [slope, offset], slot }) {
      const [[x0, x1], [y0, y1]] = panel.ranges;
      const at = (/** @type {number} */ x) => panel.pixel(x, slope * x + offset);
      const path = new Path2D();
      polyline(path, (i) => at(i ? x1 : x0), 2, panel.box);
      const x = x0 + laneOf(slot) * (x1 - x0);
      const y = slope * x + offset;
      return { path, mark: y >= y0 && y <= y1 ? at(x) : null };
    },
    under(panel, ctx, _, own) {
      if (!own) return;
      const { data: { points }, ranges: [, [y0, y1]], spots } = panel;
      const { values: [slope, offset], colour } = own;
      [ctx.strokeStyle, ctx.lineWidth, ctx.globalAlpha] = [colour, 1.2, 0.7];
      ctx.beginPath();
      points.forEach(([x], i) => {
        if (panel.held.has(i)) return;
        ctx.moveTo(...spots[i]);
        ctx.lineTo(...panel.pixel(x, Math.min(y1, Math.max(y0, slope * x + offset))));
      });
      ctx.stroke();
    },
    reading({ data: { points }, held }, [slope, offset]) {
      const seen = points.filter((_, i) => !held.has(i));
      return `RMS error ${written(Math.sqrt(seen.reduce((sum, [x, y]) => sum + (slope * x + offset - y) ** 2, 0) / seen.length), 2)}`;
    },
  },

  plane: {
    width: 2.4,
    sticks: true,
    still(panel, ctx, width, height) {
      const { data: { names, extent }, size, theme } = panel;
      const top = panel.head(ctx, width, names[2], []);
      const [xs, zs, ys] = extent.map((range) => ticks(range, height < 230 ? 2 : 3));
      const left = Math.max(...ys.map((v) => ctx.measureText(short(v)).width)) + 15;
      const corner = width - 16 - Math.min(0.3 * width, ctx.measureText(names[1]).width);
      panel.box = { left, top, right: corner, bottom: height - 12 - size };
      panel.back = [0.3 * (corner - left), 0.3 * (panel.box.bottom - top)];
      panel.ranges = extent;
      const at = (/** @type {number[]} */ ...ends) => panel.oblique(extent.map((range, i) => range[ends[i]]));
      ctx.lineWidth = 1;
      const edges = [[[0, 0, 1], [0, 1, 1], [1, 1, 1], [1, 1, 0]], [[0, 0, 0], [0, 1, 0], [1, 1, 0]], [[0, 1, 0], [0, 1, 1]], [[0, 0, 1], [0, 0, 0], [1, 0, 0], [1, 1, 0]]];
      edges.forEach((edge, i) => {
        ctx.strokeStyle = i === 3 ? theme.rim : theme.line;
        ctx.beginPath();
        for (const ends of edge) ctx.lineTo(...at(...ends));
        ctx.stroke();
      });
      const write = (/** @type {string} */ words, /** @type {Pair} */ [x, y], /** @type {CanvasTextAlign} */ side, most = width) => {
        ctx.textAlign = side;
        ctx.fillText(words, x, y, most);
      };
      const row = panel.box.bottom + 6 + size / 2;
      const named = Math.min(ctx.measureText(names[0]).width, 0.45 * width);
      const end = Math.min(width - 8, at(1, 0, 0)[0] + named * 0.6);
      ctx.fillStyle = theme.text;
      write(names[0], [end, row], "right", named);
      write(names[1], [corner + 8, at(1, 1, 0)[1]], "left", width - corner - 12);
      ctx.fillStyle = theme.muted;
      for (const v of ys) write(short(v), [left - 8, panel.oblique([extent[0][0], extent[1][0], v])[1]], "right");
      for (const v of xs) {
        const [x] = panel.oblique([v, extent[1][0], extent[2][0]]);
        if (x + ctx.measureText(short(v)).width / 2 + 8 < end - named) write(short(v), [x, row], "center");
      }
      for (const v of zs) {
        const [x, y] = panel.oblique([extent[0][1], v, extent[2][0]]);
        if (y + size * 1.2 < row && y - size > at(1, 1, 0)[1]) write(short(v), [x + 9, y + 5], "left");
      }
    },
    spot: (panel, point) => panel.oblique(point),
    line(panel, { values: [a, b, c], slot }) {
      const [[x0, x1], [z0, z1], [y0, y1]] = panel.ranges;
      let corners = [[x0, z0], [x1, z0], [x1, z1], [x0, z1]].map(([x, z]) => [x, z, a * x + b * z + c]);
      // Cut at the floor and at the ceiling of the box.
      for (const [sign, level] of [[1, y0], [-1, y1]]) corners = corners.flatMap((p, i) => {
        const q = corners[(i + 1) % corners.length];
        const [over, next] = [sign * (p[2] - level), sign * (q[2] - level)];
        const crossing = over >= 0 === next >= 0 ? [] : [p.map((v, k) => (k === 2 ? level : v + (over / (over - next)) * (q[k] - v)))];
        return over >= 0 ? [p, ...crossing] : crossing;
      });
      const path = new Path2D();
      for (const corner of corners) path.lineTo(...panel.oblique(corner));
      path.closePath();
      const x = x0 + laneOf(slot) * (x1 - x0);
      const y = a * x + b * z0 + c;
      return { path, mark: y >= y0 && y <= y1 ? panel.oblique([x, z0, y]) : null };
    },
    under(panel, ctx, _, own) {
      if (!own) return;
      const { data: { points }, ranges: [, , [y0, y1]], spots } = panel;
      const { values: [a, b, c], colour } = own;
      [ctx.fillStyle, ctx.strokeStyle, ctx.lineWidth] = [colour, colour, 1.2];
      ctx.globalAlpha = 0.18;
      ctx.fill(KINDS.plane.line(panel, own, 0).path);
      ctx.globalAlpha = 0.7;
      ctx.beginPath();
      points.forEach(([x, z], i) => {
        if (panel.held.has(i)) return;
        ctx.moveTo(...spots[i]);
        ctx.lineTo(...panel.oblique([x, z, Math.min(y1, Math.max(y0, a * x + b * z + c))]));
      });
      ctx.stroke();
    },
    reading({ data: { points }, held }, [a, b, c]) {
      const seen = points.filter((_, i) => !held.has(i));
      return `RMS error ${written(Math.sqrt(seen.reduce((sum, [x, z, y]) => sum + (a * x + b * z + c - y) ** 2, 0) / seen.length), 2)}`;
    },
  },

  curve: {
    width: 3,
    still(panel, ctx, width, height) {
      const { names, extent: [x] } = panel.data;
      panel.axes(ctx, width, height, { x, y: [-0.1, 1.1], across: names[0], up: names[1], marks: [0, 0.5, 1] });
    },
    spot: (panel, [x, label]) => panel.pixel(x, label),
    line(panel, { values: [slope, offset], slot }) {
      const [x0, x1] = panel.ranges[0];
      const at = (/** @type {number} */ x) => panel.pixel(x, logistic(slope * x + offset));
      const path = new Path2D();
      polyline(path, (i) => at(x0 + ((x1 - x0) * i) / 120), 121, panel.box);
      // The marker stands between the two answers, where that is in sight.
      const even = -offset / slope;
      return { path, mark: at(even > x0 && even < x1 ? even : x0 + laneOf(slot) * (x1 - x0)) };
    },
    reading: (panel, [slope, offset]) => right(panel, ([x, label]) => Number(slope * x + offset > 0) === label),
  },

  bars: {
    width: 0,
    still(panel, ctx, width, height) {
      const { data: { names, targets, counts }, theme } = panel;
      const column = (width - 60) / names.length;
      // Long names stand in two rows by turns.
      const rows = [...names, ...(counts || [])].some((words) => ctx.measureText(String(words)).width > column - 6) && names.length > 1 ? 2 : 1;
      const below = rows * (counts ? 2 : 1);
      panel.axes(ctx, width, height, { x: [0, names.length], y: [-0.04, 1.05], across: "", up: "probability", keys: [{ shape: -1, words: "target" }], marks: [0, 0.5, 1], below });
      ctx.textAlign = "center";
      names.forEach((name, i) => {
        const [x, y] = panel.pixel(i + 0.5, targets[i]);
        const [wide, line] = [panel.pixel(0.8, 0)[0] - panel.box.left, panel.size + 3];
        const row = panel.box.bottom + 5 + line / 2 + ((i % rows) * line * below) / rows;
        ctx.fillStyle = theme.text;
        ctx.fillRect(x - wide / 2, y - 1.5, wide, 3);
        [name, counts ? String(counts[i]) : ""].forEach((words, k) => {
          const half = Math.min(ctx.measureText(words).width, column * rows - 4) / 2;
          ctx.fillStyle = k ? theme.muted : theme.text;
          ctx.fillText(words, Math.max(half + 4, Math.min(x, width - 4 - half)), row + k * line, 2 * half || 1);
        });
      });
    },
    line: () => ({ path: new Path2D(), mark: null }),
    under(panel, ctx, shown) {
      const wide = Math.max(2, Math.min(10, room(panel) * 0.5));
      for (const { alpha, colour, slot, values } of shown) {
        ctx.globalAlpha = alpha * 0.55;
        ctx.fillStyle = colour;
        for (const [x, y] of tops(panel, slot, values)) ctx.fillRect(x - wide / 2, y, wide, panel.pixel(0, 0)[1] - y);
      }
    },
    over(panel, ctx, { slot, values, colour, marker, own }) {
      const size = Math.max(8, Math.min(own ? 15 : 13, room(panel) + (own ? 3 : 0)));
      for (const [x, y] of tops(panel, slot, values)) drawMarker(ctx, marker, x, y, size, colour, panel.theme.page, 3);
    },
    reading({ data }, values) {
      const sure = data.targets.indexOf(1);
      return data.link === "softmax" && sure >= 0 ? `right answer: ${written(chances(data, values)[sure], 2)}` : "";
    },
  },

  sequence: {
    width: 2.8,
    still(panel, ctx, width, height) {
      const { data: { names, length, target }, theme } = panel;
      panel.axes(ctx, width, height, { x: [0, length * 1.04], y: [-0.05, 1.05], across: names[0], up: names[1], keys: [{ shape: -2, words: "target" }], marks: [0, 0.5, 1] });
      const path = new Path2D();
      path.moveTo(panel.box.left, panel.pixel(0, target)[1]);
      path.lineTo(panel.box.right, panel.pixel(0, target)[1]);
      strokeCased(ctx, path, { colour: theme.text, width: 2.6, dash: true });
    },
    line(panel, { values }) {
      const answers = unrolled(panel.data, values);
      const path = new Path2D();
      polyline(path, (t) => panel.pixel(t, answers[t]), answers.length, panel.box);
      return { path, mark: panel.pixel(answers.length - 1, answers[answers.length - 1]) };
    },
    reading: ({ data }, values) => `answer ${written(unrolled(data, values)[data.length], 2)}`,
  },
};

/** What the run's model computes with at a step; null where a number is lost. @param {Data} data @param {Run} run @param {number} step */
function parameters({ matrix, kind, sizes }, run, step) {
  const [x, y] = run.xy.subarray(2 * step, 2 * step + 2);
  const count = kind === "regions" ? sizes.slice(1).reduce((sum, out, i) => sum + out * (sizes[i] + 1), 0) : 0;
  const values = matrix ? matrix.map(([a, b, c]) => a * x + b * y + c) : count ? run.weights?.subarray(step * count, (step + 1) * count) : [x, y];
  return values?.length && values.every((v) => Number.isFinite(v)) ? values : null;
}

/** How many points are right. @param {DataPicture} panel @param {(point: number[]) => boolean} good */
function right({ data: { points }, held }, good) {
  const [seen, unseen] = [false, true].map((out) => points.filter((_, i) => held.has(i) === out));
  return `${seen.filter(good).length} of ${seen.length} right${unseen.length ? `, ${unseen.filter(good).length} of ${unseen.length} held out` : ""}`;
}

/** @param {number} x */
const logistic = (x) => 1 / (1 + Math.exp(-x));

/** The share of the way across at which a run's marker is to stand: markers on one line lie side by side. @param {number} slot */
const laneOf = (slot) => slot / 9;

/** The answer after each step of the small network. @param {Data} data @param {ArrayLike<number>} theta */
function unrolled({ first, length }, theta) {
  const states = [first];
  for (let t = 0; t < length; t++) states.push(theta[0] * logistic(states[t]) + theta[1]);
  return states.map(logistic);
}

/** @param {Data} data @param {number[] | Float32Array} scores */
function chances({ link }, scores) {
  if (link === "sigmoid") return Array.from(scores, logistic);
  const shares = Array.from(scores, (score) => Math.exp(score - Math.max(...scores)));
  return shares.map((share) => share / shares.reduce((a, b) => a + b));
}

/** The width that a run has beside a name. @param {DataPicture} panel */
const room = ({ box: { left, right }, data, order }) => Math.min(22, (0.8 * (right - left)) / data.names.length / order.length);

/** Where the bars of a run end. @param {DataPicture} panel @param {number} slot @param {number[] | Float32Array} values */
function tops(panel, slot, values) {
  const place = panel.order.filter((run) => run.slot < slot).length - (panel.order.length - 1) / 2;
  return chances(panel.data, values).map((p, i) => panel.pixel(i + 0.5, p)).map(([x, y]) => [x + place * room(panel), y]);
}

/** Round numbers within a range, at least two if there are. @param {Pair} range @param {number} most @returns {number[]} */
function ticks([low, high], most) {
  const rough = (high - low) / most;
  const scale = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((n) => n * scale >= rough * 0.999) || 10) * scale;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return count < 2 && most < 9 ? ticks([low, high], most * 1.5) : Array.from({ length: count || 0 }, (_, i) => (first + i) * step);
}

/** @param {number} value */
const short = (value) => minus(value && (Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3) ? written(value) : String(Number(value.toPrecision(6))));
