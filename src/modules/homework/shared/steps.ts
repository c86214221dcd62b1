import type { Actor, Scope } from '@kernel/shared/scope';
import { holds } from '@kernel/shared/scope';
import type { Act, Item } from './records';
import { STEPS } from './records';

/** Where a step's role must be held: the group leader over the prep group, the others over the whole school. */
export const scopeOfStep = (step: number, prep: string): Scope => (step === 0 ? `prep/${prep}` : 'school');

/** May this person sign this step of this prep group's homework (their own apart)? */
export function holdsStep(actor: Actor, step: number, prep: string): boolean {
  const role = STEPS[step];
  return role !== undefined && holds(actor, role, scopeOfStep(step, prep));
}

export type SkipReason = 'ownRole' | 'noLeader';

/**
 * Steps that are passed over because nobody else may sign them, decided when the item is assigned or revised:
 *
 * | step                     | author holds its role | prep group has no leader | otherwise |
 * | group leader             | ownRole               | noLeader                 | needed    |
 * | dean, vice principal     | ownRole               | needed                   | needed    |
 *
 * The author is never a signer, so a step the author holds would wait for ever. One signature always remains: if all
 * three would be passed over, the last is needed after all (another vice principal's).
 */
export function skipsFor(author: Actor, prep: string, leader: string | null): Map<number, SkipReason> {
  const skips = new Map<number, SkipReason>();
  STEPS.forEach((_, step) => {
    if (holdsStep(author, step, prep) || (step === 0 && leader === author.person)) skips.set(step, 'ownRole');
    else if (step === 0 && leader === null) skips.set(step, 'noLeader');
  });
  if (skips.size === STEPS.length) skips.delete(STEPS.length - 1);
  return skips;
}

/** Steps the present round passes over: the `skip` acts since it was last assigned or revised. */
export function skippedOf(acts: readonly Act[]): Set<number> {
  const skipped = new Set<number>();
  for (const act of acts) {
    if (act.act === 'assign' || act.act === 'revise') skipped.clear();
    if (act.act === 'skip' && act.step !== null) skipped.add(act.step);
  }
  return skipped;
}

/** The first step from `from` on that somebody has to sign; STEPS.length when none is left. */
export function nextStep(from: number, skipped: ReadonlySet<number>): number {
  let step = from;
  while (step < STEPS.length && skipped.has(step)) step += 1;
  return step;
}

/** Is the item with this signing step in this round? */
export const awaits = (item: Item, step: number, round: number): boolean =>
  item.state === 'waiting' && item.step === step && item.round === round;
