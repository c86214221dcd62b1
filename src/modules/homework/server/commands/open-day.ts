import { defineCommand } from '@kernel/shared/command';
import { taskRecord } from '@kernel/shared/kernel-records';
import type { Write } from '@kernel/shared/record';
import { put, ref, remove } from '@kernel/shared/record';
import { openDayArgs } from '../args';
import { emptyDay } from '../../shared/entries';
import { mergeExpected } from '../merge-expected';
import { classDayId, classDayRecord, rulesRecord } from '../../shared/records';
import { RULES_ID, rulesOn, targetOf } from '../../shared/rules';
import { assignTask, assignTaskId } from '../../shared/tasks';

/** The plan of one day, made ahead: class-days and the teachers' tasks. Doing it again changes nothing. */
export const openDay = defineCommand({
  name: 'homework.v1.openDay',
  kind: 'decision',
  args: openDayArgs,
  reads: (args) => [
    ref(rulesRecord, RULES_ID),
    ...args.classes.map((c) => ref(classDayRecord, classDayId(c.id, args.date))),
  ],
  decide(state, args, env) {
    const rules = rulesOn(state.get(rulesRecord, RULES_ID), args.date);
    const due = targetOf(rules, 'author', args.date, env.zone);
    const canAdd = env.now < due;
    const writes: Write[] = [];
    for (const plan of args.classes) {
      const there = state.get(classDayRecord, classDayId(plan.id, args.date));
      const before = there ?? emptyDay(plan, args.date, plan.deadline);
      const { day, opened, dropped, changed } = mergeExpected(before, plan, canAdd);
      if (there && !changed) continue;
      writes.push(put(classDayRecord, classDayId(plan.id, args.date), day));
      for (const row of opened) writes.push(assignTask(row, plan, args.date, due, env.zone));
      for (const row of dropped)
        writes.push(remove(taskRecord, assignTaskId(plan.id, row.subject, args.date)));
    }
    return writes;
  },
});
