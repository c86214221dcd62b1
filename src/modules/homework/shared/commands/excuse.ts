import { defineCommand } from '@kernel/shared/command';
import { taskRecord } from '@kernel/shared/kernel-records';
import { ref } from '@kernel/shared/record';
import { notFound, refuse } from '@kernel/shared/refusal';
import { excuseArgs } from '../args';
import { settleBoard } from '../board';
import { DayBook } from '../day-book';
import { judgedAt, outageRef, outagesOn } from '../due';
import { withExpected } from '../entries';
import { classDayId, classDayRecord, rulesRecord } from '../records';
import { RULES_ID, rulesOn } from '../rules';
import { assignTaskId, closeTask } from '../tasks';
import { isPast } from './when';

/**
 * 今天不布置: the teacher it was expected of says there is none. Fewer is always allowed, so nobody signs it. Assigning
 * afterwards simply takes it back. Said after the deadline, it completes a late board and the lateness is the author's.
 */
export const excuse = defineCommand({
  name: 'homework.v1.excuse',
  kind: 'decision',
  args: excuseArgs,
  reads: (args) => [
    ref(rulesRecord, RULES_ID),
    outageRef(args.date),
    ref(classDayRecord, classDayId(args.class, args.date)),
    ref(taskRecord, assignTaskId(args.class, args.subject, args.date)),
  ],
  decide(state, args, env) {
    const book = new DayBook(state);
    const day = book.get(args.class, args.date);
    const row = day?.expected.find((e) => e.subject === args.subject);
    if (!day || !row || row.person !== env.actor.person) return notFound();
    const entry = day.entries.find((e) => e.subject === args.subject);
    if (entry) {
      const taken = { id: day.class, name: day.className, item: entry.item, personName: entry.personName };
      return refuse('homework.alreadyAssigned', { item: entry.item, classes: [taken] });
    }
    if (isPast(args.date, env))
      return refuse('homework.notSchoolDay', { date: args.date, reason: 'past', name: '', next: null });
    if (row.state === 'excused') return [];
    const rules = rulesOn(state.get(rulesRecord, RULES_ID), args.date);
    const due = judgedAt(day, outagesOn(state, args.date), rules);
    const blame = env.time.earliest < due ? 'nobody' : 'author';
    book.put(settleBoard(withExpected(day, args.subject, 'excused'), env.now, blame));
    const task = assignTaskId(args.class, args.subject, args.date);
    return [...book.writes(), ...closeTask(task, state.get(taskRecord, task), 'excused', env.time.earliest)];
  },
});
