// @ts-check
/** The page of all lessons: a card each, the challenges and the glossary. What is chosen is a link, which leads there at once. */

import { ICONS } from "../drawing/icons.js";
import { dress, themeOf } from "../drawing/theme.js";
import { element } from "../page/dom.js";
import { followed } from "../page/hints.js";
import { watchKeys } from "../page/sidebar.js";
import { loadStyles } from "../wire/styles.js";
import { escaped } from "./lesson.js";
import { progress, stateOf } from "./progress.js";

/**
 * @typedef {{slug: string, title: string, question: string, of: number, picture: {light: string, dark: string} | null}} Card
 * @typedef {object} Shelved
 * @property {{name: string, cards: Card[]}[]} groups
 * @property {{slug: string, title: string, text: string}[]} challenges   their text is safe HTML
 * @property {import("./words.js").Word[]} words
 * @property {string[]} complaints   of a teacher's own files
 */

/** @param {Shelved} shelved @param {boolean} dark */
export function written({ groups, challenges, words, complaints }, dark) {
  const kept = progress();
  const anyone = Object.keys(kept).length > 0;
  let first = !anyone;
  const card = (/** @type {Card} */ one) => {
    const state = first ? "Start here" : stateOf(kept[one.slug], one.of);
    first = false;
    const going = state.startsWith("Go on");
    const at = going ? `&at=${kept[one.slug].at}` : "";
    const image = one.picture ? `<img alt="" src="${escaped(dark ? one.picture.dark : one.picture.light)}" width="92" height="92" loading="lazy">` : "";
    return `<li><a class="rv-card" data-going="${going}" href="?lesson=${one.slug}${at}" data-slug="${one.slug}"><span class="rv-card-picture">${image}</span><span class="rv-card-words"><b>${escaped(one.title)}</b><span>${escaped(one.question)}</span><em data-state="${going ? "going" : state === "done" ? "done" : "new"}">${state === "done" ? ICONS.check : ""}${state}</em></span></a></li>`;
  };
  const group = (/** @type {{name: string, cards: Card[]}} */ { name, cards }) => `<section><h2>${escaped(name)}</h2><ul>${cards.map(card).join("")}</ul></section>`;
  const task = (/** @type {{slug: string, title: string, text: string}} */ one) => `<li><a class="rv-card rv-task" href="?challenge=${one.slug}" data-challenge="${one.slug}"><span class="rv-card-words"><b>${escaped(one.title)}</b><span>${one.text}</span></span></a></li>`;
  const word = (/** @type {import("./words.js").Word} */ one) => `<div id="word-${one.slug}"><dt>${escaped(one.name)}${one.also ? ` <span>${escaped(one.also)}</span>` : ""}</dt><dd>${one.meaning}${one.lesson ? ` <a href="?lesson=${one.lesson}" data-slug="${one.lesson}">${escaped(one.title)}</a>` : ""}</dd></div>`;
  const wrong = complaints.length ? `<section class="rv-wrong"><h2>Files that could not be read</h2><ul>${complaints.map((line) => `<li>${escaped(line)}</li>`).join("")}</ul></section>` : "";
  return `
    <header class="rv-shelf-head"><h1>Lessons</h1><p>Guess first, then press play. Every number in the text is measured in the run before you.</p>
      <nav aria-label="More"><a href="./plan">A 45-minute class</a><a href="#worksheets">Worksheets</a><a href="#challenges">Challenges</a><a href="./gallery">Gallery</a><a href="#glossary">Glossary</a></nav></header>
    <div class="rv-groups">${groups.map(group).join("")}</div>
    ${wrong}
    <section id="challenges" class="rv-challenges" tabindex="-1"><h2>Challenges</h2><p>Bring it about in an experiment of your own. Ravine looks whether it worked, and has hints.</p><ul>${challenges.map(task).join("")}</ul></section>
    <section id="worksheets" class="rv-worksheets" tabindex="-1"><h2>Worksheets</h2><p>To print: a sheet of questions for each lesson, with a code that leads to it, and a sheet of answers.</p><ul>${groups.flatMap(({ cards }) => cards.map((one) => `<li><a href="./worksheet?lesson=${one.slug}">${escaped(one.title)}</a></li>`)).join("")}</ul></section>
    <section id="glossary" class="rv-glossary" tabindex="-1"><h2>Glossary</h2><dl>${words.map(word).join("")}</dl></section>`;
}

/** @type {WeakMap<HTMLElement, {stop: () => void}>} */
const keys = new WeakMap();

/**
 * Streamlit calls this at each change of data or theme.
 * @param {{parentElement: HTMLElement, data: Shelved, setTriggerValue: (name: string, value: object) => void}} component
 */
export default function mount({ parentElement, data, setTriggerValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".ravine-shelf"));
  const ask = (/** @type {object} */ what) => setTriggerValue("ask", what);
  loadStyles("The lessons could not be loaded").then(() => {
    const theme = themeOf(root);
    dress(root, theme);
    document.documentElement.dataset.ravine = "shelf";
    root.innerHTML = written(data, theme.dark);
    followed("lessons");
    root.dataset.ready = "true";
    if (!keys.has(root)) keys.set(root, watchKeys(() => themeOf(root)));
  }).catch((error) => root.replaceChildren(element("p", "", `${error.message} Reload the page to try again.`)));
  root.onclick = (event) => chosen(event, root, ask);
  return () => {
    if (root.isConnected) return;
    keys.get(root)?.stop();
    keys.delete(root);
  };
}

/** A link leads within the page, as long as no other window is wanted. @param {MouseEvent} event @param {HTMLElement} root @param {(what: object) => void} ask */
function chosen(event, root, ask) {
  const link = event.target instanceof Element && event.target.closest("a");
  if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const { slug, challenge } = link.dataset;
  const part = link.getAttribute("href");
  if (part?.startsWith("#")) {
    const there = /** @type {HTMLElement} */ (root.querySelector(part));
    there.scrollIntoView({ block: "start" });
    there.focus({ preventScroll: true });
  } else if (challenge) ask({ what: "challenge", challenge });
  else if (slug) {
    const at = new URLSearchParams(part?.slice(1)).get("at");
    ask({ what: "lesson", lesson: slug, ...(at ? { at } : {}) });
  } else return;
  event.preventDefault();
}
