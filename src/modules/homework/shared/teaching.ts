import type { BodyOf } from '@kernel/shared/record';
import type { Day } from '@kernel/shared/time';
import type { classRecord } from '@modules/org';

export type Class = BodyOf<typeof classRecord>;
type Teaching = Class['teachings'][number];

const holdsOn = (t: Teaching, day: Day): boolean =>
  (t.from === null || t.from <= day) && (t.to === null || day <= t.to);

/** Does this person teach the subject to the class on that day? Both ends of a teaching are included. */
export const teaches = (cls: Class, subject: string, person: string, day: Day): boolean =>
  cls.teachings.some((t) => t.subject === subject && t.person === person && holdsOn(t, day));

/**
 * Whose the subject is on that day: of several, one of `preferred` (who stands in the timetable), then the one who came
 * last (a substitute comes after the person they stand in for), then by id. Null when nobody teaches it.
 */
export function teacherOf(
  cls: Class,
  subject: string,
  day: Day,
  preferred: readonly string[] = [],
): string | null {
  const order = (a: Teaching, b: Teaching): number => {
    const wanted = Number(preferred.includes(b.person)) - Number(preferred.includes(a.person));
    if (wanted !== 0) return wanted;
    if (a.from !== b.from) return (a.from ?? '') > (b.from ?? '') ? -1 : 1;
    return a.person < b.person ? -1 : 1;
  };
  const found = cls.teachings.filter((t) => t.subject === subject && holdsOn(t, day)).sort(order);
  return found[0]?.person ?? null;
}
