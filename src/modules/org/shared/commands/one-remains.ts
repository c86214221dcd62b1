import type { Day } from '@kernel/shared/time';
import type { Held } from '../held';

/** Somebody administers the school from today on without an end: dates alone must never leave it with nobody. */
export const oneRemains = (admins: readonly Held[], today: Day): boolean =>
  admins.some((a) => a.to === null && (a.from === null || a.from <= today));
