// While somebody is named after "@": whom that may mean, in a list under the text. Enter takes the
// first, Tab leaves the text as everywhere, and takes only whom the arrows went to (docs/pages.md).
import { byId, on, pageOf, say } from "./page.js";

const text = byId("text");
let start = 0, done = text.value.lastIndexOf("@"), waiting = 0, request = null;
let asking = 0, moved = false;

const people = () => [...byId("names")?.children ?? []];
// Until that is over, nobody is told that a name leads to nobody.
export const naming = () => asking || byId("names");

function point(person) {
  people().forEach((one) => { one.ariaSelected = one === person; });
  text.setAttribute("aria-activedescendant", person.id);
  person.scrollIntoView({ block: "nearest" });
}

function stop() {
  clearTimeout(waiting);
  request?.abort();
  byId("names")?.remove();
  moved = false;
  text.removeAttribute("aria-activedescendant");
}

function choose({ dataset }) {
  text.selectionStart = done = start;
  document.execCommand("insertText", false, `@${dataset.handle} `); // Ctrl+Z takes back only this
}

async function ask(typed) {
  asking++;
  request = new AbortController();
  const { page } = await pageOf(`/write/names?q=${encodeURIComponent(typed)}`, null, request.signal);
  const list = page.getElementById("names");
  if (!list) return;
  list.style = "inset: auto; align-self: end; translate: 0 100%";
  list.onmousedown = () => false;
  list.onclick = ({ target }) => choose(target.closest("button"));
  text.after(list);
  point(list.firstElementChild);
  say(list.dataset.said);
}

text.ariaAutoComplete = "list";
on(text, "input", () => {
  stop();
  const before = text.value.slice(0, text.selectionEnd);
  const typed = /(?<![^\s(])@([^\s@]+([ @][^\s@]+){0,3})$/.exec(before)?.[1];
  start = before.length - typed?.length - 1;
  if (text.value[done] !== "@") done = -1;
  if (typed && start !== done) waiting = setTimeout(() => ask(typed).catch(() => {}).finally(() => { asking--; }), 150);
});
on(text, "keydown", (event) => {
  const { key } = event, all = people(), now = all.findIndex((one) => one.ariaSelected === "true");
  if (now < 0 || event.isComposing || event.shiftKey || event.ctrlKey) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (step) {
    moved = true;
    point(all.at((now + step) % all.length));
  } else if (key === "Enter" || (key === "Tab" && moved)) choose(all[now]);
  else {
    if (key === "Escape") done = start;
    return /Esc|Arrow|Home|End|Page/.test(key) && stop();
  }
  if (key !== "Tab") event.preventDefault();
});
on(text, "blur click", stop);
