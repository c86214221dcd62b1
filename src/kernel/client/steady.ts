/** As much of a database as reopening needs. */
interface Reopenable {
  readonly ended?: boolean;
  close(options: { disableAutoOpen: boolean }): void;
  open(): PromiseLike<unknown>;
}

/**
 * WebKit closes IndexedDB under memory pressure and in the background; every later call fails until the database is
 * opened again (reliability.md rule 41). So: reopen once, try once more, and let a second failure be seen.
 */
export async function steady<T>(db: Reopenable, work: () => T | PromiseLike<T>): Promise<T> {
  const before = mendingOf(db).times;
  try {
    return await work();
  } catch (error) {
    if (db.ended || !connectionLost(error)) throw error;
    await reopen(db, before);
    return await work();
  }
}

interface Mending {
  times: number;
  underWay: Promise<void> | null;
}
const mendings = new WeakMap<Reopenable, Mending>();

function mendingOf(db: Reopenable): Mending {
  const known = mendings.get(db) ?? { times: 0, underWay: null };
  mendings.set(db, known);
  return known;
}

/** A dozen live queries fail in the same moment; each closing what the one before has just opened would never end. */
async function reopen(db: Reopenable, failedAt: number): Promise<void> {
  const mending = mendingOf(db);
  if (mending.times !== failedAt) return;
  mending.underWay ??= (async () => {
    db.close({ disableAutoOpen: false });
    await db.open();
    mending.times++;
  })().finally(() => {
    mending.underWay = null;
  });
  await mending.underWay;
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
