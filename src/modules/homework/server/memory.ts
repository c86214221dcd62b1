import { createHash } from 'node:crypto';
import type { Day } from '@kernel/shared/time';

/**
 * What this process found done, per school: only ever saves work. A second process, or this one after a restart, looks again
 * and finds nothing to do, or says the same commands under the same keys.
 */
export interface Memory {
  /** Fingerprint of the inputs whose days are all open. */
  opened: string | null;
  /** Every board up to and with this day has been judged. */
  closedThrough: Day | null;
}

export const newMemory = (): Memory => ({ opened: null, closedThrough: null });

export const fingerprint = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 24);
