// While somebody writes: what is left of the length, a look at what it will be, and, while people
// are being named, who will see it. The words are kept in this window until they are published, or
// until its member signs out.
import { byId, make, me, on, pageOf, say, sendBehind } from "./page.js";

const NEAR = 500; // characters left, from where on it is said how many
const PAUSE_MS = 500; // after the last key, until the server is asked who will see it
const NAME = /@[\w.-]+(@[\w.:-]+)?/g;

// The summary of a page that the server has just made, in place of ours. Only what reads differently
// is put in place, so that a screen reader says that and no more.
function showReaders(page) {
  const [now, next] = [document, page].map((each) => each.querySelectorAll("#readers [data-part]"));
  if (now.length !== next.length) return; // an audience came or went: the next look at the page says so
  now.forEach((part, at) => {
    if (!part.isEqualNode(next[at])) part.replaceChildren(...next[at].childNodes);
  });
}

for (const form of document.querySelectorAll("form[data-draft]")) {
  const { text, content_note, title, later_date: day } = form.elements;
  const kept = [text, content_note, title].filter(Boolean);
  const isNew = () => kept.every((field) => field.value === field.defaultValue);
  const key = `draft ${me} ${location.pathname}${location.search}`;
  const names = () => (text.value.match(NAME) ?? []).join(" ").toLowerCase();
  const left = make("p", { className: "hint" });
  const later = form.querySelector("[data-later]");
  text.after(left);

  const count = () => {
    const rest = text.maxLength - text.value.length;
    left.textContent = rest <= NEAR ? form.dataset.left.replace("0", rest) : "";
    if (later) later.textContent = later.dataset[day.value ? "later" : "now"];
  };

  const keep = () => {
    if (isNew()) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify({ words: kept.map((field) => field.value) }));
  };

  const restore = () => {
    const { words } = JSON.parse(sessionStorage.getItem(key) ?? '{"words":[]}');
    if (!isNew() || words.every((each, at) => each === kept[at]?.value)) return;
    kept.forEach((field, at) => { field.value = words[at] ?? ""; });
    const again = { type: "button", className: "btn btn--s btn--quiet", onclick: () => {
      kept.forEach((field) => { field.value = field.defaultValue; });
      keep();
      count();
      note.remove();
      text.focus();
    } };
    const note = make("p", { className: "hint" }, `${form.dataset.restored} `, make("button", again, form.dataset.afresh));
    text.before(note);
    say(form.dataset.restored);
  };

  const preview = async () => {
    const fields = new FormData(form);
    fields.set("do", "preview");
    const { page } = await pageOf(form.action, fields);
    const now = page.getElementById("preview");
    if (!now) throw new Error("another page");
    form.querySelector("[name=draft]")?.remove();
    byId("files")?.prepend(...page.querySelectorAll("#files [name=draft]"));
    byId("preview")?.remove();
    kept.forEach((field) => { // what was wrong with the words before is put right
      byId(`${field.id}-error`)?.remove();
      field.removeAttribute("aria-invalid");
    });
    if (!form.querySelector(".error:not([hidden])")) document.querySelector("main > .notice--bad")?.remove();
    showReaders(page);
    form.closest(".sheet").before(now);
    now.focus();
  };

  let asked = names(), waiting = 0, request = null;
  const askReaders = async () => {
    const wanted = names();
    if (wanted === asked) return;
    request?.abort();
    request = new AbortController();
    const { page } = await pageOf(form.dataset.readers, new FormData(form), request.signal);
    showReaders(page);
    asked = wanted;
  };

  restore();
  count();
  on(form, "input", () => {
    keep();
    count();
    clearTimeout(waiting); // what goes wrong is said before publishing, too
    if (form.dataset.readers) waiting = setTimeout(() => askReaders().catch(() => {}), PAUSE_MS);
  });
  on(form, "submit", (event) => {
    const button = event.submitter?.value, draft = sessionStorage.getItem(key);
    if (button === "preview") sendBehind(event, preview);
    else if (draft && !button) sessionStorage.setItem(key, JSON.stringify({ ...JSON.parse(draft), sent: true }));
  });
}
