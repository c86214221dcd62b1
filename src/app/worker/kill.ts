/**
 * The kill switch: served as /sw.js while the server runs with `SW_KILL=1`. A phone with a broken worker gets it with its
 * next opening of any page, for browsers ask for /sw.js past the worker. It removes what the worker kept and itself, and
 * opens every page anew, once. IndexedDB and its second place, where the work is, are not touched.
 */
import { isSpare } from '@kernel/shared/spare';

declare const self: ServiceWorkerGlobalScope;

/** A page that still works says so in this time and reloads itself, after its drafts are kept. */
const ANSWER_MS = 1_000;

self.addEventListener('install', () => void self.skipWaiting());

self.addEventListener('activate', (event) => event.waitUntil(end()));

async function end(): Promise<void> {
  for (const name of await caches.keys()) if (!isSpare(name)) await caches.delete(name);
  const pages = await self.clients.matchAll({ type: 'window' });
  await self.registration.unregister();
  await Promise.all(pages.map(restore));
}

async function restore(page: WindowClient): Promise<void> {
  const heard = await new Promise<boolean>((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => done(true);
    setTimeout(() => done(false), ANSWER_MS);
    page.postMessage({ type: 'KILLED' }, [port2]);
  });
  // A page that was closed meanwhile needs nothing.
  if (!heard) await page.navigate(page.url).catch(() => undefined);
}
