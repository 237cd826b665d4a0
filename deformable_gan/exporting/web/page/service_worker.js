/**
 * Stores the page's files, so that the page works offline, and serves them with the headers that
 * WebAssembly's threads need. Few static hosts send these headers.
 */

// The export puts a digest of the page's files here, so that a changed page has another version.
const VERSION = "development";
const NAME = `page-${VERSION}`;
const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
const scope = /** @type {any} */ (self);

scope.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(install());
});

async function install() {
  const about = await (await fetch("page.json", { cache: "no-store" })).json();
  const cache = await caches.open(NAME);
  // The browser's own cache may hold files of an earlier export.
  await cache.addAll(
    about.files.map((/** @type {string} */ file) => new Request(file, { cache: "no-cache" })),
  );
  await scope.skipWaiting();
}

scope.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(activate());
});

async function activate() {
  for (const name of await caches.keys()) {
    if (name.startsWith("page-") && name !== NAME) await caches.delete(name);
  }
  await scope.clients.claim();
}

scope.addEventListener("fetch", (/** @type {any} */ event) => {
  const { method, url } = event.request;
  if (method === "GET" && url.startsWith(scope.registration.scope)) {
    event.respondWith(answer(event.request));
  }
});

/** @param {Request} request */
async function answer(request) {
  const address = new URL(request.url);
  if (address.pathname.endsWith("/")) address.pathname += "index.html";
  address.search = "";
  const cache = await caches.open(NAME);
  let found = await cache.match(address.href);
  if (!found) {
    found = await fetch(request);
    // Files that only some devices need are stored when they are first requested.
    if (found.ok && address.pathname.includes("/runtime/"))
      await cache.put(address.href, found.clone());
  }
  const headers = new Headers(found.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  return new Response(found.body, { status: found.status, statusText: found.statusText, headers });
}
