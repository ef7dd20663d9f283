// @ts-check
/** All panels there are: a new one is its file and its line here. */

import { Contour } from "./contour.js";
import { Curves } from "./curves.js";
import { Data } from "./data.js";
import { Dissect } from "./dissect.js";
import { Runs } from "./runs.js";
import { Step } from "./step.js";
import { Surface } from "./surface.js";

/** Those that each scene has of its own, by the name under which they are picked. */
export const PICTURES = { contour: Contour, surface: Surface, data: Data };
/** Those that all scenes share. */
export const SHARED = { runs: Runs, step: Step, curves: Curves, dissect: Dissect };
/** What the pictures are called where one of them is chosen. */
export const NAMES = { contour: "Contour", surface: "3-D", data: "Data" };

/** Those of a map, which its page alone fetches. */
export async function ofMaps() {
  const [{ MapPanel }, { There }] = await Promise.all([import("./map.js"), import("./there.js")]);
  return { map: MapPanel, there: There };
}
