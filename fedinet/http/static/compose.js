// While somebody writes: what is left of the length, and a look at what it will be. The words are
// kept in this window until they are published, or until its member signs out.
import { show as showReaders } from "./readers.js";
import { me, say } from "./said.js";
import { sendWhole } from "./whole.js";

const NEAR = 500; // characters left, from where on it is said how many

for (const form of document.querySelectorAll("form[data-draft]")) {
  const text = form.elements.text;
  const kept = [text, form.elements.content_note, form.elements.namedItem("title")].filter(Boolean);
  const key = `draft ${me} ${location.pathname}${location.search}`;

  const left = document.createElement("p");
  left.className = "hint";
  text.after(left);
  const count = () => {
    const rest = text.maxLength - text.value.length;
    left.textContent = rest <= NEAR ? form.dataset.left.replace("0", rest) : "";
  };

  const keep = () => {
    const words = kept.map((field) => field.value);
    if (kept.some((field) => field.value !== field.defaultValue))
      sessionStorage.setItem(key, JSON.stringify({ words }));
    else sessionStorage.removeItem(key);
  };

  const restore = () => {
    const { words } = JSON.parse(sessionStorage.getItem(key) ?? '{"words":[]}');
    if (!words.length || kept.some((field) => field.value !== field.defaultValue)) return;
    if (words.every((each, at) => each === kept[at]?.value)) return;
    kept.forEach((field, at) => { field.value = words[at] ?? ""; });
    const note = document.createElement("p"), afresh = document.createElement("button");
    note.className = "hint";
    afresh.type = "button";
    afresh.className = "btn btn--s btn--quiet";
    afresh.textContent = form.dataset.afresh;
    afresh.addEventListener("click", () => {
      kept.forEach((field) => { field.value = field.defaultValue; });
      keep();
      count();
      note.remove();
      text.focus();
    });
    note.append(`${form.dataset.restored} `, afresh);
    text.before(note);
    say(form.dataset.restored);
  };

  const button = form.querySelector("[data-later]"), day = form.elements.later_date;
  const name = () => { if (button) button.textContent = button.dataset[day.value ? "later" : "now"]; };

  restore();
  count();
  name();
  form.addEventListener("input", () => { keep(); count(); name(); });
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (button?.value !== "preview") {
      const draft = sessionStorage.getItem(key);
      if (draft && !button?.value) sessionStorage.setItem(key, JSON.stringify({ ...JSON.parse(draft), sent: true }));
      return;
    }
    event.preventDefault();
    try {
      const fields = new FormData(form);
      fields.delete("file");
      fields.set("do", "preview");
      const answer = await fetch(form.action, { method: "POST", body: fields });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.getElementById("preview");
      if (!answer.ok || !now) throw new Error(`${answer.status}`);
      form.querySelector("[name=draft]")?.remove();
      const draft = page.querySelector("#files [name=draft]");
      if (draft) document.getElementById("files").prepend(draft);
      document.getElementById("preview")?.remove();
      kept.forEach((field) => { // what was wrong with the words before is put right
        document.getElementById(`${field.id}-error`)?.remove();
        field.removeAttribute("aria-invalid");
      });
      if (!form.querySelector(".error:not([hidden])")) document.querySelector("main > .notice--bad")?.remove();
      showReaders(page);
      form.closest(".sheet").before(now);
      now.focus();
    } catch {
      sendWhole(form, "preview");
    }
  });
}
