import type { PlannedClass } from './args';
import type { ClassDay, Expected } from '../shared/records';
import { assignTaskId } from '../shared/tasks';

export interface MergedDay {
  readonly day: ClassDay;
  /** Rows that are new or have another teacher: their tasks are made (again). */
  readonly opened: readonly Expected[];
  /** Rows that are no longer expected: their tasks go. */
  readonly dropped: readonly Expected[];
  readonly changed: boolean;
}

/**
 * A class-day after the plan (timetable, teachings, calendar) was read again. What a person did is never touched: entries
 * stay, and rows that are done or excused stay.
 *
 * | row                       | in the plan, same teacher | in the plan, other teacher | not in the plan |
 * | open                      | stays                     | moves to that teacher *    | dropped         |
 * | done, excused             | stays                     | stays                      | stays           |
 * | none                      | added *                   | added *                    | –               |
 *
 * `*` only while `canAdd`: from the author's target on nothing new is asked for that day, so nobody is late for what they
 * were never told in time. A board that was judged is not changed at all.
 */
export function mergeExpected(day: ClassDay, plan: PlannedClass, canAdd: boolean): MergedDay {
  if (day.board.state !== 'open') return { day, opened: [], dropped: [], changed: false };
  const rows: Expected[] = [];
  const opened: Expected[] = [];
  const dropped: Expected[] = [];
  for (const row of day.expected) {
    const planned = plan.expected.find((p) => p.subject === row.subject);
    if (row.state !== 'open' || (planned && (planned.person === row.person || !canAdd))) rows.push(row);
    else if (!planned) dropped.push(row);
    else {
      const moved = { ...row, person: planned.person, personName: planned.personName };
      rows.push(moved);
      opened.push(moved);
    }
  }
  for (const planned of canAdd ? plan.expected : []) {
    if (day.expected.some((row) => row.subject === planned.subject)) continue;
    const assigned = day.entries.some((e) => e.subject === planned.subject);
    const task = assignTaskId(day.class, planned.subject, day.date);
    const row: Expected = { ...planned, task, state: assigned ? 'done' : 'open' };
    rows.push(row);
    if (!assigned) opened.push(row);
  }
  const moved = canAdd && (day.deadline !== plan.deadline || day.className !== plan.name);
  const next = {
    ...day,
    expected: rows,
    ...(canAdd ? { deadline: plan.deadline, className: plan.name } : {}),
  };
  return {
    day: next,
    opened,
    dropped,
    changed: moved || rows.length !== day.expected.length || opened.length + dropped.length > 0,
  };
}
