// A picture opens over the page, with its description; arrows lead to the others of its post.
// Until it has come, its blurhash stands in its place.
import { make, on, open } from "./page.js";

for (const picture of document.querySelectorAll("img[data-blur]")) {
  if (picture.complete) continue;
  const drawn = make("canvas", { width: 4, height: 3 }), pen = drawn.getContext("2d");
  picture.dataset.blur.match(/.{6}/g).forEach((colour, at) => {
    pen.fillStyle = `#${colour}`;
    pen.fillRect(at % 4, at >> 2, 1, 1);
  });
  drawn.style.cssText = "height: 0; min-height: 100%";
  picture.after(drawn);
  for (const end of ["load", "error"]) on(picture, end, () => drawn.remove());
}

function view(gallery, first) {
  const links = [...gallery.querySelectorAll("a:has(> img)")];
  const [before, after, close] = gallery.dataset.words.split("|");
  const image = make("img", { alt: "" }), words = make("p", { role: "status" });
  const turn = (by, label) => make("button", { type: "button", className: "btn", onclick: () => show(at + by) }, label);
  const [earlier, later] = [turn(-1, before), turn(1, after)];
  const shut = make("button", { className: "btn btn--tone", autofocus: true }, close);
  const row = make("form", { method: "dialog", className: "row" }, ...(links.length > 1 ? [earlier, later] : []), shut);
  const onwards = document.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  const dialog = make("dialog", {
    className: "viewer",
    onkeydown: ({ key }) => { if (key === "ArrowLeft" || key === "ArrowRight") show(at + (key === onwards ? 1 : -1)); },
  }, make("figure", {}, image), words, row);
  let at = links.indexOf(first);

  function show(next) {
    if (!(next in links)) return;
    at = next;
    const small = links[at].querySelector("img");
    image.width = small.getAttribute("width");
    image.height = small.getAttribute("height");
    image.src = links[at].href;
    words.textContent = (links.length > 1 ? `${at + 1} / ${links.length} ` : "") + small.alt;
    earlier.ariaDisabled = at === 0;
    later.ariaDisabled = at === links.length - 1;
  }

  show(at);
  dialog.ariaLabel = words.textContent;
  open(dialog);
}

on(document, "click", (event) => {
  const link = event.target.closest(".gallery a:has(> img)");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  view(link.closest(".gallery"), link);
});
