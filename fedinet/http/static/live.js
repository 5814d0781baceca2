// While a page is looked at: a quiet link to new posts, a dot where a notification waits.
// One stream serves all windows of a browser; a page that nobody sees listens to nothing.
const fresh = document.querySelector("[data-since]");
const bell = document.getElementById("bell");
const others = new BroadcastChannel("fedinet-live");
const came = new Set();
const LONGEST_S = 60, STEADY_MS = 30_000, SOON_MS = 1000;
let asking = 0;
let seen = null; // aborted when the page is hidden: the stream, its lock and all waiting end
let tries = 0;

function show() {
  if (!fresh || came.size === Number(fresh.dataset.shown ?? 0)) return;
  fresh.dataset.shown = came.size;
  const link = document.createElement("a");
  link.className = "btn btn--s";
  link.href = "/";
  link.textContent = came.size === 1 ? fresh.dataset.one : fresh.dataset.many.replace("0", came.size);
  fresh.replaceChildren(...(came.size ? [link] : []));
}

// Of one whose filters leave posts out, the server says which of the new ones would be shown.
function askSoon() {
  clearTimeout(asking);
  asking = setTimeout(() => ask().catch(() => {}), SOON_MS);
}

function hear({ event, id }) {
  if (event === "update" && fresh && "sifted" in fresh.dataset) askSoon();
  else if (event === "update") came.add(id);
  else if (event === "delete") came.delete(id);
  else if (bell) bell.hidden = false;
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
  if (bell) bell.hidden = !told;
  show();
  return true;
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

// Holds the stream until it breaks or `signal` says that nobody looks.
function listen(signal) {
  return new Promise((done) => {
    const stream = new EventSource("/live");
    const end = () => { stream.close(); done(); };
    signal.addEventListener("abort", end);
    stream.onopen = () => {
      others.postMessage({ event: "ask" }); // what came before, each window knows from its own page
      ask().catch(end);
    };
    stream.onerror = end;
    for (const event of ["update", "delete", "notification"])
      stream.addEventListener(event, ({ data }) => {
        const told = { event, id: data };
        hear(told);
        others.postMessage(told);
      });
  });
}

// Listens again after each break, ever later, and never all browsers at once.
async function keep(signal) {
  while (!signal.aborted) {
    const since = Date.now();
    await listen(signal);
    tries = Date.now() - since > STEADY_MS ? 0 : tries + 1;
    await wait(Math.min(LONGEST_S, 2 ** tries) * 500 * (1 + Math.random()));
    if (!signal.aborted && (await ask().catch(() => true)) === false) return;
  }
}

async function look() {
  const { signal } = (seen = new AbortController());
  if (!navigator.locks) return keep(signal);
  const first = await navigator.locks.request("fedinet-live", { ifAvailable: true }, (lock) => lock && keep(signal).then(() => true));
  if (first || signal.aborted) return;
  ask().catch(() => {});
  await navigator.locks.request("fedinet-live", { signal }, () => keep(signal)).catch(() => {});
}

function watch() {
  if (document.hidden === !seen) return;
  if (document.hidden) { seen.abort(); seen = null; } else look();
}

others.onmessage = ({ data }) => {
  if (data.event !== "ask") hear(data);
  else if (seen) ask().catch(() => {});
};
document.addEventListener("visibilitychange", watch);
addEventListener("pagehide", () => { seen?.abort(); seen = null; });
addEventListener("pageshow", watch);
if (document.readyState === "complete") watch();
else addEventListener("load", watch);
