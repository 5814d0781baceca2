// While somebody writes: what is left of the length, how it will look, who will see it. The words
// are kept in this window until they are published, or their member signs out.
import { naming } from "./names.js";
import { byId, make, me, on, pageOf, say, sendBehind } from "./page.js";

const NEAR = 500; // so few characters left are told
const PAUSE_MS = 500; // after the last key, until the server is asked
const NAME = /@[\w.-]+(@[\w.:-]+)?/g;

// What reads differently in the summary of a page just made is put in place of ours, and no more,
// so that a screen reader says that.
function showReaders(page) {
  const [now, next] = [document, page].map((each) => each.querySelectorAll("#readers [data-part]"));
  if (now.length !== next.length) return; // an audience came or went: the next look at the page says so
  now.forEach((part, at) => {
    if (!part.isEqualNode(next[at])) part.replaceChildren(...next[at].childNodes);
  });
}

for (const form of document.querySelectorAll("form[data-draft]")) {
  const { text, later_date: day } = form.elements;
  const { draft: place, own, restored } = form.dataset, key = `draft ${me} ${place}`;
  const words = () => JSON.stringify([...new FormData(form)].filter(([name]) => !/hidden|file/.test(form.elements[name].type)));
  const first = words();
  const names = () => (text.value.match(NAME) ?? []).join(" ").toLowerCase();
  const left = make("p", { className: "hint" });
  const away = make("p", { className: "error", role: "alert" }, form.dataset.offline);
  const verbs = form.querySelectorAll("[data-later]");
  text.after(left);

  const count = () => {
    const rest = text.maxLength - text.value.length;
    left.textContent = rest <= NEAR ? form.dataset.left.replace("0", rest) : "";
    for (const verb of verbs) verb.textContent = verb.dataset[day.value ? "later" : "now"];
  };

  const keep = (sent) => {
    if (words() === first && !sent) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify({ words: words(), own, sent }));
  };

  const restore = () => {
    const kept = JSON.parse(sessionStorage.getItem(key));
    if (!kept || kept.words === first) return;
    const fields = JSON.parse(kept.words).map(([name, value]) => [form.elements[name], value]);
    if (own !== kept.own && fields.some(([field]) => !field)) return location.replace(kept.own);
    for (const [field, value] of fields) {
      if (field?.type === "checkbox") field.checked = true;
      if (!field || field.value === value) continue;
      field.value = value;
      for (let at = field; at; at = at.parentElement) if (at.open === false) at.open = true;
    }
    const afresh = { className: "btn btn--s btn--quiet", href: place, onclick: () => sessionStorage.removeItem(key) };
    text.before(make("p", { className: "hint" }, `${restored} `, make("a", afresh, form.dataset.afresh)));
    say(restored);
  };

  const preview = async () => {
    const fields = new FormData(form);
    fields.set("do", "preview");
    const { page } = await pageOf(form.action, fields);
    const now = page.getElementById("preview");
    if (!now) throw new Error("another page");
    byId("preview")?.remove();
    for (const field of form.querySelectorAll("[aria-invalid]")) {
      byId(`${field.id}-error`)?.remove();
      field.removeAttribute("aria-invalid");
    }
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

  const soon = () => {
    clearTimeout(waiting); // what goes wrong is said before publishing, too
    waiting = setTimeout(() => (naming() ? soon() : askReaders().catch(() => {})), PAUSE_MS);
  };

  restore();
  count();
  on(form, "input", () => {
    keep();
    count();
    if (form.dataset.readers) soon();
  });
  on(window, "online", () => away.remove());
  on(form, "submit", (event) => {
    const button = event.submitter?.value;
    if (!navigator.onLine) {
      event.preventDefault();
      (event.submitter ?? text).parentElement.after(away);
    } else if (button === "preview") sendBehind(event, preview);
    else if (/^(afresh$|put )/.test(button)) sessionStorage.removeItem(key);
    else if (!button) keep(true);
  });
}
