import { shallowRef } from 'vue';
import { useDevice } from '@kernel/client/app-context';
import { putAway } from '@kernel/client/unsaved';
import { toast } from '@kernel/client/ui/announce';
import { isTooOld } from '@kernel/shared/builds';
import { applyUpdate, LEFT } from './apply-update';
import { serverBuild } from './server-build';
import type { WorkerWatch } from './worker';
import { dropWorker } from './drop-worker';
import { startWorker } from './worker';

/** `new` there is another version · `must` this one is no longer taken by the server. */
export const offered = shallowRef<'no' | 'new' | 'must'>('no');

const EVERY_MS = 60 * 60_000;
/** Coming back to the app asks too, but a phone is looked at often. */
const AT_MOST_MS = 10 * 60_000;

let started = false;
let worker: WorkerWatch | null = null;
let lookedAt = 0;

/** Starts the worker and the search for new versions, once per page, when the first page stands. */
export async function startUpdates(): Promise<void> {
  if (started) return;
  started = true;
  const { build } = useDevice().device;
  const there = await look(build, null);
  await afterUpdate(build, there?.build);
  if (there?.worker === false) return dropWorker();
  worker = await startWorker(
    build,
    () => offer('new'),
    () => void reloadWhenSaved(),
  );
  setInterval(() => document.visibilityState === 'visible' && void look(build, worker), EVERY_MS);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && Date.now() - lookedAt > AT_MOST_MS)
      void look(build, worker);
  });
}

/** By the person's tap; also from where the app cannot be opened at all, before anything was started. */
export async function update(): Promise<'unsaved' | 'reloading'> {
  const { device } = useDevice();
  worker ??= await startWorker(
    device.build,
    () => offer('new'),
    () => void reloadWhenSaved(),
  );
  return applyUpdate(device.build, worker, device.person.value?.db ?? null);
}

function offer(what: 'new' | 'must'): void {
  if (offered.value !== 'must') offered.value = what;
}

async function look(build: string, watch: WorkerWatch | null) {
  lookedAt = Date.now();
  const there = await serverBuild();
  if (there && isTooOld(build, there.minBuild)) offer('must');
  if (there && there.build !== build) {
    // With a worker, a new version is offered when it lies complete on the phone; without one a reload fetches it.
    if (watch) await watch.look();
    else if (!navigator.serviceWorker?.controller) offer('new');
  }
  return there;
}

/** The page after an update: says that it is the new one, or tries once more past a page that the web view had kept. */
async function afterUpdate(build: string, there: string | undefined): Promise<void> {
  const left = takeLeft();
  if (left === null) return;
  if (left !== build) toast('已换上新版本', 'done');
  else if (there !== undefined && there !== build && !new URLSearchParams(location.search).has('v')) {
    await dropWorker();
    if (await putAway()) location.replace(`${location.pathname}?v=${encodeURIComponent(there)}`);
  }
}

function takeLeft(): string | null {
  try {
    const left = sessionStorage.getItem(LEFT);
    sessionStorage.removeItem(LEFT);
    return left;
  } catch {
    return null;
  }
}

/** The worker is being removed. A page with something unsaved goes on without one. */
async function reloadWhenSaved(): Promise<void> {
  if (await putAway()) location.reload();
}
