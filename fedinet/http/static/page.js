// What several of our scripts do with pages.
export const byId = (id) => document.getElementById(id);
export const said = byId("said");
export const { me } = said.dataset; // the member's name in addresses

// Said in a live region, for people who hear a page.
export function say(words) {
  said.textContent = "";
  setTimeout(() => { said.textContent = words; }, 50); // the same words twice are heard twice
}

export function on(where, kinds, act, how) {
  for (const kind of kinds.split(" ")) where.addEventListener(kind, act, how);
}

export function make(name, parts, ...inside) {
  const made = Object.assign(document.createElement(name), parts);
  made.append(...inside);
  return made;
}

export function open(dialog) {
  on(dialog, "click", ({ target }) => { if (target === dialog) dialog.close(); });
  on(dialog, "close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

// The page that answers, and its path; an error where it is none to go on with. Files go by files.js.
export async function pageOf(path, fields, signal) {
  fields?.delete("file");
  const body = fields && new URLSearchParams(fields);
  const answer = await fetch(path, { method: body ? "POST" : "GET", body, signal });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { page, path: new URL(answer.url).pathname };
}

// Sends a form as it goes without scripts, with what the pressed button says.
export function sendWhole(form, button) {
  if (button?.name) form.append(make("input", { type: "hidden", name: button.name, value: button.value }));
  form.submit();
}

// Sends a form behind the page, once at a time; whatever goes wrong, it is sent whole.
export async function sendBehind(event, send) {
  const { target: form, submitter } = event;
  event.preventDefault();
  if (form.ariaBusy) return;
  form.ariaBusy = "true";
  await send(form, submitter).catch(() => sendWhole(form, submitter));
  form.removeAttribute("aria-busy");
}

export function shut(menu) {
  menu.open = false;
  if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
}
