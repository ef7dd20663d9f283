// @ts-check
/** The room that each picture has, on every window. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { LEAST, roomOf } from "../../app/player/static/page/room.js";

/** Where a page puts the player: a header of 48, ten above it, sixteen at either side, and from 1250 on the settings beside it. */
const place = (/** @type {number} */ width, /** @type {number} */ height, /** @type {any} */ more = {}) => {
  const page = more.page || "playground";
  const beside = page === "playground" && width >= 1250 ? (width >= 1500 ? 260 : 232) : 0;
  return { width, height, main: width - beside - 32, top: 58, page, runs: 4, steady: true, full: false, ...more };
};
const SIZES = [[1366, 600], [1366, 650], [1280, 720], [1366, 768], [1536, 730], [1600, 900], [1920, 1080], [1024, 768]];
/** @type {Record<string, number[]>} the sides of a contour that are meant for these */
const SIDES = {
  playground: [396, 446, 406, 492, 526, 636, 809, 452],
  compare: [354, 386, 343, 386, 450, 472, 584, 430],
  dissect: [360, 410, 480, 528, 490, 660, 720],
};

/** Pixels are whole. @param {number} found @param {number} meant @param {string} where */
const near = (found, meant, where) => assert.ok(Math.abs(found - meant) <= 1, `${where}: ${found}, not ${meant}`);

test("every page has the side that is meant for it", () => {
  for (const [page, sides] of Object.entries(SIDES)) sides.forEach((side, i) => {
    const [width, height] = SIZES[i];
    near(roomOf(place(width, height, { page })).side, side, `${page} ${width}x${height}`);
  });
  [422, 472, 542, 590, 552, 722, 902, 520].forEach((side, i) => {
    const [width, height] = SIZES[i];
    const full = { full: true, top: 14, main: width - 32 };
    near(roomOf(place(width, height, full)).side, side, `presenting ${width}x${height}`);
  });
});

test("no window is too small or too large, and the picture only grows with it", () => {
  for (const page of /** @type {const} */ (["playground", "compare", "dissect"])) for (const full of [false, true]) for (const runs of [1, 4, 5, 8]) {
    for (let width = 320; width <= 2600; width += 60) {
      let before = 0;
      for (let height = 320; height <= 1500; height += 20) {
        const room = roomOf(place(width, height, { page, full, runs, top: full ? 14 : 58 }));
        for (const size of [room.side, room.tall, room.middle, room.row]) assert.ok(Number.isFinite(size) && size >= 0, JSON.stringify([page, width, height, room]));
        const wide = width >= (page === "playground" ? 900 : 1200) && height >= 600 && room.layout === "wide";
        if (wide) assert.ok(room.side >= LEAST[page], `${page} ${width}x${height}: ${room.side}`);
        if (height > 500) assert.ok(room.side >= before, `${page} ${width}x${height}: ${room.side} after ${before}`);
        before = height >= 500 ? room.side : 0;
      }
    }
  }
});

test("presenting never makes a picture smaller", () => {
  for (const page of /** @type {const} */ (["playground", "compare", "dissect"])) for (const [width, height] of SIZES) {
    const room = roomOf(place(width, height, { page }));
    const full = roomOf(place(width, height, { page, full: true, top: 14, main: width - 32 }));
    assert.ok(full.side >= room.side, `${page} ${width}x${height}: ${full.side} < ${room.side}`);
  }
});

test("what is beside the picture gives way in its order: the rate's curve, this step, the gradient norm", () => {
  const many = roomOf(place(1366, 650, { runs: 8 }));
  assert.deepEqual([many.rate, many.folded, many.norm], [false, true, true]);
  assert.equal(roomOf(place(1366, 650, { runs: 8, steady: false })).rate, true);
  const few = roomOf(place(1366, 650));
  assert.deepEqual([few.rate, few.folded, few.norm], [true, false, true]);
});

test("beside a lesson's words nothing is wider or higher than the window leaves", () => {
  for (const page of /** @type {const} */ (["playground", "compare"])) for (const full of [false, true]) for (let width = 900; width <= 2600; width += 85) {
    for (let height = 560; height <= 1500; height += 47) {
      const room = roomOf(place(width, height, { page, full, lesson: true, main: width - 32, top: full ? 14 : 58 }));
      const where = `${page} ${width}x${height} ${full}: ${JSON.stringify(room)}`;
      const left = width - 32 - (full ? Math.min(520, 0.4 * width) : 404) - 12;
      if (room.layout === "phone") continue;
      const [cards, above] = page === "compare" ? [2 * (room.side + 60) + 12, room.side + 98] : [room.side + 58, room.side + 76];
      assert.ok(cards <= left && above <= room.tall && room.side > 100, where);
    }
  }
  const laptop = roomOf(place(1366, 650, { lesson: true, main: 1334 }));
  assert.deepEqual([laptop.side, laptop.narrow, laptop.layout], [446, false, "wide"]);
  assert.equal(roomOf(place(390, 844, { lesson: true, main: 358 })).layout, "phone");
});
