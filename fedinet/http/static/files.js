// Pictures, films and sounds: chosen, dropped or pasted, they are uploaded at once, and the
// fields that describe them come with the answer. Without this file the form uploads them.
import { say } from "./said.js";
import { sendWhole } from "./whole.js";

const part = () => document.getElementById("files");
const form = part().closest("form");
let queue = Promise.resolve(), underway = 0, waiting = false;

// Sends the form as its own button would, and returns the page that answers.
function send(fields, told) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.responseType = "document";
    request.upload.onprogress = ({ loaded, total }) => told?.(loaded / total);
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
  const bar = document.createElement("progress");
  if (file) {
    fields.set("file", file);
    bar.max = 1;
    bar.setAttribute("aria-label", file.name);
    part().append(bar);
  }
  const { response: page, status } = await send(fields, (share) => { bar.value = share; }).finally(() => bar.remove());
  const old = part(), now = document.adoptNode(page.getElementById("files"));
  for (const field of old.querySelectorAll("textarea[name]")) {
    const same = now.querySelector(`[name="${field.name}"]`);
    if (same) same.value = field.value; // typed while it was under way
  }
  old.replaceWith(now);
  ready();
  const trouble = [...now.querySelectorAll(".error:not([hidden])")].pop();
  if (!trouble) document.querySelector("main > .notice--bad li:only-child [href='#files']")?.closest(".notice").remove();
  const about = [...now.querySelectorAll(".chosen textarea")].pop();
  const news = status === 422 || !file ? trouble : about?.labels[0];
  (news?.nextElementSibling.querySelector("button") ?? about ?? now.querySelector("input, button"))?.focus();
  say(news?.innerText ?? "");
}

// A file that did not come through stays with the form by its name, as one that is refused does.
function missed({ name }) {
  const said = document.createElement("input");
  part().append(Object.assign(said, { type: "hidden", name: `refused[${Date.now()}]`, value: name }));
  return renew("show");
}

function failed() {
  const told = part().querySelector("[data-failed]");
  told.hidden = false;
  say(told.innerText);
}

function take(files) {
  files.forEach((file, at) => {
    underway += 1;
    queue = queue.then(() => renew("show", file, at)).catch(() => missed(file)).catch(failed)
      .finally(() => { underway -= 1; });
  });
}

// What only a form without scripts needs is put away.
function ready() {
  for (const each of part().querySelectorAll("[data-fallback]")) each.hidden = true;
  for (const each of part().querySelectorAll("[data-drop]")) each.hidden = false;
  const field = document.getElementById("file");
  if (field) field.multiple = true;
}

const carries = (event) => event.dataTransfer?.types.includes("Files");
form.addEventListener("change", ({ target }) => {
  if (target.id !== "file") return;
  take([...target.files]);
  target.value = "";
});
form.addEventListener("dragover", (event) => {
  if (!carries(event)) return;
  event.preventDefault();
  part().classList.add("dropping");
});
form.addEventListener("dragleave", () => part().classList.remove("dropping"));
form.addEventListener("drop", (event) => {
  part().classList.remove("dropping");
  if (!carries(event)) return;
  event.preventDefault();
  take([...event.dataTransfer.files]);
});
form.addEventListener("paste", (event) => {
  if (!event.clipboardData.files.length) return;
  event.preventDefault();
  take([...event.clipboardData.files]);
});
// A press on a picture names the point that stays in sight where it is cropped.
form.addEventListener("click", ({ target, offsetX, offsetY }) => {
  const points = target.closest(".chosen > img")?.parentElement.querySelector("select[name^=focus]");
  if (!points) return;
  const at = (offset, size) => ((offset / size) * 2 - 1).toFixed(2);
  const value = `${at(offsetX, target.clientWidth)},${-at(offsetY, target.clientHeight)}`;
  [...points.options].find(({ text }) => text === points.dataset.point)?.remove();
  points.append(new Option(points.dataset.point, value, true, true));
  say(points.dataset.point);
});
// Whoever publishes meanwhile publishes with what is under way, or not at all.
form.addEventListener("submit", async (event) => {
  if (!underway) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (waiting) return;
  waiting = true;
  while (underway) await queue;
  waiting = false;
  const trouble = part().querySelector(".error:not([hidden])");
  if (trouble) trouble.scrollIntoView({ block: "center" });
  else form.requestSubmit(event.submitter);
}, { capture: true });
form.addEventListener("submit", (event) => {
  const asked = event.submitter?.value ?? "";
  if (!/^(remove-|leave-|show$)/.test(asked)) return;
  event.preventDefault();
  queue = queue.then(() => renew(asked)).catch(() => sendWhole(form, asked));
});
ready();
