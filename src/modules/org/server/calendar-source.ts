import days from 'chinese-days';
import type { Day } from '@kernel/shared/time';
import { addDays } from '@kernel/shared/time';
import type { Calendar, Term } from '../shared/calendar';

/**
 * Public holidays and makeup days from the package chinese-days, which copies the State Council's yearly notice. The
 * package says nothing about a year it does not know — it calls 2027-01-01 a workday (china-platform.md §6) — so a year
 * counts as covered only when its own data names the year's fixed holidays and a Spring Festival.
 */
export function calendarFor(terms: readonly Term[]): Calendar {
  const published: Calendar['published'] = {};
  const years = new Set<number>();
  for (const term of terms)
    for (let day = term.start; day <= term.end; day = addDays(day, 1)) {
      const year = Number(day.slice(0, 4));
      if (!covers(year)) continue;
      years.add(year);
      const entry = entryOf(day);
      if (entry) published[day] = entry;
    }
  return { terms: [...terms], coveredYears: [...years].sort(), published, overrides: {} };
}

const known = new Map<number, boolean>();

/** Does the package hold the arrangement of this year? */
export function covers(year: number): boolean {
  const before = known.get(year);
  if (before !== undefined) return before;
  const on = (day: string): boolean => entryOf(`${year}-${day}`)?.kind === 'holiday';
  let spring = 0;
  for (let day = `${year}-01-21`; day <= `${year}-02-28`; day = addDays(day, 1))
    if (entryOf(day)?.kind === 'holiday' && entryOf(day)?.name.includes('春节')) spring++;
  const result = on('01-01') && on('05-01') && on('10-01') && on('10-02') && on('10-03') && spring >= 3;
  known.set(year, result);
  return result;
}

/** `National Day,国庆节,3` names a day of the notice; a plain weekday name means the package has nothing to say. */
function entryOf(day: Day): Calendar['published'][string] | null {
  const { work, name } = days.getDayDetail(day);
  const [, chinese] = name.split(',');
  return chinese ? { kind: work ? 'makeup' : 'holiday', name: chinese } : null;
}
