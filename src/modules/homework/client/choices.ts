import type { Calendar } from '@modules/org';
import { isSchoolDay, nextSchoolDay } from '@modules/org';
import type { Day, Instant } from '@kernel/shared/time';
import { addDays } from '@kernel/shared/time';
import { dayWords } from '@kernel/client/ui/words';
import type { Rules } from '../shared';
import { deadlineOf } from '../shared';

/** What can be chosen on the form, so that the usual answer is already chosen. */

export interface Teaching {
  readonly subject: string;
  readonly subjectName: string;
  readonly classes: readonly { readonly id: string; readonly name: string; readonly grade: number }[];
}

interface ClassBody {
  readonly name: string;
  readonly grade: number;
  readonly number: number;
  readonly teachings: readonly { subject: string; person: string; from: Day | null; to: Day | null }[];
}

/** What the person teaches today, by subject, classes in order. */
export function teachingsOf(
  person: string,
  classes: readonly { id: string; body: ClassBody }[],
  subjectName: (id: string) => string,
  today: Day,
): Teaching[] {
  const found = new Map<string, { id: string; name: string; grade: number; number: number }[]>();
  for (const { id, body } of classes)
    for (const t of body.teachings) {
      if (t.person !== person || (t.from && today < t.from) || (t.to && t.to < today)) continue;
      const list = found.get(t.subject) ?? [];
      if (!list.some((c) => c.id === id))
        list.push({ id, name: body.name, grade: body.grade, number: body.number });
      found.set(t.subject, list);
    }
  return [...found].map(([subject, list]) => ({
    subject,
    subjectName: subjectName(subject),
    classes: list.sort((a, b) => a.grade - b.grade || a.number - b.number),
  }));
}

/** Before the deadline of a school day that day is still open, afterwards the next one. */
export function openDay(
  calendar: Calendar,
  rules: (day: Day) => Rules,
  now: Instant,
  today: Day,
  zone: string,
): Day {
  if (isSchoolDay(calendar, today) && now < deadlineOf(rules(today), today, zone)) return today;
  return nextSchoolDay(calendar, today, 'skip') ?? today;
}

/** The open day and the school days after it. */
export function dayChoices(calendar: Calendar, first: Day, count: number): Day[] {
  const days = [first];
  while (days.length < count) {
    const next = nextSchoolDay(calendar, days[days.length - 1] ?? first, 'skip');
    if (!next) break;
    days.push(next);
  }
  return days;
}

/** On a chip: 今天, 明天, 昨天 or 周三, with the date under it. */
export function dayChip(day: Day, today: Day): { label: string; hint: string } {
  const [date = '', weekday = ''] = dayWords(day).split(' ');
  const near =
    day === today
      ? '今天'
      : day === addDays(today, 1)
        ? '明天'
        : day === addDays(today, -1)
          ? '昨天'
          : weekday;
  return { label: near, hint: date };
}

/** 今天 11月23日 周一 · 明天 … · 11月25日 周三 */
export function dayLabel(day: Day, today: Day): string {
  if (day === today) return `今天 ${dayWords(day)}`;
  return day === addDays(today, 1) ? `明天 ${dayWords(day)}` : dayWords(day);
}
