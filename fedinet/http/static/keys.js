// Keys for going through posts, for who wants them (Settings, Preferences). None is taken while
// somebody types, chooses in a list, has a dialog open, or holds a modifier.
import { make, on, open, pageOf } from "./page.js";

const PLACES = { n: "/write", gh: "/", gc: "/community", gn: "/notifications", gp: "/people", gs: "/search" };
const HELP = "/help/keys";
let going = 0; // until when the second letter of a place is waited for

const current = () => document.activeElement.closest("article.post");
const press = (selector) => current()?.querySelector(selector)?.click();
const go = (path) => location.assign(path);

function step(by) {
  const all = [...document.querySelectorAll("article.post")], at = all.indexOf(current());
  const post = all[at < 0 ? 0 : at + by];
  if (!post) return;
  post.tabIndex = -1;
  post.focus();
}

async function help() {
  if (location.pathname === HELP) return;
  const { page } = await pageOf(HELP).catch(() => ({}));
  const words = page?.getElementById("keys");
  if (!words) return go(HELP);
  const dialog = make("dialog", {}, words);
  dialog.setAttribute("aria-labelledby", "keys-h");
  open(dialog);
}

function search() {
  const field = document.querySelector("main input[name=q]");
  if (field) field.focus();
  else go("/search");
}

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  o: () => press("a.post-time"),
  r: () => press(".acts a.act"),
  l: () => press(".acts button[value$=thank]"),
  b: () => press(".acts button[value$=share]"),
  s: () => press(".acts button[value$=save]"),
  "/": search,
  "?": help,
  g: () => { going = Date.now() + 1500; },
};

on(document, "keydown", (event) => {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (target.closest("input, textarea, select, summary, video, audio, [contenteditable]")) return;
  if (document.querySelector("dialog[open]")) return;
  const key = (going > Date.now() ? "g" : "") + event.key.toLowerCase();
  going = 0;
  if (key in PLACES) go(PLACES[key]);
  else if (key in KEYS) KEYS[key]();
  else return;
  event.preventDefault();
});
