import type { BodyOf } from '@kernel/shared/record';
import type { Refusal } from '@kernel/shared/refusal';
import { refuse } from '@kernel/shared/refusal';
import type { DecideEnv } from '@kernel/shared/command';
import type { Day } from '@kernel/shared/time';
import { addDays, dayOf } from '@kernel/shared/time';
import type { calendarRecord } from '@modules/org';
import { dayKind, isSchoolDay, nextSchoolDay } from '@modules/org';
import { DAYS_AHEAD } from '../records';

type Calendar = BodyOf<typeof calendarRecord> | undefined;

/** Doubt favours the person: a day is past when it was over at the earliest moment they can have acted. */
export const isPast = (date: Day, env: DecideEnv): boolean => date < dayOf(env.time.earliest, env.zone);

/**
 * May homework be assigned for this day? Refusals:
 * `homework.notSchoolDay` {date, reason: past | tooFar | outsideTerm | weekend | holiday | closed, name, next}
 * (`next`: the nearest school day from then or today on, or null); `homework.dayUnknown` {date, reason}.
 */
export function refuseDay(calendar: Calendar, date: Day, env: DecideEnv): Refusal | null {
  if (!calendar) return refuse('homework.dayUnknown', { date, reason: 'notCovered' });
  const not = (reason: string, next: Day | null, name = ''): Refusal =>
    refuse('homework.notSchoolDay', { date, reason, name, next });
  if (isPast(date, env)) return not('past', nearest(calendar, env.today));
  const latest = addDays(env.today, DAYS_AHEAD);
  if (date > latest) return not('tooFar', null);
  const kind = dayKind(calendar, date);
  if (kind.kind === 'unknown') return refuse('homework.dayUnknown', { date, reason: kind.reason });
  if (kind.kind === 'school') return null;
  const next = nextSchoolDay(calendar, date);
  return not(kind.reason, next !== null && next <= latest ? next : null, kind.name);
}

const nearest = (calendar: NonNullable<Calendar>, day: Day): Day | null =>
  isSchoolDay(calendar, day) ? day : nextSchoolDay(calendar, day);
