// Pictures, films and sounds: chosen, dropped or pasted, they are uploaded at once, and the
// fields that describe them come with the answer.
import { byId, make, on, say, sendWhole } from "./page.js";

const part = () => byId("files");
const form = part().closest("form");
let queue = Promise.resolve(), underway = 0, waiting = false;

// Sends the form as its own button would; what has gone is shown on the bar.
function send(fields, bar) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.responseType = "document";
    request.upload.onprogress = ({ loaded, total }) => { bar.value = loaded / total; };
    request.onerror = fail;
    request.onload = () => (request.response?.getElementById("files") ? done(request) : fail());
    request.send(fields);
  });
}

// beside: what was refused before stays, since the file was chosen together with it.
async function renew(button, file, beside) {
  const fields = new FormData(form);
  fields.delete("file");
  fields.set("do", button);
  if (beside) fields.set("beside", "1");
  const bar = make("progress", { max: 1, ariaLabel: file?.name });
  if (file) {
    fields.set("file", file);
    part().append(bar);
  }
  const { response: page } = await send(fields, bar).finally(() => bar.remove());
  const old = part(), now = document.adoptNode(page.getElementById("files"));
  for (const field of old.querySelectorAll("textarea[name]")) {
    const same = now.querySelector(`[name="${field.name}"]`);
    if (same) same.value = field.value; // typed while it was under way
  }
  old.replaceWith(now);
  form.dispatchEvent(new Event("input"));
  ready();
  const trouble = [...now.querySelectorAll(".error:not([hidden])")].pop();
  if (!trouble) document.querySelector("main > .notice--bad li:only-child [href='#files']")?.closest(".notice").remove();
  const about = [...now.querySelectorAll(".chosen textarea")].pop();
  const news = about && !old.querySelector(`[name="${about.name}"]`) ? about.labels[0] : trouble;
  (news?.nextElementSibling.querySelector("button") ?? about ?? now.querySelector("input, button"))?.focus();
  say(news?.innerText ?? "");
}

// A file that did not come through stays with the form by its name, as one that is refused does.
function missed({ name }) {
  part().append(make("input", { type: "hidden", name: `refused[${Date.now()}]`, value: name }));
  return renew("show");
}

function failed() {
  const told = part().querySelector("[data-failed]");
  told.hidden = false;
  say(told.innerText);
}

function take(files) {
  for (const [at, file] of [...files].entries()) {
    underway += 1;
    queue = queue.then(() => renew("show", file, at)).catch(() => missed(file)).catch(failed)
      .finally(() => { underway -= 1; });
  }
}

// What only a form without scripts needs is put away.
function ready() {
  for (const each of part().querySelectorAll("[data-fallback], [data-drop]")) each.hidden = "fallback" in each.dataset;
  part().querySelector("#file")?.setAttribute("multiple", "");
}

on(form, "change", ({ target }) => {
  if (target.id !== "file") return;
  take(target.files);
  target.value = "";
});
on(form, "dragover", (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  part().classList.add("dropping");
});
on(form, "dragleave", () => part().classList.remove("dropping"));
on(form, "drop paste", (event) => {
  part().classList.remove("dropping");
  const { files } = event.dataTransfer ?? event.clipboardData;
  if (!files.length) return;
  event.preventDefault();
  take(files);
});
// A press on a picture names the point that stays in sight where it is cropped.
on(form, "click", ({ target, offsetX, offsetY }) => {
  const points = target.closest(".chosen > img")?.parentElement.querySelector("select[name^=focus]");
  if (!points) return;
  const at = (offset, size) => ((offset / size) * 2 - 1).toFixed(2);
  const value = `${at(offsetX, target.clientWidth)},${-at(offsetY, target.clientHeight)}`;
  const { point } = points.dataset;
  [...points.options].find(({ text }) => text === point)?.remove();
  points.append(new Option(point, value, true, true));
  say(point);
});
// Whoever publishes meanwhile publishes with what is under way, or not at all.
on(form, "submit", async (event) => {
  const { submitter } = event, asked = submitter?.value ?? "";
  const isAboutFiles = /^(remove-|leave-|show$)/.test(asked);
  if (!isAboutFiles && !underway) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (isAboutFiles) queue = queue.then(() => renew(asked)).catch(() => sendWhole(form, submitter));
  else if (!waiting) {
    waiting = true;
    while (underway) await queue;
    waiting = false;
    const trouble = part().querySelector(".error:not([hidden])");
    if (trouble) trouble.scrollIntoView({ block: "center" });
    else form.requestSubmit(submitter);
  }
}, { capture: true });
ready();
