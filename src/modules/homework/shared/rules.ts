import type { BodyOf } from '@kernel/shared/record';
import type { Day, Instant } from '@kernel/shared/time';
import { instantOf } from '@kernel/shared/time';
import type { Holder, Rules, rulesRecord } from './records';
import { HOLDERS } from './records';

export const RULES_ID = 'school';

/**
 * What holds until a school says otherwise. Version 0 = the published defaults.
 * Sources: at most 3 subjects, 15 minutes each, board by 9:00, three signatures — seeds/000 section 3 (1)–(2);
 * minutes a day by grade — 教基厅函〔2021〕13号 二: grades 1–2 no written homework, 3–6 within 60, 7–9 within 90.
 * Targets and the signers' allowance are ours: they share the morning out so that four people on time make a board on time.
 */
export const DEFAULT_RULES: Rules = {
  version: 0,
  from: '2021-09-01',
  subjects: 3,
  subjectMinutes: 15,
  dayMinutes: [0, 0, 60, 60, 60, 60, 90, 90, 90],
  deadline: '09:00',
  targets: ['08:00', '08:20', '08:40', '08:55'],
  allowance: 20,
};

/** The version in force on a day: the newest `from` not after it (of two on one day the higher version). */
export function rulesOn(body: BodyOf<typeof rulesRecord> | undefined, day: Day): Rules {
  let found: Rules | undefined;
  for (const rules of body?.versions ?? []) {
    if (rules.from > day) continue;
    if (!found || rules.from > found.from || (rules.from === found.from && rules.version > found.version))
      found = rules;
  }
  return found ?? DEFAULT_RULES;
}

/** Written minutes a class of this grade (1–9) may have a day; 0 = no written homework at all. */
export const dayMinutesOf = (rules: Rules, grade: number): number => rules.dayMinutes[grade - 1] ?? 0;

/** When the board of a day is due. */
export const deadlineOf = (rules: Rules, day: Day, zone: string): Instant =>
  instantOf(day, rules.deadline, zone);

/** When a holder should have passed that day's homework on; a target the school left out is the deadline. */
export function targetOf(rules: Rules, holder: Holder, day: Day, zone: string): Instant {
  return instantOf(day, rules.targets[HOLDERS.indexOf(holder)] ?? rules.deadline, zone);
}
