/** A frozen tab keeps its lock (reliability.md rule 45). After this long we go without: two pushes are harmless. */
const PATIENCE_MS = 10_000;

/** Lets one tab talk at a time where Web Locks exist. A courtesy to the battery; idempotency is what makes it safe. */
export async function alone(
  locks: LockManager | undefined,
  name: string,
  work: () => Promise<void>,
  patienceMs: number = PATIENCE_MS,
): Promise<void> {
  if (!locks) return work();
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), patienceMs);
  let entered = false;
  try {
    await locks.request(name, { signal: abort.signal }, async () => {
      entered = true;
      clearTimeout(timer);
      await work();
    });
  } catch (error) {
    if (entered) throw error;
    return await work();
  } finally {
    clearTimeout(timer);
  }
}
