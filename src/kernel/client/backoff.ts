const FIRST_MS = 2_000;
/** Short enough that a queue is gone half a minute after the network is back, even where no event tells of it (reliability.md I9, B10). */
const MOST_MS = 25_000;

/**
 * How long to wait after the n-th failure in a row: doubling, with half of it left to chance so that a school's phones
 * do not come back in the same second.
 * @param chance 0 ≤ chance < 1
 * @param asked what the server asked for (`Retry-After`), never undercut
 */
export function backoff(failures: number, chance: number, asked: number | null = null): number {
  const full = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(20, failures - 1));
  const own = full / 2 + (full / 2) * chance;
  return asked === null ? own : asked + own / 4;
}
