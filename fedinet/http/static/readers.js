// While people are being named in a text: who will see it, asked of the server again.
// Only what reads differently is put in place, so that a screen reader says that and no more.
const form = document.querySelector("form[data-readers]");
const PAUSE_MS = 500; // after the last key
const NAME = /@[\w.-]+(@[\w.:-]+)?/g;
let asked = form && names();
let waiting = 0, request = null;

function names() {
  return (form.elements.text.value.match(NAME) ?? []).join(" ").toLowerCase();
}

// The summary of a page that the server has just made, in place of ours.
export function show(page) {
  const now = document.getElementById("readers")?.querySelectorAll("[data-part]") ?? [];
  const next = page.getElementById("readers")?.querySelectorAll("[data-part]") ?? [];
  if (now.length !== next.length) return; // an audience came or went: the next look at the page says so
  now.forEach((part, at) => {
    if (!part.isEqualNode(next[at])) part.replaceChildren(...next[at].childNodes);
  });
}

async function ask() {
  const wanted = names();
  if (wanted === asked) return;
  request?.abort();
  request = new AbortController();
  const body = new FormData();
  for (const name of ["csrf", "text", "parent"])
    if (form.elements[name]) body.set(name, form.elements[name].value);
  try {
    const answer = await fetch(form.dataset.readers, { method: "POST", body, signal: request.signal, redirect: "error" });
    if (!answer.ok) return;
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    asked = wanted;
  } catch {
    // it is said before publishing, too
  }
}

form?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(ask, PAUSE_MS);
});
