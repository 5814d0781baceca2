// While a page is looked at: a quiet link to new posts, a dot where a notification waits.
// One stream serves all windows of a browser; a page that nobody sees listens to nothing.
import { byId, make, on } from "./page.js";

const fresh = document.querySelector("[data-since]");
const bell = byId("bell");
const others = new BroadcastChannel("fedinet-live");
const came = new Set();
const LONGEST_S = 60, STEADY_MS = 30_000, SOON_MS = 1000;
let asking = 0, tries = 0;
let seen = null; // aborted when the page is hidden: the stream, its lock and all waiting end

function show() {
  if (!fresh) return;
  const { one, many } = fresh.dataset, words = came.size === 1 ? one : came.size && many.replace("0", came.size);
  if (!words) fresh.replaceChildren();
  else if (fresh.textContent !== words) fresh.replaceChildren(make("a", { className: "btn btn--s", href: "/" }, words));
}

function hear({ event, id }) {
  if (event === "notification") bell.hidden = false;
  else if (event === "delete") came.delete(id);
  else if (!("sifted" in (fresh?.dataset ?? {}))) came.add(id);
  else { // whose filters leave posts out: the server says which of the new ones would be shown
    clearTimeout(asking);
    asking = setTimeout(tryToAsk, SOON_MS);
  }
  show();
}

// What came since the page was made; false: nobody is signed in here any more.
async function ask() {
  const answer = await fetch(fresh ? `/live?since=${fresh.dataset.since}` : "/live");
  if (answer.status === 204) {
    sessionStorage.clear(); // signed out in another window
    return false;
  }
  if (!answer.ok) throw new Error(`${answer.status}`);
  const { posts, told } = await answer.json();
  posts.forEach((id) => came.add(id));
  bell.hidden = !told;
  show();
  return true;
}

const tryToAsk = () => ask().catch(() => true);

// Holds the stream until it breaks or `signal` says that nobody looks.
function listen(signal) {
  return new Promise((done) => {
    const stream = new EventSource("/live");
    const end = () => { stream.close(); done(); };
    on(signal, "abort", end);
    stream.onopen = () => {
      others.postMessage({ event: "ask" }); // what came before, each window knows from its own page
      ask().catch(end);
    };
    stream.onerror = end;
    on(stream, "update delete notification", ({ type: event, data: id }) => {
      hear({ event, id });
      others.postMessage({ event, id });
    });
  });
}

// Listens again after each break, ever later, and never all browsers at once.
async function keep(signal) {
  while (!signal.aborted) {
    const since = Date.now();
    await listen(signal);
    tries = Date.now() - since > STEADY_MS ? 0 : tries + 1;
    const pause = Math.min(LONGEST_S, 2 ** tries) * 500 * (1 + Math.random());
    await new Promise((done) => setTimeout(done, pause));
    if (!signal.aborted && !(await tryToAsk())) return;
  }
}

async function look() {
  const { signal } = (seen = new AbortController()), { locks } = navigator;
  if (!locks) return keep(signal);
  const first = await locks.request("fedinet-live", { ifAvailable: true }, (lock) => lock && keep(signal).then(() => true));
  if (first || signal.aborted) return;
  tryToAsk();
  await locks.request("fedinet-live", { signal }, () => keep(signal)).catch(() => {});
}

function watch() {
  if (document.hidden === !seen) return;
  if (!document.hidden) return look();
  seen.abort();
  seen = null;
}

others.onmessage = ({ data }) => {
  if (data.event !== "ask") hear(data);
  else if (seen) tryToAsk();
};
on(window, "visibilitychange pageshow", watch);
if (document.readyState === "complete") watch();
