import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import type { Scheduler } from './scheduler';
import type { Timer } from './timers';

// Dexie tells other tabs through a channel that lives outside every schedule. Tabs of the simulator hear of each other in
// storage.ts. Must be gone before Dexie is loaded: import this file first.
Reflect.deleteProperty(globalThis, 'BroadcastChannel');

// Signing by callback runs on another thread, whose order no seed decides: here it is done at once and told a turn later.
const sign = crypto.sign as (...args: unknown[]) => Buffer;
Object.assign(crypto, {
  sign(algorithm: unknown, data: unknown, key: unknown, told?: (error: unknown, signature?: Buffer) => void) {
    const signature = sign(algorithm, data, key);
    if (!told) return signature;
    setImmediate(() => told(null, signature));
    return undefined;
  },
});
syncBuiltinESMExports();

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  clearImmediate: globalThis.clearImmediate,
};

/** While a schedule runs, product code and libraries get its timers. Answers how to give the real ones back. */
export function installTimers(scheduler: Scheduler): () => void {
  const later = (task: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): Timer =>
    scheduler.after(scheduler.current, Number(ms) || 0, () => task(...args));
  const every = (task: (...args: unknown[]) => void, ms = 1, ...args: unknown[]): Timer => {
    const who = scheduler.current;
    const again = (): void => {
      if (first.cancelled) return;
      scheduler.after(who, ms, again);
      task(...args);
    };
    const first = scheduler.after(who, ms, again);
    return first;
  };
  const clear = (timer: Timer | undefined): void => {
    if (timer && typeof timer === 'object') timer.cancelled = true;
  };
  const soon = (task: (...args: unknown[]) => void, ...args: unknown[]): { cancelled: boolean } => {
    const handle = { cancelled: false };
    // Pages have no `setImmediate`: on a phone only the storage uses it.
    scheduler.soon(scheduler.current, () => void (handle.cancelled || task(...args)), true);
    return handle;
  };
  const fake = {
    setTimeout: later,
    clearTimeout: clear,
    setInterval: every,
    clearInterval: clear,
    setImmediate: soon,
    clearImmediate: (handle?: { cancelled: boolean }) => void (handle && (handle.cancelled = true)),
  };
  Object.assign(globalThis, fake);
  return () => void Object.assign(globalThis, real);
}

/** The real timers for work that stops the world: a server that starts may need the disk. */
export async function withRealTimers<T>(scheduler: Scheduler, work: () => Promise<T>): Promise<T> {
  Object.assign(globalThis, real);
  try {
    return await work();
  } finally {
    installTimers(scheduler);
  }
}
