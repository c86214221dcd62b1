import type { Dexie } from 'dexie';

/**
 * WebKit closes IndexedDB under memory pressure and in the background; every later call fails until the database is
 * opened again (reliability.md rule 41). So: reopen once, try once more, and let a second failure be seen.
 */
export async function steady<T>(
  db: Dexie & { readonly ended?: boolean },
  work: () => T | PromiseLike<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (db.ended || !connectionLost(error)) throw error;
    db.close({ disableAutoOpen: false });
    await db.open();
    return await work();
  }
}

const LOST_NAMES = ['InvalidStateError', 'UnknownError', 'DatabaseClosedError'];

export function connectionLost(error: unknown): boolean {
  for (let e = error as Layered | undefined, depth = 0; e && depth < 5; e = e.inner, depth++) {
    if (LOST_NAMES.includes(e.name ?? '')) return true;
    if (/Indexed Database server|connection is clos/i.test(e.message ?? '')) return true;
  }
  return false;
}

/** Quota hides inside the abort it caused (Dexie#776). */
export function quotaExceeded(error: unknown): boolean {
  for (let e = error as Layered | undefined, depth = 0; e && depth < 5; e = e.inner, depth++)
    if (e.name === 'QuotaExceededError') return true;
  return false;
}

interface Layered {
  name?: string;
  message?: string;
  inner?: Layered;
}
