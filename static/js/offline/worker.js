// The service worker: pages, figures and the player without a network. config/offline.py puts OFFLINE ({version, assets,
// static, shell, keepAssets}), store.js, people.js and send.js before this file and serves all as one script, since not
// every browser's worker takes modules.
//
// Names with a hash never change, so what was kept stays good, also for a page that was open before an update. Pages
// are kept for one person; the answer's X-Prestride-Person tells whose they are, and another's are dropped at once.
/* global OFFLINE, FIGURES, fact, becomes, pagesOf, sendAll, entriesOf */

const ASSETS = "prestride-assets";
const PATIENCE_FOR_PAGES = 4_000; // ms; after that what is kept is better than waiting
const ASSET_DAYS = 60;
const FIGURES_AT_MOST = 400;
const KEPT_PAGES = /^\/(today\/|warm-up\/\d+\/|runs\/\d+\/)$/;
const FIGURE = /^\/(api\/v1\/exercises\/[\w-]+\/figure\.(svg|png)|media\/.+)$/;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(tidy().then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event, url));
  else if (url.pathname.startsWith(OFFLINE.static)) event.respondWith(OFFLINE.keepAssets ? kept(ASSETS, request) : fresh(request));
  else if (FIGURE.test(url.pathname)) event.respondWith(kept(FIGURES, request));
});
self.addEventListener("sync", (event) => {
  if (event.tag === "sessions") event.waitUntil(sendWaiting());
});

async function install() {
  const cache = await caches.open(ASSETS);
  const there = new Set((await cache.keys()).map((request) => new URL(request.url).pathname));
  const missing = OFFLINE.keepAssets ? OFFLINE.assets.filter((address) => !there.has(address)) : OFFLINE.assets;
  await cache.addAll(missing);
  // Made for nobody in particular, so without cookies.
  const shell = await fetch(OFFLINE.shell, { credentials: "omit", cache: "no-cache" });
  if (shell.ok) await cache.put(OFFLINE.shell, shell);
}

/** Drop what no page can need any more: assets of releases long gone, figures over the limit. */
async function tidy() {
  const assets = await caches.open(ASSETS);
  const oldest = Date.now() - ASSET_DAYS * 86_400_000;
  for (const request of await assets.keys()) {
    const { pathname } = new URL(request.url);
    const date = Date.parse((await assets.match(request))?.headers.get("Date"));
    if (!OFFLINE.assets.includes(pathname) && pathname !== OFFLINE.shell && date < oldest) await assets.delete(request);
  }
  const figures = await caches.open(FIGURES);
  for (const request of (await figures.keys()).slice(0, -FIGURES_AT_MOST)) await figures.delete(request);
}

/** What is kept, or fetched and kept. Without either the answer is the network's error. */
async function kept(name, request) {
  const cache = await caches.open(name);
  const found = await cache.match(request);
  if (found) return found;
  const response = await fetch(request);
  // What the server could not keep (no room) is shown all the same.
  if (response.ok && response.status === 200) await cache.put(request, response.clone()).catch(() => {});
  return response;
}

/** From the network while there is one: for those who work on these files. */
function fresh(request) {
  return fetch(request).catch(async () => (await caches.match(request)) ?? Response.error());
}

async function page(event, url) {
  const answered = fetch(event.request).then(async (response) => {
    await noted(response, url);
    return response;
  });
  event.waitUntil(answered.catch(() => {}));
  const spare = KEPT_PAGES.test(url.pathname) || url.pathname === "/" ? await keptPage(url) : null;
  try {
    const answer = await (spare ? Promise.race([answered, late()]) : answered);
    return spare && answer.status >= 500 ? spare : answer;
  } catch {
    return spare ?? (await shell());
  }
}

function late() {
  return new Promise((_, reject) => setTimeout(reject, PATIENCE_FOR_PAGES));
}

/** Keep whose pages these are, and a page that will be wanted without a network. */
async function noted(response, url) {
  const person = response.headers.get("X-Prestride-Person");
  if (person === null) return;
  await becomes(person);
  if (person && response.status === 200 && !response.redirected && KEPT_PAGES.test(url.pathname)) {
    const cache = await caches.open(pagesOf(person));
    await cache.put(url.pathname + url.search, response.clone()).catch(() => {});
  }
}

/** A page as it was, marked with its time; of a warm-up whose version is not kept, the whole one. */
async function keptPage(url) {
  const person = await fact("person").catch(() => null);
  if (!person) return null;
  const cache = await caches.open(pagesOf(person));
  const wanted = url.pathname === "/" ? "/today/" : url.pathname + url.search;
  const exact = await cache.match(wanted);
  const found = exact ?? (await cache.match(url.pathname, { ignoreSearch: true }));
  if (!found) return null;
  const at = found.headers.get("Date") ?? "";
  const html = (await found.text()).replace("<html ", `<html data-kept-at="${at}"${exact ? "" : " data-kept-other"} `);
  return new Response(html, { status: 200, headers: found.headers });
}

async function shell() {
  return (await caches.match(OFFLINE.shell)) ?? Response.error();
}

/** Background Sync: the browser has a network again, whether or not a page is open. */
async function sendWaiting() {
  const person = await fact("person");
  if (!person) return;
  await sendAll(person, { token, force: true });
  for (const client of await self.clients.matchAll()) client.postMessage("sent");
  const left = (await entriesOf(person)).filter((entry) => !entry.refusal);
  if (left.length) throw new Error("Some wait still."); // the browser tries again by itself
}

/** The CSRF token. Browsers with Background Sync let a worker read cookies. */
async function token() {
  return (await self.cookieStore?.get("csrftoken"))?.value ?? "";
}
