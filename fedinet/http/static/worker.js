// Between an installed community and the network: where there is none, one plain page says so. That
// page is of nobody and all that is kept; nothing else that is asked for is looked at (offline.py).
const PAGE = "/assets/offline";

async function keep() {
  const kept = await caches.open("offline");
  await kept.add(new Request(PAGE, { credentials: "omit" }));
  await skipWaiting();
}

async function begin() {
  const kept = await caches.open("offline");
  for (const { url } of await kept.keys()) if (!url.endsWith(PAGE)) await kept.delete(url);
  await registration.navigationPreload.enable();
}

// The browser asks for the page by itself, while this wakes up, and says itself for whom.
async function answer({ preloadResponse, request }) {
  try {
    return (await preloadResponse) ?? await fetch(request);
  } catch {
    return (await caches.match(PAGE)) ?? Response.error();
  }
}

addEventListener("install", (event) => event.waitUntil(keep()));
addEventListener("activate", (event) => event.waitUntil(begin()));
addEventListener("fetch", (event) => {
  const { mode, method } = event.request;
  if (mode === "navigate" && method === "GET") event.respondWith(answer(event));
});
