// What every page of a member loads. Pages are whole without it; docs/pages.md says what it adds.
import { byId, me, on, shut } from "./page.js";

const parts = {
  ".gallery a": "./gallery.js",
  "#said[data-keys]": "./keys.js",
  "form[data-draft]": "./compose.js",
  "#files": "./files.js",
  "#bell": "./live.js",
  "form[data-inplace], #reply[data-sent]": "./inplace.js",
};
for (const where in parts) if (document.querySelector(where)) import(parts[where]);

// Drafts go with who wrote them, and once they are published (compose.js).
const mine = `draft ${me} `, here = mine + location.pathname;
for (const key of Object.keys(sessionStorage)) {
  const published = key.split("?")[0] !== here && sessionStorage.getItem(key).includes('"sent":true');
  if (key.startsWith("draft ") && (published || !key.startsWith(mine))) sessionStorage.removeItem(key);
}

// An installed community has no other page for that there is no network; a browser has its own.
if (matchMedia("(display-mode: standalone)").matches && "navigationPreload" in (window.ServiceWorkerRegistration?.prototype ?? {})) {
  navigator.serviceWorker.register(`/assets/worker.js?${document.documentElement.lang}`, { scope: "/" }).catch(() => {});
}

byId("sign-out")?.addEventListener("submit", () => sessionStorage.clear());

// Opened menus close on Escape, and when something else is pressed.
const opened = () => [...document.querySelectorAll("details.menu[open]")];
on(document, "keydown", ({ key }) => {
  if (key === "Escape") opened().forEach(shut);
});
on(document, "click", ({ target }) => {
  for (const menu of opened()) if (!menu.contains(target)) menu.open = false;
});
