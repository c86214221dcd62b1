import { pause } from './within';

/** As much of a database as reopening needs. */
interface Reopenable {
  readonly ended?: boolean;
  isOpen?(): boolean;
  close(options: { disableAutoOpen: boolean }): void;
  open(): PromiseLike<unknown>;
}

/** So often the same work is tried before its failure is believed (reliability.md B3). */
const TRIES = 3;
/** Before the last try: a moment for a phone under memory pressure, ms. */
const BREATH_MS = 200;

/**
 * WebKit closes IndexedDB under memory pressure and in the background; every later call fails until the database is
 * opened again (reliability.md rule 41). So: reopen, try again, and let the third failure be seen.
 */
export async function steady<T>(db: Reopenable, work: () => T | PromiseLike<T>): Promise<T> {
  for (let n = 1; ; n++) {
    const before = mendingOf(db).times;
    try {
      return await work();
    } catch (error) {
      if (db.ended || n >= TRIES || !(connectionLost(error) || (await takenAway(db, error)))) throw error;
      if (n === TRIES - 1) await pause(BREATH_MS);
      await reopen(db, before);
    }
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
    try {
      await db.open();
      mending.times++;
    } catch (error) {
      // Does not open either: the next try says so. A newer database is no accident and is told at once.
      if (!connectionLost(error)) throw error;
    }
  })().finally(() => {
    mending.underWay = null;
  });
  await mending.underWay;
}

/** Chromium aborts what is under way when it closes a connection, and only a moment later says that it is closed. */
async function takenAway(db: Reopenable, error: unknown): Promise<boolean> {
  if (quotaExceeded(error) || !among(error, (e) => e.name === 'AbortError')) return false;
  await pause(BREATH_MS);
  return db.isOpen?.() === false;
}

const LOST_NAMES = ['InvalidStateError', 'UnknownError', 'DatabaseClosedError'];

export function connectionLost(error: unknown): boolean {
  if (writtenByNewer(error)) return false;
  return among(
    error,
    (e) =>
      LOST_NAMES.includes(e.name ?? '') ||
      /Indexed Database server|connection is clos/i.test(e.message ?? ''),
  );
}

/** Quota hides inside the abort it caused (Dexie#776). */
export const quotaExceeded = (error: unknown): boolean =>
  among(error, (e) => e.name === 'QuotaExceededError');

/** The database is of a newer build than this code. */
export const writtenByNewer = (error: unknown): boolean => among(error, (e) => e.name === 'VersionError');

interface Layered {
  name?: string;
  message?: string;
  inner?: Layered;
  failures?: Layered[];
}

function among(error: unknown, is: (e: Layered) => boolean, depth = 0): boolean {
  const e = error as Layered | null | undefined;
  if (!e || typeof e !== 'object' || depth > 4) return false;
  return is(e) || among(e.inner, is, depth + 1) || among(e.failures?.[0], is, depth + 1);
}
