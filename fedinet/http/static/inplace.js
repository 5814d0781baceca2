// Buttons under posts, and the answer to a conversation, are sent without leaving the page: the
// buttons say what holds now, the answer stands in its place. What the page for writing has to ask
// first is asked there; whatever goes wrong, the form is sent whole.
import { byId, on, pageOf, said, say, sendBehind, shut } from "./page.js";

async function press(form, button) {
  const fields = new FormData(form);
  fields.set(button.name, button.value);
  fields.set("next", `${new URL(form.action).pathname}?part=1`);
  const { page } = await pageOf(form.action, fields);
  const now = [...page.querySelectorAll("form[data-inplace] button")];
  const here = [...form.querySelectorAll("button")];
  if (!now.length || now.length !== here.length) throw new Error("another page");
  const words = button.dataset.said;
  here.forEach((old, at) => {
    for (const { name, value } of now[at].attributes) old.setAttribute(name, value);
    old.replaceChildren(...now[at].childNodes);
  });
  say(words ?? (button.getAttribute("aria-pressed") === "true" ? button.innerText : said.dataset.undone));
  const menu = button.closest("details[open]");
  if (menu) shut(menu);
}

async function answer(form) {
  const { path } = await pageOf(form.action, new FormData(form));
  if (path === new URL(form.action).pathname) throw new Error("a question");
  const { page } = await pageOf(location.pathname + location.search);
  byId("talk").replaceWith(page.getElementById("talk"));
  byId("unanswered")?.remove();
  const { once, text } = form.elements;
  once.value = page.querySelector("#reply [name=once]").value;
  text.value = text.defaultValue;
  text.dispatchEvent(new Event("input", { bubbles: true }));
  const post = byId(`p${path.split("/").pop()}`)?.closest("article");
  if (!post) return location.assign(path);
  post.tabIndex = -1;
  post.focus();
  say(form.dataset.sent);
}

on(document, "submit", (event) => {
  const { target: form, submitter: button } = event;
  if (event.defaultPrevented) return; // compose.js had reason to
  if (form.matches("#reply[data-sent]")) sendBehind(event, answer);
  else if ("inplace" in form.dataset && button?.name && !button.hasAttribute("formaction")) sendBehind(event, press);
});
