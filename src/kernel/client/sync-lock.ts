/** A frozen tab keeps its lock (reliability.md rule 45). After this long we go without: two pushes are harmless. */
export const LOCK_PATIENCE_MS = 10_000;

/**
 * `alone`: this window holds the lock, whoever had it before is done or dead · `impatient`: somebody has held it for too long
 * · `unlocked`: this browser has no locks.
 */
export type Standing = 'alone' | 'impatient' | 'unlocked';

/** Lets one tab talk at a time where Web Locks exist. A courtesy to the battery; idempotency is what makes it safe. */
export async function alone(
  locks: LockManager | undefined,
  name: string,
  work: (standing: Standing) => Promise<void>,
  patienceMs: number = LOCK_PATIENCE_MS,
): Promise<void> {
  if (!locks) return work('unlocked');
  const abort = new AbortController();
  let entered = false;
  let gone = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Its own promise, because a lock manager has been seen that answers neither yes nor no (webkit 364).
  const tired = new Promise<'not granted'>((done) => {
    timer = setTimeout(() => {
      gone = !entered;
      abort.abort();
      if (gone) done('not granted');
    }, patienceMs);
  });
  const asked = locks
    .request(name, { signal: abort.signal }, async () => {
      if (gone) return;
      entered = true;
      clearTimeout(timer);
      await work('alone');
    })
    .then(
      () => 'done' as const,
      (error: unknown) => {
        if (entered) throw error;
        return 'not granted' as const;
      },
    );
  try {
    if ((await Promise.race([asked, tired])) === 'not granted') await work('impatient');
  } finally {
    clearTimeout(timer);
  }
}
