import type { Day, Instant } from '@kernel/shared/time';
import { isOverMinutes, largestOf } from './caps';
import type { ClassDay, Entry, Expected, Item, Rules } from './records';

/** A class-day nobody has planned yet: nothing expected, nothing there. */
export function emptyDay(
  cls: { readonly id: string; readonly name: string; readonly grade: number; readonly scope: string },
  date: Day,
  deadline: Instant,
): ClassDay {
  return {
    class: cls.id,
    className: cls.name,
    grade: cls.grade,
    scope: cls.scope,
    date,
    deadline,
    expected: [],
    entries: [],
    board: { state: 'open', completeAt: null, holder: null, lifted: null },
  };
}

/** An item's line in its class-days before it is published. `since`: when it reached the present holder. */
export function entryOf(id: string, item: Item, rules: Rules, since: Instant): Entry {
  return {
    item: id,
    subject: item.subject,
    subjectName: item.subjectName,
    person: item.author,
    personName: item.authorName,
    written: item.form === 'written',
    minutes: largestOf(item.tiers),
    state: item.state === 'withdrawn' ? 'waiting' : item.state,
    step: item.step,
    overLimit: isOverMinutes(item, rules),
    corrected: false,
    since,
    publishedAt: null,
    late: null,
  };
}

/** The class-day with this entry in the place of the item's old one, or added at the end. */
export function withEntry(day: ClassDay, entry: Entry): ClassDay {
  const there = day.entries.some((e) => e.item === entry.item);
  const entries = there
    ? day.entries.map((e) => (e.item === entry.item ? entry : e))
    : [...day.entries, entry];
  return { ...day, entries };
}

export const changeEntry = (day: ClassDay, item: string, change: Partial<Entry>): ClassDay => ({
  ...day,
  entries: day.entries.map((e) => (e.item === item ? { ...e, ...change } : e)),
});

export const withoutEntry = (day: ClassDay, item: string): ClassDay => ({
  ...day,
  entries: day.entries.filter((e) => e.item !== item),
});

export const withExpected = (day: ClassDay, subject: string, state: Expected['state']): ClassDay => ({
  ...day,
  expected: day.expected.map((e) => (e.subject === subject ? { ...e, state } : e)),
});
