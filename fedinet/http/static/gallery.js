// A picture opens over the page, with its description; arrows lead to the others of its post.
// Until it has come, its place has its colour. Without this file the picture is a link.
for (const picture of document.querySelectorAll("img[data-average]")) {
  if (picture.complete) continue;
  picture.style.backgroundColor = picture.dataset.average;
  picture.addEventListener("load", () => { picture.style.backgroundColor = ""; });
}

const make = (name, parts, ...inside) => {
  const made = Object.assign(document.createElement(name), parts);
  made.append(...inside);
  return made;
};

function open(gallery, first) {
  const links = [...gallery.querySelectorAll("a:has(> img)")];
  const [before, after, close] = gallery.dataset.words.split("|");
  const image = make("img", { alt: "" }), words = make("p", { role: "status" });
  const turn = (by, label) => make("button", { type: "button", className: "btn", onclick: () => show(at + by) }, label);
  const [earlier, later] = [turn(-1, before), turn(1, after)];
  const shut = make("button", { className: "btn btn--tone", autofocus: true }, close);
  const row = make("form", { method: "dialog", className: "row" }, ...(links.length > 1 ? [earlier, later] : []), shut);
  const dialog = make("dialog", { className: "viewer" }, make("figure", {}, image), words, row);
  let at = links.indexOf(first);

  function show(next) {
    if (!(next in links)) return;
    at = next;
    const small = links[at].querySelector("img");
    image.width = small.getAttribute("width");
    image.height = small.getAttribute("height");
    image.src = links[at].href;
    words.textContent = (links.length > 1 ? `${at + 1} / ${links.length} ` : "") + small.alt;
    earlier.setAttribute("aria-disabled", at === 0);
    later.setAttribute("aria-disabled", at === links.length - 1);
  }

  dialog.addEventListener("keydown", ({ key }) => {
    const onwards = document.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    if (key === "ArrowLeft" || key === "ArrowRight") show(at + (key === onwards ? 1 : -1));
  });
  dialog.addEventListener("click", ({ target }) => { if (target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  show(at);
  dialog.setAttribute("aria-label", words.textContent);
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest(".gallery a:has(> img)");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  open(link.closest(".gallery"), link);
});
