import type { Transaction } from 'dexie';

/** Longest time a person waits for their own phone to answer, ms (reliability.md B2, B5: no promise pending longer). */
export const PATIENCE_MS = 5_000;

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** The phone's storage did not answer in time. */
export class Late extends Error {
  override readonly name = 'LateError';
}

/** The promise, or `Late` after so many ms. What it does afterwards is nobody's business any more. */
export async function within<T>(ms: number, promise: PromiseLike<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, no) => {
    timer = setTimeout(() => no(new Late(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Like `within`, for work in transactions: what is late is also undone, so that "not kept" stays true afterwards. Each
 * transaction is shown to `hold` first. Only one that is already being committed cannot be called back any more: then
 * the caller has to remember what it was (see `unkept.ts`).
 */
export async function undoneIfLate<T>(
  ms: number,
  work: (hold: (tx: Transaction) => void) => PromiseLike<T>,
): Promise<T> {
  let current: Transaction | null = null;
  let late = false;
  const hold = (tx: Transaction): void => {
    if (late) throw new Late('called off');
    current = tx;
  };
  try {
    return await within(ms, work(hold));
  } catch (error) {
    if (error instanceof Late) {
      late = true;
      abort(current);
    }
    throw error;
  }
}

function abort(tx: Transaction | null): void {
  try {
    tx?.abort();
  } catch {
    // Being committed at this very moment, or over.
  }
}
