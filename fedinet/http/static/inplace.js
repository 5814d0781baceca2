// Buttons under posts are pressed without leaving the page: the form is sent, and its buttons
// say what holds now. Whatever goes wrong, the form is sent as it is without this file.
import { said, say } from "./said.js";

const busy = new WeakSet();

async function press(form, button) {
  const fields = new URLSearchParams(new FormData(form));
  fields.set(button.name, button.value);
  fields.set("next", `${new URL(form.action).pathname}?part=1`);
  const answer = await fetch(form.action, { method: "POST", body: fields });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = [...page.querySelectorAll("form[data-inplace] button")];
  const here = [...form.querySelectorAll("button")];
  if (!now.length || now.length !== here.length) throw new Error("another page");
  const words = button.dataset.said;
  here.forEach((old, at) => renew(old, now[at]));
  say(words ?? (button.getAttribute("aria-pressed") === "true" ? button.innerText : said.dataset.undone));
  const menu = button.closest("details[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
}

function renew(old, now) {
  for (const { name, value } of now.attributes) old.setAttribute(name, value);
  old.replaceChildren(...now.childNodes);
}

document.addEventListener("submit", async (event) => {
  const form = event.target, button = event.submitter;
  if (!("inplace" in form.dataset) || !button?.name || button.hasAttribute("formaction")) return;
  event.preventDefault();
  if (busy.has(form)) return;
  busy.add(form);
  form.setAttribute("aria-busy", "true");
  try {
    await press(form, button);
  } catch {
    delete form.dataset.inplace;
    form.requestSubmit(button);
  } finally {
    busy.delete(form);
    form.removeAttribute("aria-busy");
  }
});
