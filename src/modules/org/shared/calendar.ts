import type { BodyOf } from '@kernel/shared/record';
import type { Day } from '@kernel/shared/time';
import { addDays, weekdayOf } from '@kernel/shared/time';
import type { calendarRecord } from './records';

export type Calendar = BodyOf<typeof calendarRecord>;
export type Term = Calendar['terms'][number];
/** Whose weekday's timetable a school day uses. */
export type Weekday = 1 | 2 | 3 | 4 | 5;

export type DayKind =
  | { readonly kind: 'school'; readonly follows: Weekday }
  /** `name` is the holiday's, or the school's own reason. */
  | {
      readonly kind: 'off';
      readonly reason: 'outsideTerm' | 'weekend' | 'holiday' | 'closed';
      readonly name: string;
    }
  | { readonly kind: 'unknown'; readonly reason: UnknownReason };
export type UnknownReason = 'notCovered' | 'makeupWithoutTimetable';

export function termOf(calendar: Calendar, day: Day): Term | null {
  return calendar.terms.find((t) => t.start <= day && day <= t.end) ?? null;
}

/**
 * What a day is. What the school said wins over the published holidays and makeup days, these over the weekend. Never
 * guessed: a day of a year nobody has data for is unknown, and so is a 调休上班日 until the school has said which
 * weekday's timetable it follows (china-platform.md §6).
 */
export function dayKind(calendar: Calendar, day: Day): DayKind {
  if (!termOf(calendar, day)) return { kind: 'off', reason: 'outsideTerm', name: '' };
  const weekday = weekdayOf(day);
  const said = calendar.overrides[day];
  if (said?.kind === 'off') return { kind: 'off', reason: 'closed', name: said.reason };
  if (said) return schoolDay(said.follows ?? weekday);
  if (!calendar.coveredYears.includes(Number(day.slice(0, 4))))
    return { kind: 'unknown', reason: 'notCovered' };
  const published = calendar.published[day];
  if (published?.kind === 'holiday') return { kind: 'off', reason: 'holiday', name: published.name };
  if (published) return schoolDay(weekday);
  return weekday <= 5 ? schoolDay(weekday) : { kind: 'off', reason: 'weekend', name: '' };
}

function schoolDay(follows: number): DayKind {
  return follows >= 1 && follows <= 5
    ? { kind: 'school', follows: follows as Weekday }
    : { kind: 'unknown', reason: 'makeupWithoutTimetable' };
}

export const isSchoolDay = (calendar: Calendar, day: Day): boolean =>
  dayKind(calendar, day).kind === 'school';

/** `stop`: an unknown day in between makes the answer unknown (null). `skip`: take the nearest known school day. */
export type OnUnknown = 'stop' | 'skip';

/** The first school day after `day` (never `day` itself), or null: no later one, or not known. */
export const nextSchoolDay = (calendar: Calendar, day: Day, onUnknown: OnUnknown = 'stop'): Day | null =>
  remembered(calendar, day, 1, onUnknown);

/** The last school day before `day` (never `day` itself), or null. */
export const previousSchoolDay = (calendar: Calendar, day: Day, onUnknown: OnUnknown = 'stop'): Day | null =>
  remembered(calendar, day, -1, onUnknown);

/** Every homework asks for the next days of the same calendar: a body is never changed, so its answers are kept with it. */
const answers = new WeakMap<Calendar, Map<string, Day | null>>();

function remembered(calendar: Calendar, from: Day, step: 1 | -1, onUnknown: OnUnknown): Day | null {
  let known = answers.get(calendar);
  if (!known) answers.set(calendar, (known = new Map()));
  const key = `${from} ${step} ${onUnknown}`;
  let answer = known.get(key);
  if (answer === undefined) known.set(key, (answer = walk(calendar, from, step, onUnknown)));
  return answer;
}

function walk(calendar: Calendar, from: Day, step: 1 | -1, onUnknown: OnUnknown): Day | null {
  const ahead = (t: Term): boolean => (step > 0 ? t.end > from : t.start < from);
  const terms = calendar.terms.filter(ahead).sort((a, b) => (a.start < b.start ? -step : step));
  for (const term of terms) {
    const first = step > 0 ? term.start : term.end;
    const beyond = step > 0 ? first > from : first < from;
    for (
      let day = beyond ? first : addDays(from, step);
      term.start <= day && day <= term.end;
      day = addDays(day, step)
    ) {
      const kind = dayKind(calendar, day).kind;
      if (kind === 'school') return day;
      if (kind === 'unknown' && onUnknown === 'stop') return null;
    }
  }
  return null;
}

/** Known school days from `from` to `to`, both included, in order. What is not known is not in it: see `uncovered`. */
export function schoolDaysBetween(calendar: Calendar, from: Day, to: Day): Day[] {
  const days: Day[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) if (isSchoolDay(calendar, day)) days.push(day);
  return days;
}

export interface DayRange {
  readonly from: Day;
  readonly to: Day;
  readonly reason: UnknownReason;
}

/** The days of the terms that nobody has said anything about, as ranges in order: what to ask the administrator. */
export function uncovered(calendar: Calendar): DayRange[] {
  const ranges: { from: Day; to: Day; reason: UnknownReason }[] = [];
  for (const term of [...calendar.terms].sort((a, b) => (a.start < b.start ? -1 : 1))) {
    for (let day = term.start; day <= term.end; day = addDays(day, 1)) {
      const kind = dayKind(calendar, day);
      if (kind.kind !== 'unknown') continue;
      const last = ranges[ranges.length - 1];
      if (last && last.to >= day) continue;
      if (last && last.reason === kind.reason && addDays(last.to, 1) === day) last.to = day;
      else ranges.push({ from: day, to: day, reason: kind.reason });
    }
  }
  return ranges;
}
