import { defineCommand } from '@kernel/shared/command';
import type { Write } from '@kernel/shared/record';
import { put, ref } from '@kernel/shared/record';
import { closeDayArgs } from '../args';
import { closeBoard, judgeAgain } from '../../shared/board';
import { DayBook, dayRefs } from '../../shared/day-book';
import { dueNow, judgedAt, outageRef, outagesOn } from '../../shared/due';
import { lateOf, publish } from '../../shared/publish';
import type { Entry } from '../../shared/records';
import { classDayId, classDayRecord, itemRecord, rulesRecord } from '../../shared/records';
import { RULES_ID, rulesOn } from '../../shared/rules';

/**
 * The deadline, as a command: everything signed goes out and every board is judged. Whenever it runs, what was signed before
 * the deadline is published *at* the deadline. (What is signed afterwards goes out by `sign`, so an item that is `signed` here
 * was signed in time.) When an outage of ours lay on the deadline, boards are judged the allowance after its end, and one that
 * was judged before the outage was known is judged once more.
 */
export const closeDay = defineCommand({
  name: 'homework.v1.closeDay',
  kind: 'decision',
  args: closeDayArgs,
  reads: (args, state) => [
    ref(rulesRecord, RULES_ID),
    outageRef(args.date),
    ...args.classes.flatMap((c) => {
      const id = classDayId(c, args.date);
      const day = state.get(classDayRecord, id);
      return [
        ref(classDayRecord, id),
        ...(day?.entries ?? []).flatMap((e) => {
          const item = state.get(itemRecord, e.item);
          return [ref(itemRecord, e.item), ...(item ? dayRefs(item) : [])];
        }),
      ];
    }),
  ],
  decide(state, args, env) {
    const rules = rulesOn(state.get(rulesRecord, RULES_ID), args.date);
    const outages = outagesOn(state, args.date);
    const book = new DayBook(state);
    const due = args.classes.flatMap((c) => {
      const day = book.get(c, args.date);
      return day && dueNow(day, judgedAt(day, outages, rules), env.now) ? [day] : [];
    });
    const writes = new Map<string, Write>();
    for (const { deadline, entries } of due)
      for (const { item: id } of entries) {
        const item = state.get(itemRecord, id);
        if (item?.state !== 'signed' || writes.has(id)) continue;
        writes.set(id, put(itemRecord, id, publish(book, id, item, deadline, env.now, null)));
      }
    for (const { class: c } of due) {
      const day = book.get(c, args.date);
      if (!day) continue;
      const until = judgedAt(day, outages, rules);
      const lateAgain = (e: Entry): Entry['late'] => {
        const item = state.get(itemRecord, e.item);
        if (!item || e.publishedAt === null || e.publishedAt < until) return null;
        return lateOf(item, rules, env.zone, outages);
      };
      book.put(
        day.board.state === 'open'
          ? closeBoard(day, until, env.zone)
          : judgeAgain(day, until, env.zone, lateAgain),
      );
    }
    return [...writes.values(), ...book.writes()];
  },
});
