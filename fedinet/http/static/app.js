// What every page of a member loads. Pages are whole without it; docs/pages.md says what it adds.
import { me } from "./said.js";

const parts = [
  ["#reply[data-sent]", () => import("./answer.js")],
  [".gallery a", () => import("./gallery.js")],
  ["#said[data-keys]", () => import("./keys.js")],
  ["form[data-draft]", () => import("./compose.js")],
  ["#files", () => import("./files.js")],
  ["#bell", () => import("./live.js")],
  ["form[data-inplace]", () => import("./inplace.js")],
];
for (const [where, load] of parts) if (document.querySelector(where)) load();

// Drafts go with who wrote them, and once they are published (compose.js).
const here = `draft ${me} ${location.pathname}${location.search}`;
for (const key of Object.keys(sessionStorage)) {
  const published = key !== here && sessionStorage.getItem(key).includes('"sent":true');
  if (key.startsWith("draft ") && (published || !key.startsWith(`draft ${me} `))) sessionStorage.removeItem(key);
}
document.getElementById("sign-out")?.addEventListener("submit", () => sessionStorage.clear());

// Opened menus close on Escape, and when something else is pressed.
const shut = (menu) => {
  menu.open = false;
  if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelectorAll("details.menu[open]").forEach(shut);
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]"))
    if (!menu.contains(event.target)) menu.open = false;
});
