// @ts-check
/**
 * What the browser makes of the server's bytes, for tests/test_player_modules.py: a message or, after the word "dissection", a
 * run taken apart comes in; it goes out as JSON, rows as the base64 of their floats.
 */

import { readFileSync } from "node:fs";
import { decode, dissectionOf } from "../../app/player/static/wire/decode.js";

const bytes = new Uint8Array(readFileSync(0));
globalThis.fetch = async () => new Response(bytes);
const decoded = process.argv[2] === "dissection" ? await dissectionOf("", 1) : decode(bytes);
process.stdout.write(JSON.stringify(decoded, (_, value) =>
  value instanceof Float32Array ? { floats: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") } : value));
