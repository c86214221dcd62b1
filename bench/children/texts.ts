import { tiersFor } from '@app/server/example/homework-texts';
import type { Tier } from '@modules/homework';

/** Plausible homework, the same for the same number: what a teacher types, 30–60 characters in one or two tiers. */
export function tiersOf(subject: string, n: number): Tier[] {
  let turn = n;
  return tiersFor(subject, () => ((turn = (turn * 7 + 3) % 101) % 10) / 10, false);
}
