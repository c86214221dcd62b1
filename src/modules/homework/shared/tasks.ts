import type { BodyOf, Write } from '@kernel/shared/record';
import { put } from '@kernel/shared/record';
import { taskRecord } from '@kernel/shared/kernel-records';
import type { Day, Instant } from '@kernel/shared/time';
import { addDays, instantOf } from '@kernel/shared/time';
import type { Item } from './records';

export type Task = BodyOf<typeof taskRecord>;

/** 布置作业. Seconds: what same-as-yesterday takes, with a look at it. */
export const ASSIGN_TASK = 'homework.assign';
/** 修改被退回的作业. */
export const REWRITE_TASK = 'homework.rewrite';
const ASSIGN_SECONDS = 20;
const REWRITE_SECONDS = 40;

export const assignTaskId = (classId: string, subject: string, date: Day): string =>
  `${ASSIGN_TASK}|${classId}|${subject}|${date}`;
export const rewriteTaskId = (item: string): string => `${REWRITE_TASK}|${item}`;

export function assignTask(
  expected: { readonly subject: string; readonly subjectName: string; readonly person: string },
  cls: { readonly id: string; readonly name: string },
  date: Day,
  due: Instant,
  zone: string,
): Write {
  return put(taskRecord, assignTaskId(cls.id, expected.subject, date), {
    type: ASSIGN_TASK,
    person: expected.person,
    day: date,
    due,
    until: dayEnds(date, zone),
    seconds: ASSIGN_SECONDS,
    state: 'open',
    doneAt: null,
    about: {
      class: cls.id,
      className: cls.name,
      subject: expected.subject,
      subjectName: expected.subjectName,
    },
  });
}

/** The author's card for a returned item. `about.classNames` is the names joined by 、. */
export function rewriteTask(
  id: string,
  item: Item,
  step: number,
  reason: string,
  owed: { readonly day: Day; readonly due: Instant },
  zone: string,
): Write {
  return put(taskRecord, rewriteTaskId(id), {
    type: REWRITE_TASK,
    person: item.author,
    // Owed on the day it was returned, whatever day the homework is for: it is not work for later.
    day: owed.day,
    due: owed.due,
    until: dayEnds(item.date, zone),
    seconds: REWRITE_SECONDS,
    state: 'open',
    doneAt: null,
    about: {
      item: id,
      round: item.round,
      step,
      reason,
      subject: item.subject,
      subjectName: item.subjectName,
      classNames: item.classes.map((c) => c.name).join('、'),
    },
  });
}

/** Homework of a day that is over can neither be assigned nor rewritten. */
const dayEnds = (date: Day, zone: string): Instant => instantOf(addDays(date, 1), '00:00', zone);

/** Closes a task that is there; nothing to write when it is not. */
export function closeTask(
  id: string,
  task: Task | undefined,
  state: 'done' | 'excused',
  at: Instant,
): Write[] {
  return task ? [put(taskRecord, id, { ...task, state, doneAt: at })] : [];
}

export function reopenTask(id: string, task: Task | undefined): Write[] {
  return task ? [put(taskRecord, id, { ...task, state: 'open', doneAt: null })] : [];
}
