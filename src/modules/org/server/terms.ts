import type { Day } from '@kernel/shared/time';
import { addDays, mondayOf } from '@kernel/shared/time';
import type { Term } from '../shared/calendar';

/** A term named by its season: one that starts from July on is 秋季, any other 春季. */
export function nameTerm(start: Day, end: Day): Term {
  const year = start.slice(0, 4);
  const autumn = start.slice(5, 7) >= '07';
  return {
    id: `${year}-${autumn ? 'autumn' : 'spring'}`,
    name: `${year}年${autumn ? '秋' : '春'}季学期`,
    start,
    end,
  };
}

/** The example's term: from the Monday twelve weeks before today to a Sunday eight weeks ahead, whenever today is. */
export const termAround = (today: Day): Term =>
  nameTerm(addDays(mondayOf(today), -84), addDays(mondayOf(today), 7 * 9 - 1));
