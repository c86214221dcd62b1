import { isSpare } from '@kernel/shared/spare';

/** Removes the worker and the files it kept: the next opening is all from the network. What people wrote is not touched. */
export async function dropWorker(): Promise<void> {
  try {
    const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
    for (const registration of (await workers?.getRegistrations()) ?? []) await registration.unregister();
    // Missing on plain http.
    if (typeof caches !== 'undefined')
      for (const name of await caches.keys()) if (!isSpare(name)) await caches.delete(name);
  } catch {
    // A browser that forbids asking has nothing to remove.
  }
}
