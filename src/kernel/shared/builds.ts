/** A build is named `version+hash of its sources`, e.g. `0.1.0+3f9c2a71d0`. */

/**
 * Clients older than this are told to update and may not sync (426): raise it when a released client is found to do harm
 * although it speaks the present protocol. What such a phone has queued stays on it and goes up after the update.
 */
export const MIN_VERSION = '0.0.0';

/** Whether a client of this build must update before it may sync. A name nobody can read is not held against it. */
export function isTooOld(build: string, least: string = MIN_VERSION): boolean {
  const [have, want] = [numbers(build), numbers(least)];
  if (!have || !want) return false;
  for (let i = 0; i < 3; i++) if (have[i] !== want[i]) return have[i]! < want[i]!;
  return false;
}

function numbers(build: string): number[] | null {
  const found = /^(\d+)\.(\d+)\.(\d+)/.exec(build);
  return found ? found.slice(1).map(Number) : null;
}
