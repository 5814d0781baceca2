// Keys for going through posts, for who wants them (Settings, Preferences). None is taken while
// somebody types, chooses in a list, has a dialog open, or holds a modifier.
const PLACES = { h: "/", c: "/community", n: "/notifications", p: "/people", s: "/search" };
const ACTS = { l: "thank", b: "share", s: "save" };
const HELP = "/help/keys";
let going = 0; // until when the second letter of a place is waited for

const posts = () => [...document.querySelectorAll("article.post")];
const current = () => document.activeElement.closest("article.post");

function step(by) {
  const all = posts(), at = all.indexOf(current());
  const post = all[at < 0 ? 0 : at + by];
  if (!post) return false;
  post.tabIndex = -1;
  post.focus();
  return true;
}

function press(selector) {
  const found = current()?.querySelector(selector);
  found?.click();
  return Boolean(found);
}

function go(path) {
  location.assign(path);
  return true;
}

async function help() {
  if (location.pathname === HELP) return;
  const known = document.getElementById("help");
  if (known) return known.showModal();
  const answer = await fetch(HELP).catch(() => null);
  const page = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
  const words = page.getElementById("keys");
  if (!words) return go(HELP);
  const dialog = document.createElement("dialog");
  dialog.id = "help";
  dialog.setAttribute("aria-labelledby", "keys-h");
  dialog.append(words);
  dialog.addEventListener("click", ({ target }) => { if (target === dialog) dialog.close(); });
  document.body.append(dialog);
  dialog.showModal();
}

function search() {
  const field = document.querySelector("main input[name=q]");
  if (!field) return go("/search");
  field.focus();
  return true;
}

function obey(key) {
  if (going > Date.now()) {
    going = 0;
    return key in PLACES && go(PLACES[key]);
  }
  switch (key) {
    case "j": return step(1);
    case "k": return step(-1);
    case "o": return press("a.post-time");
    case "r": return press(".acts a.act");
    case "n": return go("/write");
    case "/": return search();
    case "?": help(); return true;
    case "g": going = Date.now() + 1500; return true;
    default: return key in ACTS && press(`.acts button[value$=${ACTS[key]}]`);
  }
}

document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (target.closest("input, textarea, select, summary, video, audio, [contenteditable]")) return;
  if (document.querySelector("dialog[open]")) return;
  if (obey(event.key.length === 1 ? event.key.toLowerCase() : "")) event.preventDefault();
});
