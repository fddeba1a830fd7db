// SPDX-License-Identifier: MIT
// The service worker: the dashboard opens and shows its last figures when the network is away. The
// network comes first for all but files that cannot change; what is kept says when it was received.
export {};
declare const KEEP: string[];
declare const VERSION: string;
declare const self: {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  addEventListener(type: string, l: (e: WorkerEvent) => void): void;
};
interface WorkerEvent extends Event {
  request: Request;
  data: unknown;
  waitUntil(p: Promise<unknown>): void;
  respondWith(p: Promise<Response>): void;
}

const FILES = `files-${VERSION}`;
const ANSWERS = "answers-1";
const ANSWERS_MAX = 300;

self.addEventListener("install", (e) => {
  e.waitUntil(caches.open(FILES).then((c) => c.addAll(KEEP)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (e) => {
  e.waitUntil(clean().then(() => self.clients.claim()));
});

// "forget": who signs out leaves no figures behind.
self.addEventListener("message", (e) => {
  if (e.data === "forget") e.waitUntil(caches.delete(ANSWERS));
});

self.addEventListener("fetch", (e) => {
  const u = new URL(e.request.url);
  if (e.request.method !== "GET" || u.origin !== location.origin) return;
  if (u.pathname === "/") e.respondWith(shell(e.request));
  else if (u.pathname.startsWith("/dashboard/")) e.respondWith(file(e.request));
  else if (isFigures(u, e.request)) e.respondWith(figures(e.request));
});

function isFigures(u: URL, r: Request): boolean {
  return u.pathname.startsWith("/v1/") && u.pathname !== "/v1/events" && r.mode !== "navigate" &&
    (r.headers.get("Accept") ?? "").includes("application/json");
}

async function clean(): Promise<void> {
  for (const name of await caches.keys())
    if (name !== FILES && name !== ANSWERS) await caches.delete(name);
}

async function shell(r: Request): Promise<Response> {
  try {
    return await fetch(r);
  } catch {
    return (await caches.match("/")) ?? Response.error();
  }
}

async function file(r: Request): Promise<Response> {
  const kept = await caches.match(r, { cacheName: FILES });
  if (kept) return kept;
  const fresh = await fetch(r);
  if (fresh.ok && (fresh.headers.get("Cache-Control") ?? "").includes("immutable"))
    await (await caches.open(FILES)).put(r, fresh.clone());
  return fresh;
}

async function keep(r: Request, fresh: Response): Promise<void> {
  const cache = await caches.open(ANSWERS);
  const headers = new Headers(fresh.headers);
  headers.set("Panji-Kept", new Date().toISOString());
  headers.delete("Vary"); // one reader's browser: what it asked for is in the address
  await cache.put(r.url, new Response(await fresh.blob(), { status: 200, headers }));
  const all = await cache.keys();
  for (const old of all.slice(0, Math.max(0, all.length - ANSWERS_MAX))) await cache.delete(old);
}

async function figures(r: Request): Promise<Response> {
  try {
    const fresh = await fetch(r);
    if (fresh.status === 200) void keep(r, fresh.clone()).catch(() => undefined);
    return fresh;
  } catch (e) {
    const kept = await caches.match(r.url, { cacheName: ANSWERS });
    if (kept) return kept;
    throw e;
  }
}
