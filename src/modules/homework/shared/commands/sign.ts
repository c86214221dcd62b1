import type { DecideEnv } from '@kernel/shared/command';
import { defineCommand } from '@kernel/shared/command';
import type { Outage } from '@kernel/shared/outage';
import type { Write } from '@kernel/shared/record';
import { put, ref } from '@kernel/shared/record';
import { refuse } from '@kernel/shared/refusal';
import { signArgs } from '../args';
import { DayBook, dayRefs } from '../day-book';
import { liftedBy, outageRef, outagesOn } from '../due';
import { changeEntry } from '../entries';
import { dueOf, lateOf, publish } from '../publish';
import type { Item, Rules } from '../records';
import { STEPS, itemRecord, rulesRecord } from '../records';
import { RULES_ID, rulesOn } from '../rules';
import { holdsStep, nextStep, skippedOf } from '../steps';
import { actOf } from './acts';

/** Why an item of a batch was left alone. `notFound`: absent, or not this signer's prep group. */
export type Unsigned = 'notFound' | 'own' | 'state' | 'step' | 'round';

/**
 * 审签, in a batch: signs every item that is still at this step in the round the signer saw, and leaves the others alone.
 * After the last step the item waits for the deadline; when that has passed it goes out at once, late unless an outage of
 * ours lifted the deadline.
 */
export const sign = defineCommand({
  name: 'homework.v1.sign',
  kind: 'decision',
  args: signArgs,
  operation: (args) => `homework.v1.sign/${args.step}`,
  reads: (args, state) => [
    ref(rulesRecord, RULES_ID),
    ...args.items.flatMap(({ id }) => {
      const item = state.get(itemRecord, id);
      return [ref(itemRecord, id), ...(item ? [outageRef(item.date), ...dayRefs(item)] : [])];
    }),
  ],
  decide(state, args, env) {
    const book = new DayBook(state);
    const rulesBody = state.get(rulesRecord, RULES_ID);
    const writes: Write[] = [];
    const skipped: { id: string; reason: Unsigned }[] = [];
    for (const { id, round } of args.items) {
      const item = state.get(itemRecord, id);
      const reason = unsignable(item, args.step, round, env);
      if (!item || reason) skipped.push({ id, reason: reason ?? 'notFound' });
      else {
        const rules = rulesOn(rulesBody, item.date);
        writes.push(put(itemRecord, id, signed(book, id, item, rules, outagesOn(state, item.date), env)));
      }
    }
    return writes.length > 0 ? [...writes, ...book.writes()] : refuse('homework.nothingToSign', { skipped });
  },
});

export function unsignable(
  item: Item | undefined,
  step: number,
  round: number,
  env: DecideEnv,
): Unsigned | null {
  if (!item || !holdsStep(env.actor, step, item.prep)) return 'notFound';
  if (item.author === env.actor.person) return 'own';
  if (item.state !== 'waiting') return 'state';
  if (item.step !== step) return 'step';
  return item.round === round ? null : 'round';
}

function signed(
  book: DayBook,
  id: string,
  item: Item,
  rules: Rules,
  outages: readonly Outage[],
  env: DecideEnv,
): Item {
  const step = nextStep(item.step + 1, skippedOf(item.acts));
  const state = step === STEPS.length ? 'signed' : 'waiting';
  const next: Item = { ...item, step, state, acts: [...item.acts, actOf(env, 'sign', item.step)] };
  book.change(item, (day) => changeEntry(day, id, { state, step, since: env.now }));
  const due = dueOf(book, item);
  if (state !== 'signed' || due === null || env.now < due) return next;
  const late = env.now < liftedBy(due, outages, rules) ? null : lateOf(next, rules, env.zone, outages);
  return publish(book, id, next, env.now, env.now, late);
}
