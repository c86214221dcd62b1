/**
 * The service worker: it keeps the files of one build, so that the app opens without a network, and nothing else. Data has
 * one home on the phone, IndexedDB; no answer of the API is ever kept here (reliability.md rule 53).
 *
 * It takes over only when it is told to (rule 50): `SKIP_WAITING` after a person tapped 更新, `CLAIM` by the first page of a
 * first visit. Whatever goes wrong in here, the network is asked instead.
 */
import { isAppPage } from '@kernel/shared/addresses';
import type { Shell } from './shell';
import { cacheOf, isHashed, outdated } from './shell';

declare const self: ServiceWorkerGlobalScope & { readonly __SHELL__: Shell };

const { build, files } = self.__SHELL__;
const PAGE = files[0]![0];
const kept = new Set(files.map(([path]) => path));
/** As many as a phone fetches at once anyway. */
const AT_ONCE = 6;

self.addEventListener('install', (event) => event.waitUntil(fill()));
self.addEventListener('activate', (event) => event.waitUntil(tidy()));

self.addEventListener('message', (event) => {
  const asked = (event.data as { type?: unknown } | null)?.type;
  if (asked === 'SKIP_WAITING') void self.skipWaiting();
  if (asked === 'CLAIM') event.waitUntil(self.clients.claim());
  if (asked === 'BUILD') event.ports[0]?.postMessage(build);
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    if (isAppPage(pathname)) event.respondWith(page(request));
  } else if (kept.has(pathname) || isHashed(pathname)) event.respondWith(file(request, pathname));
});

/** Every file of the build, or no installation: half a shell would be a page that does not open. */
async function fill(): Promise<void> {
  const cache = await caches.open(cacheOf(build));
  const left = [...files];
  const next = async (): Promise<void> => {
    for (let one = left.shift(); one; one = left.shift()) await keep(cache, one[0], one[1]);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}

async function keep(cache: Cache, path: string, integrity: string): Promise<void> {
  if (isHashed(path)) {
    const known = await anyones(path);
    if (known) return cache.put(path, known);
  }
  // Without cookies nothing personal can come back. The hash refuses a portal's page, a cut-off file, another build's index.
  const response = await fetch(path, {
    integrity,
    credentials: 'omit',
    redirect: 'error',
    cache: isHashed(path) ? 'default' : 'no-cache',
  });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  await cache.put(path, response);
}

async function tidy(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(outdated(names, build).map((name) => caches.delete(name)));
}

async function page(request: Request): Promise<Response> {
  return (await ours(PAGE)) ?? fetch(request);
}

/** From any build's cache when the name holds a hash: pages of the build before find their own files here. */
async function file(request: Request, path: string): Promise<Response> {
  return (await (isHashed(path) ? anyones(path) : ours(path))) ?? fetch(request);
}

/** A page that waits for ever keeps this worker in charge for as long: nothing could mend it (W4). */
const PATIENCE_MS = 3_000;

// By `match` alone: `open` would make an empty cache where the caches have just been removed.
function anyones(path: string, cacheName?: string): Promise<Response | undefined> {
  const options = { ignoreVary: true, ...(cacheName === undefined ? {} : { cacheName }) };
  const late = new Promise<undefined>((done) => setTimeout(done, PATIENCE_MS));
  return Promise.race([caches.match(path, options).catch(() => undefined), late]);
}
const ours = (path: string): Promise<Response | undefined> => anyones(path, cacheOf(build));
