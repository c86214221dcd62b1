import type { BodyOf } from '@kernel/shared/record';
import type { Day } from '@kernel/shared/time';
import type { schoolRecord, timetableRecord } from '@modules/org';
import type { Rules } from './records';
import { dayMinutesOf } from './rules';
import type { Class } from './teaching';
import { teacherOf } from './teaching';

type Timetable = BodyOf<typeof timetableRecord>;
type Subject = BodyOf<typeof schoolRecord>['subjects'][number];

export interface ExpectedSubject {
  readonly subject: string;
  readonly subjectName: string;
  readonly person: string;
}

/**
 * Whose written homework is expected of a class on a day that follows `weekday`'s timetable: at most `rules.subjects`
 * (作业统筹: 每天布置作业不超过3科, seeds/000 section 3 (2)), none in grades without written homework. Sorted by subject id.
 */
export function expectedOf(
  timetable: Timetable,
  cls: Class,
  weekday: number,
  date: Day,
  subjects: readonly Subject[],
  rules: Rules,
): ExpectedSubject[] {
  if (dayMinutesOf(rules, cls.grade) === 0) return [];
  const able = subjects.filter((s) => s.homework && teacherOf(cls, s.id, date) !== null).map((s) => s.id);
  const chosen = shareOut(lessonsByDay(timetable, new Set(able)), rules.subjects).get(String(weekday)) ?? [];
  return chosen.flatMap((id) => {
    const seen = (timetable.days[String(weekday)] ?? []).filter((l) => l.subject === id);
    const person = teacherOf(
      cls,
      id,
      date,
      seen.flatMap((l) => l.person ?? []),
    );
    const subject = subjects.find((s) => s.id === id);
    return subject && person ? [{ subject: id, subjectName: subject.name, person }] : [];
  });
}

/** Weekday → subject → number of lessons. */
type Week = ReadonlyMap<string, ReadonlyMap<string, number>>;

function lessonsByDay(timetable: Timetable, able: ReadonlySet<string>): Week {
  const week = new Map<string, Map<string, number>>();
  for (const weekday of Object.keys(timetable.days).sort()) {
    const lessons = new Map<string, number>();
    for (const { subject } of timetable.days[weekday] ?? [])
      if (subject !== null && able.has(subject)) lessons.set(subject, (lessons.get(subject) ?? 0) + 1);
    week.set(weekday, lessons);
  }
  return week;
}

/**
 * Shares a week's places (`perDay` a day) among the subjects that have a lesson on the day.
 * 1. Every subject gets one place in the week, for as many subjects as that can be done at all (a maximum matching).
 * 2. The places left go, day by day, to the subject that is furthest behind its share of lessons (D'Hondt: the greatest
 *    lessons ÷ (places + 1)); of equals the one with more lessons, then the smaller id.
 * Depends on the lessons only, never on the order of rows.
 */
export function shareOut(week: Week, perDay: number): Map<string, string[]> {
  const days = [...week.keys()].sort();
  const total = new Map<string, number>();
  for (const lessons of week.values())
    for (const [subject, n] of lessons) total.set(subject, (total.get(subject) ?? 0) + n);
  const subjects = [...total.keys()].sort((a, b) => byLessons(total, a, b));
  const places = new Map<string, Set<string>>(days.map((d) => [d, new Set<string>()]));
  const has = (day: string, subject: string): boolean => week.get(day)?.has(subject) ?? false;
  const on = (day: string): Set<string> => places.get(day) ?? new Set();

  const place = (subject: string, tried: Set<string>): boolean => {
    for (const day of days) {
      if (!has(day, subject) || tried.has(day)) continue;
      tried.add(day);
      if (on(day).size < perDay) {
        on(day).add(subject);
        return true;
      }
      for (const other of on(day))
        if (place(other, tried)) {
          on(day).delete(other);
          on(day).add(subject);
          return true;
        }
    }
    return false;
  };
  if (perDay > 0) for (const subject of subjects) place(subject, new Set());

  const held = (subject: string): number => days.filter((d) => on(d).has(subject)).length;
  const share = (subject: string): number => (total.get(subject) ?? 0) / (held(subject) + 1);
  for (const day of days)
    while (on(day).size < perDay) {
      const free = subjects.filter((s) => has(day, s) && !on(day).has(s));
      const next = free.sort((a, b) => share(b) - share(a) || byLessons(total, a, b))[0];
      if (next === undefined) break;
      on(day).add(next);
    }
  return new Map(days.map((d) => [d, [...on(d)].sort()]));
}

function byLessons(total: ReadonlyMap<string, number>, a: string, b: string): number {
  return (total.get(b) ?? 0) - (total.get(a) ?? 0) || (a < b ? -1 : 1);
}
