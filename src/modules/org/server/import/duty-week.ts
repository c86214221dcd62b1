import type { Day } from '@kernel/shared/time';
import { addDays, daysBetween, isDay, mondayOf, weekdayOf } from '@kernel/shared/time';
import type { Term } from '../../shared/calendar';
import { squeeze } from '../../shared/text';

const NEAR = 60;

/**
 * The Monday a duty table is for, from its title: dates (11.23—11.27) in a year that makes the first a Monday, in the
 * term or at most 60 days from today; else the week of the term (第13周). Null when the title names neither or they do not fit.
 */
export function dutyMonday(title: string, term: Term, today: Day): Day | null {
  const dates = /(\d{1,2})[.月/](\d{1,2})日?[-—–~至到]+/.exec(squeeze(title));
  const week = /第(\d{1,2})周/.exec(squeeze(title));
  if (dates) {
    const tail = `${(dates[1] ?? '').padStart(2, '0')}-${(dates[2] ?? '').padStart(2, '0')}`;
    const year = Number(today.slice(0, 4));
    const mondays = [year - 1, year, year + 1]
      .map((y) => `${y}-${tail}`)
      .filter((d) => isDay(d) && weekdayOf(d) === 1);
    const inTerm = mondays.filter((d) => term.start <= addDays(d, 6) && d <= term.end);
    const near = mondays.filter((d) => Math.abs(daysBetween(d, today)) <= NEAR);
    return inTerm[0] ?? near[0] ?? null;
  }
  return week ? addDays(mondayOf(term.start), 7 * (Number(week[1]) - 1)) : null;
}

/** The title without the bracket that only says which week it is: the week is kept apart. */
export const dutyTitle = (title: string): string =>
  title.replace(/\s*\([^()]*(周|\d[.月/]\d)[^()]*\)\s*/g, '').trim() || '护学岗值班表';
