/** The service worker as the page sees it. Where there is none, every question here has a quiet answer (rule 54). */

const container = (): ServiceWorkerContainer | undefined =>
  typeof navigator === 'undefined' ? undefined : navigator.serviceWorker;

/** Longer than a worker with its hands full needs to let go, shorter than a person waits. */
const TAKE_OVER_MS = 6_000;

interface TrustedTypes {
  createPolicy(name: string, rules: object): { createScriptURL(of: string): string };
}
/**
 * Where the browser knows trusted types, a script's address is taken from a policy that the server allows by its name
 * (`kernel/server/headers.ts`). Ours knows this one address, whatever it is asked for.
 */
const WORKER =
  (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes
    ?.createPolicy('qing', { createScriptURL: () => '/sw.js' })
    .createScriptURL('') ?? '/sw.js';

export interface WorkerWatch {
  /** Looks for a new worker now. */
  look(): Promise<void>;
  /** The waiting worker, if one of another build waits. */
  waiting(): Promise<ServiceWorker | null>;
}

/**
 * Registers the worker.
 * @param news a worker of another build waits, or another tab has already put it in charge
 * @param killed the server wants the worker gone, and this page anew when it can
 */
export async function startWorker(
  build: string,
  news: () => void,
  killed: () => void,
): Promise<WorkerWatch | null> {
  const workers = container();
  if (!workers) return null;
  workers.addEventListener('message', (event) => {
    if ((event.data as { type?: unknown } | null)?.type !== 'KILLED') return;
    event.ports[0]?.postMessage('heard');
    killed();
  });
  const registration = await workers.register(WORKER, { updateViaCache: 'none' }).catch(() => undefined);
  if (!registration) return null;

  const waiting = async (): Promise<ServiceWorker | null> => {
    const worker = registration.waiting;
    return worker && (await buildOf(worker)) !== build ? worker : null;
  };
  const tell = async (): Promise<void> => {
    if (await waiting()) news();
  };
  registration.addEventListener('updatefound', () => {
    const made = registration.installing;
    made?.addEventListener('statechange', () => void (made.state === 'installed' && tell()));
  });
  let controlled = workers.controller !== null;
  workers.addEventListener('controllerchange', () => {
    // The first one of a first visit is this page's own build.
    if (controlled) news();
    controlled = true;
  });
  void tell();
  // A first visit is under the worker from here on: a minute later without a network it finds all its pages.
  if (!controlled) void workers.ready.then(({ active }) => active?.postMessage({ type: 'CLAIM' }));
  return { look: () => registration.update().then(tell, () => undefined), waiting };
}

/** Puts the waiting worker in charge. False when it did not come about in time. */
export async function takeOver(waiting: ServiceWorker): Promise<boolean> {
  const workers = container();
  if (!workers) return false;
  const done = new Promise<boolean>((resolve) => {
    workers.addEventListener('controllerchange', () => resolve(true), { once: true });
    setTimeout(() => resolve(false), TAKE_OVER_MS);
  });
  waiting.postMessage({ type: 'SKIP_WAITING' });
  return done;
}

/** The build of the worker in charge of this page; null without one. */
export const buildInCharge = async (): Promise<unknown> => {
  const worker = container()?.controller;
  return worker ? buildOf(worker) : null;
};

function buildOf(worker: ServiceWorker): Promise<unknown> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event) => resolve(event.data);
    setTimeout(() => resolve(null), 1_000);
    worker.postMessage({ type: 'BUILD' }, [port2]);
  });
}
