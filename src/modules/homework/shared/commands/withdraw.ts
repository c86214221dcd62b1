import type { DecideEnv } from '@kernel/shared/command';
import { defineCommand } from '@kernel/shared/command';
import { taskRecord } from '@kernel/shared/kernel-records';
import type { StateReader, Write } from '@kernel/shared/record';
import { put, ref } from '@kernel/shared/record';
import { isRefusal } from '@kernel/shared/refusal';
import { withdrawArgs } from '../args';
import { DayBook, dayRefs } from '../day-book';
import { withExpected, withoutEntry } from '../entries';
import type { Item } from '../records';
import { itemRecord, rulesRecord } from '../records';
import { RULES_ID, rulesOn, targetOf } from '../rules';
import { assignTask, assignTaskId, closeTask, reopenTask, rewriteTaskId } from '../tasks';
import { actOf } from './acts';
import { unpublishedItem } from './own-item';
import { isPast } from './when';

/** 撤回: before publishing, by the author. The place is free at once; what was expected is expected again. */
export const withdraw = defineCommand({
  name: 'homework.v1.withdraw',
  kind: 'decision',
  args: withdrawArgs,
  reads(args, state) {
    const item = state.get(itemRecord, args.item);
    const tasks = item?.classes.map((c) => assignTaskId(c.id, item.subject, item.date)) ?? [];
    return [
      ref(itemRecord, args.item),
      ref(rulesRecord, RULES_ID),
      ref(taskRecord, rewriteTaskId(args.item)),
      ...(item ? dayRefs(item) : []),
      ...tasks.map((t) => ref(taskRecord, t)),
    ];
  },
  decide(state, args, env) {
    const item = unpublishedItem(state, args.item, env);
    if (isRefusal(item)) return item;
    const book = new DayBook(state);
    book.change(item, (day) => withExpected(withoutEntry(day, args.item), item.subject, 'open'));
    const reopened = isPast(item.date, env) ? [] : reopenedTasks(state, item, book, env);
    const rewrite = rewriteTaskId(args.item);
    return [
      put(itemRecord, args.item, {
        ...item,
        state: 'withdrawn',
        acts: [...item.acts, actOf(env, 'withdraw', null)],
      }),
      ...book.writes(),
      ...reopened,
      ...closeTask(rewrite, state.get(taskRecord, rewrite), 'done', env.time.earliest),
    ];
  },
});

/** The tasks of the rows that are expected again; one that was never made, because it was assigned first, is made now. */
function reopenedTasks(state: StateReader, item: Item, book: DayBook, env: DecideEnv): Write[] {
  const rules = rulesOn(state.get(rulesRecord, RULES_ID), item.date);
  const due = targetOf(rules, 'author', item.date, env.zone);
  return item.classes.flatMap((c) => {
    const id = assignTaskId(c.id, item.subject, item.date);
    const task = state.get(taskRecord, id);
    if (task) return reopenTask(id, task);
    const row = book.get(c.id, item.date)?.expected.find((e) => e.subject === item.subject);
    return row ? [assignTask(row, c, item.date, due, env.zone)] : [];
  });
}
