// @ts-check
/** What is imported does nothing by itself: every module, also where there is no page. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";

const STATIC = new URL("../../app/player/static/", import.meta.url);
const MODULES = readdirSync(STATIC, { recursive: true, encoding: "utf-8" }).filter((name) => name.endsWith(".js")).sort();

test("every module can be imported without a page, and leaves nothing behind", async () => {
  const before = Object.getOwnPropertyNames(globalThis);
  assert.ok(MODULES.length > 30, String(MODULES.length));
  for (const name of MODULES) {
    const module = await import(new URL(name, STATIC).href).catch((error) => assert.fail(`${name}: ${error}`));
    assert.ok(Object.keys(module).length > 0 || name === "panels/panel.js", `${name} exports nothing`);
  }
  assert.deepEqual(Object.getOwnPropertyNames(globalThis), before);
});
