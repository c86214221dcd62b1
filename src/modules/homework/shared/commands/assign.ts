import type { DecideEnv } from '@kernel/shared/command';
import { defineCommand } from '@kernel/shared/command';
import type { Ref, StateReader, Write } from '@kernel/shared/record';
import { put, ref } from '@kernel/shared/record';
import type { Refusal } from '@kernel/shared/refusal';
import { isRefusal, notFound, refuse } from '@kernel/shared/refusal';
import { taskRecord } from '@kernel/shared/kernel-records';
import type { Day } from '@kernel/shared/time';
import { addDays } from '@kernel/shared/time';
import {
  calendarRecord,
  classRecord,
  holderOn,
  nextSchoolDay,
  prepGroupId,
  prepGroupRecord,
  schoolRecord,
} from '@modules/org';
import type { AssignArgs } from '../args';
import { assignArgs } from '../args';
import type { DraftClass, LaterDay } from '../caps';
import { checkDraft, firstStop } from '../caps';
import { DayBook } from '../day-book';
import { liftedBy, outageRef, outagesOn } from '../due';
import { emptyDay, entryOf, withEntry, withExpected } from '../entries';
import type { Item } from '../records';
import { DAYS_AHEAD, classDayId, classDayRecord, itemRecord, rulesRecord } from '../records';
import { RULES_ID, deadlineOf, rulesOn } from '../rules';
import { nextStep, skipsFor } from '../steps';
import { assignTaskId, closeTask } from '../tasks';
import type { Class } from '../teaching';
import { teaches } from '../teaching';
import { actOf, skipActs } from './acts';
import { byTier, flagsOf } from './content';
import { refuseDay } from './when';

/** School days after the wanted one that are looked at for `nextFree`. */
const LATER_DAYS = 5;
const SCHOOL = 'school';

/** 布置作业: claims one place in each class's day. First come, first served, by the order in which the server has them. */
export const assign = defineCommand({
  name: 'homework.v1.assign',
  kind: 'decision',
  args: assignArgs,
  reads: (args, state) => [
    ref(schoolRecord, SCHOOL),
    ref(calendarRecord, SCHOOL),
    ref(rulesRecord, RULES_ID),
    outageRef(args.date),
    ...args.classes.map((c) => ref(classRecord, c)),
    ...args.classes.flatMap((c) => [
      ref(classDayRecord, classDayId(c, args.date)),
      ref(taskRecord, assignTaskId(c, args.subject, args.date)),
    ]),
    ...prepRefs(args, state),
    ...laterDays(args, state).flatMap((day) =>
      args.classes.map((c) => ref(classDayRecord, classDayId(c, day))),
    ),
  ],
  decide(state, args, env) {
    const classes = classesOf(state, args, env);
    if (isRefusal(classes)) return classes;
    const school = state.get(schoolRecord, SCHOOL);
    const subject = school?.subjects.find((s) => s.id === args.subject);
    const grade = classes[0]?.body.grade;
    if (!subject || grade === undefined) return notFound();
    if (classes.some((c) => c.body.grade !== grade))
      return refuse('homework.mixedGrades', {
        classes: classes.map((c) => ({ id: c.id, name: c.body.name, grade: c.body.grade })),
      });
    const noDay = refuseDay(state.get(calendarRecord, SCHOOL), args.date, env);
    if (noDay) return noDay;
    if (args.form === 'written' && !subject.homework)
      return refuse('homework.notWritten', { subject: subject.id, subjectName: subject.name });

    const rulesBody = state.get(rulesRecord, RULES_ID);
    const rules = rulesOn(rulesBody, args.date);
    const book = new DayBook(state);
    const drafts: DraftClass[] = classes.map((c) => ({
      id: c.id,
      name: c.body.name,
      grade,
      day: book.get(c.id, args.date),
    }));
    const lastDay = addDays(env.today, DAYS_AHEAD);
    const later: LaterDay[] = laterDays(args, state)
      .filter((date) => date <= lastDay)
      .filter((date) => classes.every((c) => teaches(c.body, args.subject, env.actor.person, date)))
      .map((date) => ({ date, rules: rulesOn(rulesBody, date), dayOf: (c) => book.get(c, date) }));
    const stop = firstStop(checkDraft(args, drafts, rules, later));
    if (stop) return refuse(stop.code, stop.details);

    const prep = prepGroupId(grade, args.subject);
    const leader = holderOn(state.get(prepGroupRecord, prep)?.leaders ?? [], env.today);
    const skips = skipsFor(env.actor, prep, leader);
    const deadline = deadlineOf(rules, args.date, env.zone);
    const due = liftedBy(deadline, outagesOn(state, args.date), rules);
    const item: Item = {
      author: env.actor.person,
      authorName: env.actor.name,
      subject: subject.id,
      subjectName: subject.name,
      prep,
      grade,
      classes: classes.map((c) => ({ id: c.id, name: c.body.name })),
      date: args.date,
      form: args.form,
      tiers: byTier(args.tiers),
      state: 'waiting',
      step: nextStep(0, new Set(skips.keys())),
      round: 1,
      flags: flagsOf(args, rules, { revised: false, late: env.time.earliest >= due }),
      acts: [actOf(env, 'assign', null), ...skipActs(env, skips)],
      corrections: [],
      copiedFrom: args.copiedFrom,
      rulesVersion: rules.version,
    };
    const entry = entryOf(env.commandId, item, rules, env.now);
    for (const c of classes) {
      const there = book.get(c.id, args.date) ?? emptyDay({ ...c.body, id: c.id }, args.date, deadline);
      book.put(withExpected(withEntry(there, entry), args.subject, 'done'));
    }
    return [put(itemRecord, env.commandId, item), ...book.writes(), ...closedTasks(state, args, env)];
  },
});

/** The classes, if this person teaches the subject in every one of them on that day. */
function classesOf(
  state: StateReader,
  args: AssignArgs,
  env: DecideEnv,
): { id: string; body: Class }[] | Refusal {
  const found: { id: string; body: Class }[] = [];
  for (const id of args.classes) {
    const body = state.get(classRecord, id);
    if (!body || !teaches(body, args.subject, env.actor.person, args.date)) return notFound();
    found.push({ id, body });
  }
  return found;
}

function prepRefs(args: AssignArgs, state: StateReader): Ref[] {
  const first = state.get(classRecord, args.classes[0] ?? '');
  return first ? [ref(prepGroupRecord, prepGroupId(first.grade, args.subject))] : [];
}

function laterDays(args: AssignArgs, state: StateReader): Day[] {
  const calendar = state.get(calendarRecord, SCHOOL);
  const days: Day[] = [];
  if (!calendar || args.form !== 'written') return days;
  let day: Day | null = args.date;
  while (days.length < LATER_DAYS && day !== null) {
    day = nextSchoolDay(calendar, day);
    if (day !== null) days.push(day);
  }
  return days;
}

function closedTasks(state: StateReader, args: AssignArgs, env: DecideEnv): Write[] {
  return args.classes.flatMap((c) => {
    const id = assignTaskId(c, args.subject, args.date);
    return closeTask(id, state.get(taskRecord, id), 'done', env.time.earliest);
  });
}
