import { defineCommand } from '@kernel/shared/command';
import { put, ref } from '@kernel/shared/record';
import { notFound, refuse } from '@kernel/shared/refusal';
import { MINUTE } from '@kernel/shared/time';
import { returnArgs } from '../args';
import { DayBook, dayRefs } from '../day-book';
import { changeEntry } from '../entries';
import type { Item } from '../records';
import { itemRecord, rulesRecord } from '../records';
import { RULES_ID, rulesOn, targetOf } from '../rules';
import { rewriteTask } from '../tasks';
import { actOf } from './acts';
import { unsignable } from './sign';

/**
 * 退回: by the signer whose turn it is, with a reason; the author gets a card and at least the allowance to answer.
 * `homework.notYourTurn` {item, reason: own | state | step | round, state, step, round} when it has moved on.
 */
export const returnItem = defineCommand({
  name: 'homework.v1.return',
  kind: 'decision',
  args: returnArgs,
  operation: (args) => `homework.v1.return/${args.step}`,
  reads(args, state) {
    const item = state.get(itemRecord, args.item);
    return [ref(itemRecord, args.item), ref(rulesRecord, RULES_ID), ...(item ? dayRefs(item) : [])];
  },
  decide(state, args, env) {
    const item = state.get(itemRecord, args.item);
    const reason = unsignable(item, args.step, args.round, env);
    if (!item || reason === 'notFound') return notFound();
    if (reason)
      return refuse('homework.notYourTurn', {
        item: args.item,
        reason,
        state: item.state,
        step: item.step,
        round: item.round,
      });
    const rules = rulesOn(state.get(rulesRecord, RULES_ID), item.date);
    const due = Math.max(targetOf(rules, 'author', item.date, env.zone), env.now + rules.allowance * MINUTE);
    const returned: Item = {
      ...item,
      state: 'returned',
      step: 0,
      acts: [...item.acts, actOf(env, 'return', args.step, args.reason)],
    };
    const book = new DayBook(state);
    book.change(item, (day) => changeEntry(day, args.item, { state: 'returned', step: 0, since: env.now }));
    return [
      put(itemRecord, args.item, returned),
      ...book.writes(),
      rewriteTask(args.item, returned, args.step, args.reason, { day: env.today, due }, env.zone),
    ];
  },
});
