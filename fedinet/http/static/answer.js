// An answer is sent without leaving the conversation, and stands in it then. What the page for
// writing has to ask first is asked there.
import { say } from "./said.js";

const form = document.getElementById("reply");
let busy = false;

async function pageOf(answer) {
  if (!answer.ok) throw new Error(`${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (busy) return;
  busy = true;
  try {
    const sent = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const path = new URL(sent.url).pathname;
    if (!sent.ok || path === new URL(form.action).pathname) throw new Error("a question");
    const page = await pageOf(await fetch(location.pathname + location.search));
    document.getElementById("talk").replaceWith(page.getElementById("talk"));
    form.elements.once.value = page.querySelector("#reply [name=once]").value;
    form.elements.text.value = form.elements.text.defaultValue;
    form.elements.text.dispatchEvent(new Event("input", { bubbles: true }));
    const post = document.getElementById(`p${path.split("/").pop()}`)?.closest("article");
    if (!post) return location.assign(path);
    post.tabIndex = -1;
    post.focus();
    say(form.dataset.sent);
  } catch {
    form.submit();
  } finally {
    busy = false;
  }
});
