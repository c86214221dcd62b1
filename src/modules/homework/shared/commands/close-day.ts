import { defineCommand } from '@kernel/shared/command';
import type { Write } from '@kernel/shared/record';
import { put, ref } from '@kernel/shared/record';
import { isSystem } from '@kernel/shared/scope';
import { closeDayArgs } from '../args';
import { closeBoard } from '../board';
import { DayBook, dayRefs } from '../day-book';
import { publish } from '../publish';
import { classDayId, classDayRecord, itemRecord } from '../records';

/**
 * The deadline, as a command: everything signed goes out and every board is judged. Whenever it runs, what was signed before
 * the deadline is published *at* the deadline: an outage of ours makes nobody late. (What is signed afterwards goes out by
 * `sign`, so an item that is `signed` here was signed in time.)
 */
export const closeDay = defineCommand({
  name: 'homework.v1.closeDay',
  kind: 'decision',
  issuer: 'system',
  args: closeDayArgs,
  may: isSystem,
  reads: (args, state) =>
    args.classes.flatMap((c) => {
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
  decide(state, args, env) {
    const book = new DayBook(state);
    const due = args.classes.flatMap((c) => {
      const day = book.get(c, args.date);
      return day && day.board.state === 'open' && env.now >= day.deadline ? [day] : [];
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
      if (day) book.put(closeBoard(day));
    }
    return [...writes.values(), ...book.writes()];
  },
});
