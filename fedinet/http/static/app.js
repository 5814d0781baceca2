// What every page of a member loads. Pages are whole without it; docs/pages.md says what it adds.
const parts = [
  ["#bell", () => import("./live.js")],
  ["form[data-inplace]", () => import("./inplace.js")],
];
for (const [where, load] of parts) if (document.querySelector(where)) load();

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
