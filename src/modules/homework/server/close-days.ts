import type { SchoolView, SystemCommand } from '@kernel/server/module';
import { outageRecord } from '@kernel/shared/outage';
import type { Day } from '@kernel/shared/time';
import { addDays } from '@kernel/shared/time';
import { classDayId, classDayRecord, deadlineOf, dueNow, judgedAt, rulesOn } from '../shared';
import { closeDay } from './commands/close-day';
import type { Inputs } from './inputs';
import type { Memory } from './memory';
import { fingerprint } from './memory';

/** How far back a process that has just started looks for boards nobody judged (it was down for a long holiday). */
const DAYS_BACK = 21;

/**
 * `closeDay` for every board past its deadline (as outages of ours moved it) that is still open: today's, and those of days
 * this process has not seen closed.
 * One command per grade and day, because an item never crosses grades.
 */
export async function closeDays(view: SchoolView, inputs: Inputs, memory: Memory): Promise<SystemCommand[]> {
  const commands: SystemCommand[] = [];
  const from = memory.closedThrough ? addDays(memory.closedThrough, 1) : addDays(view.today, -DAYS_BACK);
  for (let date = from; date <= view.today; date = addDays(date, 1)) {
    const found = await closeOne(view, inputs, date);
    commands.push(...found);
    if (commands.length === 0 && date < view.today) memory.closedThrough = date;
  }
  return commands;
}

async function closeOne(view: SchoolView, inputs: Inputs, date: Day): Promise<SystemCommand[]> {
  const rules = rulesOn(inputs.rules, date);
  if (view.now < deadlineOf(rules, date, view.zone)) return [];
  const outages = (await view.get(outageRecord, date))?.spans ?? [];
  const ids = inputs.classes.map((c) => classDayId(c.id, date));
  const grades = new Map<number, string[]>();
  for (const { body } of await view.list(classDayRecord, { ids }))
    if (dueNow(body, judgedAt(body, outages, rules), view.now))
      grades.set(body.grade, [...(grades.get(body.grade) ?? []), body.class]);
  return [...grades].map(([grade, list]) => {
    const classes = list.sort();
    const key = `${closeDay.name}|${date}|g${grade}|${fingerprint(outages.length ? [classes, outages] : classes)}`;
    return { key, name: closeDay.name, args: { date, classes } };
  });
}
