import type { Actor } from '@kernel/shared/scope';
import type { Day, Instant } from '@kernel/shared/time';
import { writtenOn } from './caps';
import type { ClassDay, Flag, Holder, Item, Rules } from './records';
import { HOLDERS, STEPS } from './records';
import { dayMinutesOf } from './rules';
import { holdsStep } from './steps';

/** A record with its id, as lists come from the device. */
export interface Row<B> {
  readonly id: string;
  readonly body: B;
}

export interface Meter {
  readonly subjects: number;
  readonly subjectLimit: number;
  readonly minutes: number;
  readonly minuteLimit: number;
}

/** 2 of 3 subjects, 27 of 90 minutes: the written homework a class-day holds. `except`: the item being changed. */
export function meterOf(day: ClassDay | undefined, rules: Rules, grade: number, except?: string): Meter {
  const used = writtenOn(day, except);
  return {
    subjects: used.subjects.length,
    subjectLimit: rules.subjects,
    minutes: used.minutes,
    minuteLimit: dayMinutesOf(rules, grade),
  };
}

export interface BoardRow {
  readonly subject: string;
  readonly subjectName: string;
  readonly person: string;
  readonly personName: string;
  readonly state: 'missing' | 'excused' | 'waiting' | 'returned' | 'ready' | 'published';
  /** Who has it now; null when nobody has to do anything. */
  readonly holder: Holder | null;
  /** Since when the holder has it, ms; null for what has not begun. */
  readonly since: Instant | null;
  readonly item: string | null;
}

/** What a board has and lacks, and whose it is: the expected subjects in their order, then what else was assigned. */
export function boardOf(day: ClassDay): BoardRow[] {
  const expected = day.expected.map((row): BoardRow => {
    const entry = day.entries.find((e) => e.subject === row.subject);
    if (entry) return entryRow(entry);
    const excused = row.state === 'excused';
    return {
      subject: row.subject,
      subjectName: row.subjectName,
      person: row.person,
      personName: row.personName,
      state: excused ? 'excused' : 'missing',
      holder: excused ? null : 'author',
      since: null,
      item: null,
    };
  });
  const others = day.entries.filter((e) => !day.expected.some((row) => row.subject === e.subject));
  return [...expected, ...others.map(entryRow)];
}

function entryRow(entry: ClassDay['entries'][number]): BoardRow {
  const { subject, subjectName, person, personName, since, item } = entry;
  const about = { subject, subjectName, person, personName, since, item };
  switch (entry.state) {
    case 'waiting':
      return { ...about, state: 'waiting', holder: HOLDERS[entry.step + 1] ?? null };
    case 'returned':
      return { ...about, state: 'returned', holder: 'author' };
    case 'signed':
      return { ...about, state: 'ready', holder: null };
    case 'published':
      return { ...about, state: 'published', holder: null };
  }
}

export interface SignQueue {
  /** Index into STEPS. */
  readonly step: number;
  /** Rule-clean: may be signed together. */
  readonly clean: readonly Row<Item>[];
  /** To be opened one by one, and why. */
  readonly exceptions: readonly { readonly item: Row<Item>; readonly flags: readonly Flag[] }[];
}

/** What waits for this person's signature, one queue for each step they hold, also when it is empty. Earliest day first. */
export function signQueue(items: readonly Row<Item>[], actor: Actor): SignQueue[] {
  const sorted = [...items].sort((a, b) => order(a.body.date, b.body.date) || order(a.id, b.id));
  return STEPS.flatMap((role, step) => {
    if (!actor.grants.some((g) => g.role === role)) return [];
    const mine = sorted.filter(
      ({ body }) =>
        body.state === 'waiting' &&
        body.step === step &&
        body.author !== actor.person &&
        holdsStep(actor, step, body.prep),
    );
    return [
      {
        step,
        clean: mine.filter((r) => r.body.flags.length === 0),
        exceptions: mine
          .filter((r) => r.body.flags.length > 0)
          .map((item) => ({ item, flags: item.body.flags })),
      },
    ];
  });
}

/** 同昨天: the author's latest earlier homework of this subject for this class, or undefined. */
export function yesterdayOf(
  items: readonly Row<Item>[],
  author: string,
  classId: string,
  subject: string,
  date: Day,
): Row<Item> | undefined {
  return items
    .filter(
      ({ body }) =>
        body.author === author &&
        body.subject === subject &&
        body.state !== 'withdrawn' &&
        body.date < date &&
        body.classes.some((c) => c.id === classId),
    )
    .sort((a, b) => order(b.body.date, a.body.date) || order(b.id, a.id))[0];
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
