// @ts-check
/** The contour panel: the loss and its axes are drawn once, a canvas over them holds all that moves. */

import { fit, polyline } from "../drawing/canvas.js";
import { drawArrow, drawMarker, strokeCased } from "../drawing/glyphs.js";
import { SMALLEST, about, clear, corners, meet, placed, sizeOf, write } from "../drawing/labels.js";
import { fanned, tracksOf, wayTo } from "../drawing/lanes.js";
import { Plane } from "../drawing/plane.js";
import { keyOf } from "../drawing/theme.js";
import { visitsOf } from "../drawing/visits.js";
import { put } from "../page/dom.js";
import { Hover, onPath } from "../pointing/hover.js";
import { steerStart } from "../pointing/steer.js";
import { Zoom, heightsOf } from "../pointing/zoom.js";
import { latest } from "../wire/runs.js";
import { minus, written } from "../words/numbers.js";

/** Pixels that the longer of the two gradients takes. */
const ARROW = 88;
/** Pixels from the middle of a marker to where its arrows begin. */
const BESIDE = 13;
/** A marker that stands farther than so many pixels from its place is led back to it. */
const LED = 5;
/** Steps that are so many pixels apart have a dot each, that wide. */
const APART = 9;
const DOT = 6.6;
/** So near a minimum, in pixels, a run is there. */
const THERE = 12;
/** Pixels that a press may move and still be a click. */
const CLICK = 4;
/** An arrowhead where a run has left, in pixels. */
const HEAD = 18;
/** Pixels above or below the start where a note may stand, and what share of it lies left of there: the best first. */
const ABOVE = [-36, -50, -70, 36, 50, 70];
const ASIDE = [0.1, 0.5, 0.3, 0.7, 0.9];
/** Pixels from the picture's lower corner to a note, and from the start to the end of a note's line. */
const FOOT = 12;
const RING = 10;
/** So far beyond the picture, in pixels, lines still have vertices: their cut ends stay out of sight. */
const BEYOND = 40;

/** @typedef {import("../drawing/theme.js").Theme} Theme */
/** @typedef {import("../wire/decode.js").SceneData} SceneData */
/** @typedef {import("../wire/decode.js").Run} Run */
/** @typedef {import("../drawing/lanes.js").Track} Track */
/** @typedef {import("../drawing/labels.js").Box} Box */
/** @typedef {import("../drawing/visits.js").Visits} Visits */
/**
 * A run with its way on the screen, and what of it is inked already.
 * @typedef {object} Drawn
 * @property {Run} run
 * @property {Track} track
 * @property {Visits} visits
 * @property {import("../drawing/labels.js").Line} seen   what of it is ever drawn
 * @property {Map<number, Path2D>} inked   the lines by the visit they belong to
 * @property {Path2D} dots
 * @property {number} until          the step that these reach
 */

export class Contour extends Plane {
  /**
   * @param {HTMLElement} host
   * @param {import("./panel.js").Show} show
   * @param {import("./panel.js").Asks} asks
   */
  constructor(host, show, asks) {
    host.innerHTML = `<header><h3>Contour</h3><span class="rv-hint"></span></header><div class="rv-plot"></div>`;
    super(/** @type {HTMLElement} */ (host.querySelector(".rv-plot")), show);
    this.show = show;
    this.header = /** @type {HTMLElement} */ (host.querySelector("header"));
    this.title = /** @type {HTMLElement} */ (host.querySelector("h3"));
    this.hint = /** @type {HTMLElement} */ (host.querySelector(".rv-hint"));
    /** @type {[number, number] | null} */ this.held = null;
    /** @type {[number, number] | null} */ this.pressed = null;
    this.dragged = false;
    /** @type {[number, number] | null} */ this.asked = null;
    this.step = 0;
    /** @type {Drawn[]} */ this.runs = [];
    this.laid = "";
    this.said = "";
    this.painting = this.again = false;
    /** The free corners of what has a name. @type {Map<string, Box[]>} */ this.labels = new Map();
    this.zoom = new Zoom(this, asks);
    this.listen(asks.start, asks.drag);
    steerStart(this, asks.start, asks.say);
    this.hover = new Hover(this.host, this.canvas, onPath(this, show.strength));
    this.watcher = new ResizeObserver(() => this.repaint());
    this.watcher.observe(this.host);
  }

  /** What part of the plane is seen. @returns {import("../wire/decode.js").Window} */
  get window() {
    return this.zoom?.look || /** @type {SceneData} */ (this.scene).view;
  }

  /** Draw the loss anew, and what moves over it. Of many wishes that come while it turns, one is left. */
  async repaint() {
    if (this.painting) {
      this.again = true;
      return;
    }
    this.painting = true;
    this.again = false;
    try {
      const { layout, second } = /** @type {HTMLElement} */ (this.host.closest(".ravine")).dataset;
      this.bare = (layout === "phone" && this.show.scenes.length > 1) || second === "contour";
      await this.paint();
    } finally {
      this.painting = false;
    }
    if (this.gone) return;
    this.measure();
    this.draw(this.step);
    if (this.again) await this.repaint();
  }

  async set() {
    const { scene, theme } = this.show;
    this.asked = null;
    this.hover.theme = theme;
    this.laid = "";
    const view = this.zoom.set(scene);
    const { chart } = this.show;
    put(this.title, chart ? (chart.kind === "basins" ? "The run from there" : "The run there") : scene.line ? `Loss over ${scene.axes[0]}` : "Contour");
    this.header.title = [scene.facts, scene.ownStart || this.show.lesson ? "" : "Click or drag in the picture: the runs start there."].filter(Boolean).join(". ");
    const field = await heightsOf(scene, view);
    // The answer to an older question comes too late.
    if (this.show.scene !== scene) return;
    await this.setField(scene, field, theme);
    this.zoom.settle();
  }

  /** @param {number} step */
  describe(step) {
    const { scene } = this.show;
    const name = scene.title ? `${scene.title}, ${scene.name}` : scene.name;
    const start = minus(`(${written(scene.start[0])}, ${written(scene.start[1])})`);
    const { lesson } = this.show;
    const steers = !lesson ? " Shift with the arrow keys moves the start, Enter runs from there, Escape gives it up." : lesson.fixed === "click" ? " Shift with the arrow keys moves your guess." : "";
    this.canvas.setAttribute("aria-label", `${scene.line ? "Curve" : "Contour"} of ${name}, ${scene.line ? `${scene.axes[0]} and loss` : scene.axes.join(" and ")}, start at ${start}.${steers} Z looks closer, Shift and Z from farther away, Alt with the arrow keys moves the view, 0 shows the whole.`);
  }

  /** The picture and a little more. */
  get room() {
    const { left, right, top, bottom } = this.box;
    return { left: left - BEYOND, top: top - BEYOND, right: right + BEYOND, bottom: bottom + BEYOND };
  }

  /** The ways of all runs on the screen, where these, the size or the view are new. */
  lay() {
    const { order } = this.show;
    // The box may be another at the same size: that is taken once a picture, while an older one may still turn.
    const of = [this.width, this.height, Object.values(this.box), this.scale, this.bare, this.window, this.span, this.scene?.runs.map((run) => run.slot), order.length].join();
    if (this.laid === of && this.runs.every(({ run }) => order.includes(run))) return;
    this.laid = of;
    this.labels.clear();
    // Lanes go by the slots, which do not change with who is selected.
    const runs = [...order].sort((a, b) => a.slot - b.slot);
    const visits = runs.map((run) => visitsOf(run.xy.length / 2, (i) => this.pixel(run.xy[2 * i], run.xy[2 * i + 1]), this.box));
    const drawn = (/** @type {number} */ k, /** @type {number} */ step) => visits[k].strength[visits[k].visit[step]] > 0;
    const tracks = tracksOf(runs, (x, y) => this.pixel(x, y), this.room, drawn);
    this.runs = runs.map((run, k) => {
      const track = tracks[k];
      const x = track.x.slice();
      track.ends.forEach((end, i) => drawn(k, i) || x.fill(NaN, i ? track.ends[i - 1] : 0, end));
      return { run, track, visits: visits[k], seen: { x, y: track.y }, inked: new Map(), dots: new Path2D(), until: -1 };
    });
  }

  /** Lead a run's lines and dots on to a step. @param {Drawn} drawn @param {number} step */
  ink(drawn, step) {
    if (drawn.until > step) Object.assign(drawn, { inked: new Map(), dots: new Path2D(), until: -1 });
    const { track: { x, y, ends }, visits: { visit, strength }, inked, dots } = drawn;
    const { room } = this;
    for (let i = drawn.until + 1; i <= step; i++) {
      const own = visit[i];
      if (own < 0 || !strength[own]) continue;
      const at = ends[i] - 1;
      const away = (/** @type {number} */ other) => Math.hypot(x[ends[other] - 1] - x[at], y[ends[other] - 1] - y[at]);
      if (i > 0) {
        let path = inked.get(own);
        if (!path) inked.set(own, (path = new Path2D()));
        const from = ends[i - 1] - 1;
        polyline(path, (n) => [x[from + n], y[from + n]], ends[i] - from, room, i > 1 && visit[i - 1] === own);
      }
      if (drawn.visits.inside[i] && i > 0 && away(i - 1) >= APART && (i + 1 === ends.length || !(away(i + 1) < APART))) {
        dots.moveTo(x[at] + DOT / 2, y[at]);
        dots.arc(x[at], y[at], DOT / 2, 0, 2 * Math.PI);
      }
    }
    drawn.until = Math.max(drawn.until, step);
  }

  /** Trails up to a step, and heads at it. @param {number} at */
  draw(at) {
    const { host, scene, theme, box, room } = this;
    const { order, strength, selected } = this.show;
    const step = Math.min(at, scene?.steps ?? at);
    this.step = step;
    if (!scene || !theme || !this.width) return;
    this.lay();
    this.news(step);
    const ctx = fit(this.canvas, this.width, this.height);
    ctx.save();
    ctx.beginPath();
    ctx.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    ctx.clip();
    const side = Math.min(box.right - box.left, box.bottom - box.top);
    const small = side < 300;
    const width = small ? 3 : 3.8;
    const size = small ? 14 : 17;
    // Those that are out of the picture lie beneath those that are in it.
    const drawn = order.flatMap((run) => (strength(run.slot) ? this.runs.filter((one) => one.run === run) : []))
      .sort((a, b) => a.visits.inside[step] - b.visits.inside[step]);
    for (const one of drawn) {
      const { run } = one;
      const alpha = strength(run.slot);
      this.ink(one, step);
      const { colour, dash } = keyOf(run.slot, theme);
      ctx.globalAlpha = alpha;
      for (const figure of run.figures) this.figure(ctx, figure, colour);
      for (const line of run.beside) this.second(ctx, line, step, colour, room);
      for (const [visit, path] of one.inked) {
        const faint = one.visits.strength[visit];
        ctx.globalAlpha = alpha * faint;
        strokeCased(ctx, path, { colour, width, dash, casing: faint < 1 ? undefined : theme.page });
      }
      ctx.globalAlpha = alpha;
      ctx.fillStyle = colour;
      ctx.strokeStyle = theme.page;
      ctx.lineWidth = 3;
      ctx.stroke(one.dots);
      ctx.fill(one.dots);
    }
    ctx.globalAlpha = 1;
    // In the order of their slots, whoever is on top.
    const shown = drawn.toSorted((a, b) => a.run.slot - b.run.slot);
    const heads = shown.map(({ track, visits }) => {
      const last = track.ends[step] - 1;
      return { x: visits.inside[step] ? track.x[last] : NaN, y: track.y[last], angle: wayTo(track, last) };
    });
    const ring = this.pixel(...(this.asked || scene.start));
    const places = fanned(heads, size / 2, this.held || this.asked ? null : ring, box);
    const markers = places.filter(([x, y]) => Number.isFinite(x + y));
    /** @type {Box[]} */
    const taken = markers.map((place) => about(place, size / 2 + 2));
    /** @type {[string, Box][]} */ const words = [];
    const first = this.firstWay(scene, side);
    if (first) for (let share = 0.1; share <= 1; share += 0.15) taken.push(about([first.x + share * first.dx, first.y + share * first.dy], 6));
    this.landmarks(ctx, scene, markers, side, taken, words);
    // Where markers have made room for one another, a thin line leads each to the place itself, and a dot is there.
    const led = step ? drawn.flatMap((one) => this.leader(one.run, step, places[shown.indexOf(one)])) : [];
    for (const { from, to, alpha } of led) {
      const line = new Path2D();
      line.moveTo(...from);
      line.lineTo(...to);
      ctx.globalAlpha = alpha;
      strokeCased(ctx, line, { colour: theme.text, dash: false, width: 1.4, casing: theme.page });
    }
    for (const one of drawn) {
      const [x, y] = places[shown.indexOf(one)];
      if (!Number.isFinite(x + y)) continue;
      const { colour, marker } = keyOf(one.run.slot, theme);
      ctx.globalAlpha = strength(one.run.slot);
      drawMarker(ctx, marker, x, y, size, colour, theme.page);
      if (one.run.slot === selected) this.arrows(ctx, one.run, step, x, y);
    }
    ctx.fillStyle = theme.text;
    ctx.strokeStyle = theme.page;
    ctx.lineWidth = 2;
    for (const { from, alpha } of led) {
      ctx.globalAlpha = alpha;
      ctx.beginPath();
      ctx.arc(...from, 2.6, 0, 2 * Math.PI);
      ctx.stroke();
      ctx.fill();
    }
    ctx.globalAlpha = 1;
    this.question(ctx, first, side, taken, words);
    this.departures(ctx, shown, step, side, taken, words);
    for (const one of drawn) {
      if (one.run.slot === selected) this.nameLines(ctx, one.run, step, side, taken, words);
    }
    ctx.restore();
    if (this.bare) this.corners(ctx);
    const said = JSON.stringify(words);
    if (host.dataset.labels !== said) host.dataset.labels = said;
    host.dataset.step = String(at);
    this.hover.again();
  }

  /** Without axes two numbers say how large the picture is. @param {CanvasRenderingContext2D} ctx */
  corners(ctx) {
    const theme = /** @type {Theme} */ (this.theme);
    const [low, high] = this.window[1];
    const { left, top, bottom } = this.box;
    ctx.font = `${14 * this.scale}px ${theme.font}`;
    ctx.fillStyle = theme.text;
    ctx.fillText(minus(String(Number(high.toPrecision(3)))), left + 6, top + 17);
    ctx.fillText(minus(String(Number(low.toPrecision(3)))), left + 6, bottom - 6);
  }

  /** The selected run's news in the title's line, else what one can do here; what does not fit is not said. @param {number} step */
  news(step) {
    const { scene, selected } = this.show;
    const run = scene.runs.find((one) => one.slot === selected) || scene.runs[0];
    const { lesson } = this.show;
    const deed = lesson ? (lesson.fixed === "click" ? "click where it ends" : "") : scene.ownStart ? "" : "drag the ring, or click to start there";
    const brief = run && !lesson?.before && latest(run, step)?.brief;
    // Beside a lesson's words no line of a run says whose news that is.
    const whose = run && lesson && scene.runs.length > 1 && lesson.names[run.slot] ? `${lesson.names[run.slot]}: ` : "";
    const words = brief ? `${whose}${brief}` : deed;
    const said = `${this.width} ${words}`;
    if (this.said === said) return;
    this.said = said;
    put(this.hint, words);
    if (this.hint.scrollWidth > this.hint.clientWidth) put(this.hint, "");
  }

  /**
   * Minima and the ring of the start, with their names where there is room.
   * @param {CanvasRenderingContext2D} ctx
   * @param {SceneData} scene
   * @param {[number, number][]} heads
   * @param {number} side
   * @param {Box[]} taken
   * @param {[string, Box][]} words
   */
  landmarks(ctx, scene, heads, side, taken, words) {
    const at = (/** @type {[number, number]} */ place) => this.pixel(...place);
    for (const place of scene.without) this.unpenalised(ctx, ...at(place));
    // Beside a map the minima have its letters, those among them that are not the lowest.
    const letters = this.show.chart ? this.show.letters : [];
    for (const place of [...scene.minima, ...letters.map(([, place]) => place)]) this.minimum(ctx, ...at(place));
    this.ring(ctx);
    if (side < SMALLEST) return;
    const start = this.held || at(this.asked || scene.start);
    const there = (/** @type {[number, number]} */ [x, y]) => heads.some((head) => Math.hypot(head[0] - x, head[1] - y) < THERE);
    /** @type {[string, [number, number], number, boolean][]} */
    const named = [
      ["start", start, 9, (this.step > 0 || Boolean(this.show.lesson?.before)) && !this.held],
      ...letters.map(([letter, place]) => /** @type {[string, [number, number], number, boolean]} */ ([letter, at(place), 7, true])),
      ...scene.minima.map((place) => /** @type {[string, [number, number], number, boolean]} */ (["minimum", at(place), 7, scene.minima.length === 1 && !letters.length && !there(at(place))])),
      ...scene.without.map((place) => /** @type {[string, [number, number], number, boolean]} */ (["without penalty", at(place), 10, scene.without.length === 1])),
    ];
    for (const [, place, radius] of named) taken.push(about(place, radius));
    for (const [name, place, radius, wanted] of named) if (wanted) this.name(ctx, name, place, radius, taken, words);
  }

  /**
   * What a lesson's step shows before its runs: the first way downhill; and the place that was guessed.
   * @param {CanvasRenderingContext2D} ctx
   * @param {{x: number, y: number, dx: number, dy: number} | null} first
   * @param {number} side
   * @param {Box[]} taken
   * @param {[string, Box][]} words
   */
  question(ctx, first, side, taken, words) {
    const { lesson, index } = this.show;
    const theme = /** @type {Theme} */ (this.theme);
    const { guess } = lesson || {};
    if (guess?.scene === index) {
      const at = this.pixel(...guess.place);
      ctx.beginPath();
      ctx.arc(...at, 12, 0, 2 * Math.PI);
      for (const [width, colour] of /** @type {[number, string][]} */ ([[6, theme.page], [2.4, theme.text]])) {
        ctx.lineWidth = width;
        ctx.strokeStyle = colour;
        ctx.stroke();
      }
      taken.push(about(at, 12));
      this.name(ctx, "your guess", at, 13, taken, words);
    }
    if (!first) return;
    const { x, y, dx, dy } = first;
    drawArrow(ctx, x, y, dx, dy, { colour: theme.text, casing: theme.page, hollow: false });
    // Of two pictures either arrow says only where downhill is: as long as one another, they would say that slopes are alike.
    if (side >= SMALLEST) this.name(ctx, this.show.scenes.length > 1 ? "downhill" : "−gradient", [x + dx, y + dy], 7, taken, words);
  }

  /**
   * From where a run is to its marker, if that has made room for others; nothing where the run is nowhere.
   * @param {Run} run
   * @param {number} step
   * @param {[number, number]} to
   * @returns {{from: [number, number], to: [number, number], alpha: number}[]}
   */
  leader({ xy, slot }, step, to) {
    const k = Math.min(step, xy.length / 2 - 1);
    const from = this.pixel(xy[2 * k], xy[2 * k + 1]);
    return Math.hypot(to[0] - from[0], to[1] - from[1]) > LED ? [{ from, to, alpha: this.show.strength(slot) }] : [];
  }

  /** The arrow of the first way downhill, while a lesson asks; it says where to, not how far. @param {SceneData} scene @param {number} side */
  firstWay(scene, side) {
    const { lesson, index } = this.show;
    const way = lesson?.before && lesson.downhill[index];
    if (!way) return null;
    const [[x0, x1], [y0, y1]] = this.window;
    const { left, right, top, bottom } = this.box;
    const [along, down] = [(way[0] * (right - left)) / (x1 - x0), (-way[1] * (bottom - top)) / (y1 - y0)];
    const length = Math.hypot(along, down);
    if (!(length > 0)) return null;
    const [ux, uy] = [along / length, down / length];
    const [x, y] = this.pixel(...scene.start);
    const [from, far] = side < SMALLEST ? [9, 40] : [BESIDE, ARROW];
    return { x: x + from * ux, y: y + from * uy, dx: far * ux, dy: far * uy };
  }

  /**
   * A place's name, where no path and no marker is: on no part of any way, drawn yet or not, so that it rests while time
   * flows; markers come and go.
   * @param {CanvasRenderingContext2D} ctx
   * @param {string} name
   * @param {[number, number]} place
   * @param {number} radius
   * @param {Box[]} taken
   * @param {[string, Box][]} words
   */
  name(ctx, name, place, radius, taken, words) {
    const shown = this.runs.filter(({ run }) => this.show.strength(run.slot));
    const key = `${name} ${place} ${shown.map(({ run }) => run.slot)}`;
    const style = { theme: /** @type {Theme} */ (this.theme), scale: this.scale };
    let free = this.labels.get(key);
    if (!free) {
      free = corners(place, radius, sizeOf(ctx, name, style), this.box, this.ways());
      this.labels.set(key, free);
    }
    const spot = free.find((one) => !taken.some((other) => meet(one, other)));
    if (spot) this.put(ctx, name, spot, taken, words);
  }

  /** All that is ever drawn of the runs. @returns {import("../drawing/labels.js").Line[]} */
  ways() {
    return this.runs.filter(({ run }) => this.show.strength(run.slot)).flatMap(({ run, seen }) => [seen, ...run.beside.map((line) => this.onScreen(line))]);
  }

  /** @param {"start" | "foot"} where @param {{width: number, height: number}} size */
  spots(where, size) {
    if (!this.scene || !this.width || this.bare) return [];
    const at = this.host.getBoundingClientRect(), [x, y] = this.pixel(...this.scene.start), ways = this.ways();
    // Above the start or below it, at its middle or aside, so that a line leads there.
    const places = where === "foot" ? [[this.box.left + FOOT, this.box.bottom - FOOT - size.height]]
      : ABOVE.flatMap((off) => ASIDE.map((share) => [x - share * size.width, off < 0 ? y + off - size.height : y + off]));
    const free = places.map(([left, top]) => ({ left, top, right: left + size.width, bottom: top + size.height })).filter((box) => clear(box, this.box, ways));
    return free.map(({ left, top, right, bottom }) => ({
      left: at.left + left, top: at.top + top, right: at.left + right, bottom: at.top + bottom, x: at.left + x, y: at.top + y + (bottom < y ? -RING : RING),
    }));
  }

  /** @param {CanvasRenderingContext2D} ctx @param {string} name @param {Box} spot @param {Box[]} taken @param {[string, Box][]} words */
  put(ctx, name, spot, taken, words) {
    taken.push(spot);
    words.push([name, spot]);
    write(ctx, name, spot, { theme: /** @type {Theme} */ (this.theme), scale: this.scale });
  }

  /** A line's vertices in pixels. @param {Float32Array} line @param {number} [count] @returns {import("../drawing/labels.js").Line} */
  onScreen(line, count = line.length / 2) {
    const at = Array.from({ length: count }, (_, i) => this.pixel(line[2 * i], line[2 * i + 1]));
    return { x: at.map(([x]) => x), y: at.map(([, y]) => y) };
  }

  /** What is drawn of the runs up to a step. @param {number} step */
  sofar(step) {
    return this.runs.filter(({ run }) => this.show.strength(run.slot))
      .map(({ seen, track }) => ({ x: /** @type {Float64Array} */ (seen.x).subarray(0, track.ends[step]), y: track.y }));
  }

  /**
   * Where runs have left the picture: an arrowhead at its edge, and the loss that each has by now.
   * @param {CanvasRenderingContext2D} ctx
   * @param {Drawn[]} shown in the order of their slots
   * @param {number} step
   * @param {number} side
   * @param {Box[]} taken
   * @param {[string, Box][]} words
   */
  departures(ctx, shown, step, side, taken, words) {
    const theme = /** @type {Theme} */ (this.theme);
    const left = shown.flatMap(({ run, visits }) => {
      const exit = visits.inside[step] ? undefined : visits.exits.findLast((one) => one.step <= step);
      return exit ? [{ run, ...exit }] : [];
    });
    const tips = fanned(left.map(({ at: [x, y], angle }) => ({ x, y, angle })), HEAD / 2, null, this.box);
    const sofar = left.length ? this.sofar(step) : [];
    const middles = left.map(({ run, angle }, i) => {
      const back = (/** @type {number} */ turn, /** @type {number} */ far) => /** @type {[number, number]} */ ([tips[i][0] - far * Math.cos(angle + turn), tips[i][1] - far * Math.sin(angle + turn)]);
      const tip = new Path2D();
      tip.moveTo(...tips[i]);
      for (const turn of [0.5, -0.5]) tip.lineTo(...back(turn, HEAD));
      tip.closePath();
      ctx.globalAlpha = this.show.strength(run.slot);
      ctx.lineJoin = "round";
      ctx.strokeStyle = theme.page;
      ctx.lineWidth = 3;
      ctx.stroke(tip);
      ctx.fillStyle = keyOf(run.slot, theme).colour;
      ctx.fill(tip);
      taken.push(about(back(0, HEAD / 2), HEAD / 2));
      return back(0, HEAD / 2);
    });
    ctx.globalAlpha = 1;
    if (side < SMALLEST) return;
    left.forEach(({ run }, i) => {
      const loss = written(run.loss[step]);
      const spot = placed(middles[i], HEAD / 2 + 1, sizeOf(ctx, loss, { theme, scale: this.scale }), this.box, sofar, taken);
      if (spot) this.put(ctx, loss, spot, taken, words);
    });
  }

  /**
   * The names of the selected run's second lines.
   * @param {CanvasRenderingContext2D} ctx
   * @param {Run} run
   * @param {number} step
   * @param {number} side
   * @param {Box[]} taken
   * @param {[string, Box][]} words
   */
  nameLines(ctx, run, step, side, taken, words) {
    if (!step || side < SMALLEST) return;
    const style = { theme: /** @type {Theme} */ (this.theme), scale: this.scale };
    run.beside.forEach((line, i) => {
      const place = this.pixel(line[2 * step], line[2 * step + 1]);
      if (!Number.isFinite(place[0] + place[1])) return;
      const lines = [...this.sofar(step), ...run.beside.map((other) => this.onScreen(other, step + 1))];
      const spot = placed(place, 7, sizeOf(ctx, run.lines[i], style), this.box, lines, taken);
      if (spot) this.put(ctx, run.lines[i], spot, taken, words);
    });
  }

  destroy() {
    this.watcher.disconnect();
    this.zoom.destroy();
    super.destroy();
  }

  /**
   * What a rule keeps the run in: a circle about 0, or a box.
   * @param {CanvasRenderingContext2D} ctx
   * @param {import("../wire/decode.js").Figure} figure
   * @param {string} colour
   */
  figure(ctx, figure, colour) {
    const half = figure.kind === "circle" ? figure.radius : figure.half;
    const [left, top] = this.pixel(-half, half);
    const [right, bottom] = this.pixel(half, -half);
    const path = new Path2D();
    if (figure.kind === "circle") path.ellipse((left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2, 0, 0, 2 * Math.PI);
    else path.rect(left, top, right - left, bottom - top);
    ctx.save();
    ctx.setLineDash([7, 5]);
    ctx.lineWidth = 2;
    ctx.strokeStyle = colour;
    ctx.stroke(path);
    ctx.restore();
  }

  /**
   * The line beside the path: thin, in the run's colour, its end a small ring.
   * @param {CanvasRenderingContext2D} ctx
   * @param {Float32Array} line
   * @param {number} step
   * @param {string} colour
   * @param {{left: number, top: number, right: number, bottom: number}} room
   */
  second(ctx, line, step, colour, room) {
    const theme = /** @type {Theme} */ (this.theme);
    const path = new Path2D();
    polyline(path, (i) => this.pixel(line[2 * i], line[2 * i + 1]), step + 1, room);
    strokeCased(ctx, path, { colour, width: 1.8, dash: false, casing: theme.page });
    const [x, y] = this.pixel(line[2 * step], line[2 * step + 1]);
    if (!Number.isFinite(x + y)) return;
    ctx.beginPath();
    ctx.arc(x, y, 5, 0, 2 * Math.PI);
    ctx.fillStyle = theme.page;
    ctx.fill();
    ctx.lineWidth = 2.2;
    ctx.strokeStyle = colour;
    ctx.stroke();
  }

  /**
   * Both gradients of a run with rules, as the way downhill they point: the surface's own hollow, the one that was used
   * filled, on one scale.
   * @param {CanvasRenderingContext2D} ctx
   * @param {import("../wire/decode.js").Run} run
   * @param {number} step
   * @param {number} x
   * @param {number} y
   */
  arrows(ctx, run, step, x, y) {
    const { scene, theme, box } = this;
    if (!run.raw || !run.used || !scene || !theme || step >= run.steps) return;
    const [[x0, x1], [y0, y1]] = this.window;
    const perX = (box.right - box.left) / (x1 - x0);
    const perY = (box.bottom - box.top) / (y1 - y0);
    const [raw, used] = [run.raw, run.used].map((g) => [-g[2 * step] * perX, g[2 * step + 1] * perY]);
    const longest = Math.max(Math.hypot(...raw), Math.hypot(...used));
    if (!(longest > 0) || !Number.isFinite(longest)) return;
    const scale = ARROW / longest;
    const { colour } = keyOf(run.slot, theme);
    // They begin beside the marker, so that a short one can be seen as well.
    const from = (/** @type {number[]} */ g) => {
      const length = Math.hypot(...g);
      return length ? [x + (BESIDE * g[0]) / length, y + (BESIDE * g[1]) / length] : [x, y - BESIDE];
    };
    const [rx, ry] = from(raw);
    const [ux, uy] = from(used);
    drawArrow(ctx, rx, ry, raw[0] * scale, raw[1] * scale, { colour: theme.text, casing: theme.page, hollow: true });
    drawArrow(ctx, ux, uy, used[0] * scale, used[1] * scale, { colour, casing: theme.page, hollow: false });
  }

  /** Where the minimum is without the penalties. @param {CanvasRenderingContext2D} ctx @param {number} x @param {number} y */
  unpenalised(ctx, x, y) {
    const theme = /** @type {Theme} */ (this.theme);
    ctx.save();
    ctx.strokeStyle = theme.muted;
    ctx.lineWidth = 1.6;
    ctx.setLineDash([3, 2]);
    ctx.beginPath();
    ctx.moveTo(x - 7, y); ctx.lineTo(x + 7, y); ctx.moveTo(x, y - 7); ctx.lineTo(x, y + 7);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, y, 9, 0, 2 * Math.PI);
    ctx.stroke();
    ctx.restore();
  }

  /** The start, where the viewer holds it or where the runs began. @param {CanvasRenderingContext2D} ctx */
  ring(ctx) {
    const theme = /** @type {Theme} */ (this.theme);
    const [x, y] = (!this.show.lesson && this.held) || this.pixel(...(this.asked || /** @type {SceneData} */ (this.scene).start));
    ctx.beginPath();
    ctx.arc(x, y, 8, 0, 2 * Math.PI);
    ctx.fillStyle = theme.page;
    ctx.fill();
    ctx.lineWidth = 3;
    ctx.strokeStyle = theme.text;
    ctx.stroke();
  }

  /** Where the ring is held: on a curve, or else right there. @param {[number, number]} at @returns {[number, number]} */
  ringAt(at) {
    const place = this.scene?.line && this.place(...at);
    return place ? this.pixel(...place) : at;
  }

  /** @param {(x: number, y: number) => void} onStart @param {(at: [number, number] | null) => void} onDrag */
  listen(onStart, onDrag) {
    const { canvas } = this;
    /** @param {PointerEvent} event @returns {[number, number]} */
    const where = (event) => {
      const frame = canvas.getBoundingClientRect();
      return [event.clientX - frame.left, event.clientY - frame.top];
    };
    canvas.addEventListener("pointerdown", (event) => {
      const at = where(event);
      if (event.button !== 0 || event.shiftKey || this.zoom.busy || !this.place(...at) || this.show.lesson?.fixed === "all") return;
      canvas.setPointerCapture(event.pointerId);
      this.held = this.ringAt(at);
      this.pressed = at;
      this.draw(this.step);
    });
    canvas.addEventListener("pointermove", (event) => {
      const at = where(event);
      canvas.style.cursor = this.place(...at) && this.show.lesson?.fixed !== "all" ? "crosshair" : "default";
      if (this.zoom.busy) this.held = null;
      if (!this.held || !this.pressed) return;
      this.held = this.ringAt(at);
      const place = this.place(...at);
      // A click is a little way long as well.
      if (place && (this.dragged || Math.hypot(at[0] - this.pressed[0], at[1] - this.pressed[1]) > CLICK)) {
        this.dragged = true;
        if (!this.show.lesson) onDrag(place);
      }
      this.draw(this.step);
    });
    canvas.addEventListener("pointerup", (event) => {
      const place = this.held && this.place(...where(event));
      this.held = null;
      // Let go beside the picture, it is where it was.
      if (this.dragged && !place) onDrag(null);
      this.dragged = false;
      if (place) {
        // The ring stays there; the paths follow when the server has run them.
        if (!this.show.lesson) this.asked = place;
        onStart(...place);
      }
      this.draw(this.step);
    });
    canvas.addEventListener("pointercancel", () => {
      this.held = null;
      if (this.dragged) onDrag(null);
      this.dragged = false;
    });
  }
}
