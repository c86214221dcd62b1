import type { SchoolView, SystemCommand } from '@kernel/server/module';
import type { Day } from '@kernel/shared/time';
import { addDays } from '@kernel/shared/time';
import { personRecord } from '@modules/org';
import type { ClassDay } from '../shared';
import { DAYS_AHEAD, classDayId, classDayRecord, rulesOn, targetOf } from '../shared';
import type { PlannedClass } from './args';
import { openDay } from './commands/open-day';
import type { Inputs } from './inputs';
import type { Memory } from './memory';
import { fingerprint } from './memory';
import { mergeExpected } from './merge-expected';
import { planDay } from './plan-day';

/** Classes in one command: a day of a middle-sized school in one, a large one in a few. */
const CHUNK = 60;

/**
 * Today and the 14 days after it, as the plan has them now. Looks at the class-days only when an input changed, the date did,
 * or today's author target passed; forgets nothing until it has seen that there is nothing left to do.
 */
export async function openDays(view: SchoolView, inputs: Inputs, memory: Memory): Promise<SystemCommand[]> {
  const dueToday = targetOf(rulesOn(inputs.rules, view.today), 'author', view.today, view.zone);
  const stamp = fingerprint([view.today, view.now >= dueToday, inputs]);
  if (memory.opened === stamp) return [];
  const nameOf = await namesOf(view, inputs);
  const commands: SystemCommand[] = [];
  for (let i = 0; i <= DAYS_AHEAD; i += 1)
    commands.push(...(await openOne(view, inputs, addDays(view.today, i), nameOf)));
  if (commands.length === 0) memory.opened = stamp;
  return commands;
}

async function openOne(
  view: SchoolView,
  inputs: Inputs,
  date: Day,
  nameOf: (person: string) => string,
): Promise<SystemCommand[]> {
  const plan = planDay(inputs, date, view.zone, nameOf);
  if (!plan) return [];
  const canAdd = view.now < targetOf(rulesOn(inputs.rules, date), 'author', date, view.zone);
  const ids = plan.classes.map((c) => classDayId(c.id, date));
  const there = new Map((await view.list(classDayRecord, { ids })).map((r) => [r.id, r.body]));
  const wanted = plan.classes.filter((c) => {
    const day = there.get(classDayId(c.id, date));
    return day ? mergeExpected(day, c, canAdd).changed : plan.school && canAdd;
  });
  const commands: SystemCommand[] = [];
  for (let i = 0; i < wanted.length; i += CHUNK)
    commands.push(commandFor(view.today, date, wanted.slice(i, i + CHUNK), there));
  return commands;
}

/** The key holds what is there as well as what is wanted, so a plan changed and changed back is applied both times. */
function commandFor(
  today: Day,
  date: Day,
  classes: PlannedClass[],
  there: ReadonlyMap<string, ClassDay>,
): SystemCommand {
  const before = classes.map((c) => there.get(classDayId(c.id, date))?.expected ?? null);
  const key = `${openDay.name}|${date}|${today}|${fingerprint([classes, before])}`;
  return { key, name: openDay.name, args: { date, classes } };
}

async function namesOf(view: SchoolView, inputs: Inputs): Promise<(person: string) => string> {
  const ids = [...new Set(inputs.classes.flatMap((c) => c.body.teachings.map((t) => t.person)))].sort();
  const names = new Map((await view.list(personRecord, { ids })).map((r) => [r.id, r.body.name]));
  return (person) => names.get(person) ?? person;
}
