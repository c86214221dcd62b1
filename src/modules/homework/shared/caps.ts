import type { Day } from '@kernel/shared/time';
import type { ClassDay, Form, Rules } from './records';
import { dayMinutesOf } from './rules';

/** What a teacher is writing, as far as the caps care. `item`: the one being changed, whose own entry then does not count. */
export interface Draft {
  readonly subject: string;
  readonly form: Form;
  readonly tiers: readonly { readonly minutes: number }[];
  readonly item?: string;
}

export interface DraftClass {
  readonly id: string;
  readonly name: string;
  readonly grade: number;
  /** Undefined: nothing is known of that day yet, so nothing is on it. */
  readonly day: ClassDay | undefined;
}

/** A later school day that may be offered instead. */
export interface LaterDay {
  readonly date: Day;
  readonly rules: Rules;
  dayOf(classId: string): ClassDay | undefined;
}

/** `stop` is refused by the server too; `flag` is accepted and shown to the signers. */
export type DraftProblem = Stop | OverMinutes;
export interface Stop {
  readonly severity: 'stop';
  readonly code: 'homework.alreadyAssigned' | 'homework.subjectsFull' | 'homework.dayMinutesFull';
  readonly details: Readonly<Record<string, unknown>>;
}
export interface OverMinutes {
  readonly severity: 'flag';
  readonly code: 'homework.overMinutes';
  readonly details: { readonly minutes: number; readonly limit: number };
}

/** Minutes of the largest tier: what a class has to reckon with. */
export const largestOf = (tiers: Draft['tiers']): number => Math.max(0, ...tiers.map((t) => t.minutes));

/** Over the minutes one subject may take: an exception for the signers, counted when published. Written homework only. */
export const isOverMinutes = (draft: Draft, rules: Rules): boolean =>
  draft.form === 'written' && largestOf(draft.tiers) > rules.subjectMinutes;

/** What written homework a class-day holds, leaving out one item. */
export function writtenOn(
  day: ClassDay | undefined,
  except?: string,
): { subjects: string[]; minutes: number } {
  const entries = (day?.entries ?? []).filter((e) => e.written && e.item !== except);
  return {
    subjects: entries.map((e) => e.subjectName),
    minutes: entries.reduce((sum, e) => sum + e.minutes, 0),
  };
}

/**
 * Everything against a draft, for all its classes at once; a form shows it while typing and `decide` refuses on the first
 * `stop`. Order: already assigned, subjects, minutes, then flags. Details hold only classes that have the problem:
 *
 * | code              | details                                                           |
 * | alreadyAssigned   | item, classes: {id, name, item, personName}[]                     |
 * | subjectsFull      | limit, classes: {id, name, subjects: name[], nextFree: day or null}[] |
 * | dayMinutesFull    | minutes (the draft's), classes: {id, name, used, limit, nextFree}[]   |
 * | overMinutes (flag)| minutes, limit                                                    |
 *
 * An item that is being changed and does not grow is not refused for a limit it was already over.
 * @param later school days in order to look for a free place in; without them `nextFree` is null
 */
export function checkDraft(
  draft: Draft,
  classes: readonly DraftClass[],
  rules: Rules,
  later: readonly LaterDay[] = [],
): DraftProblem[] {
  const problems: DraftProblem[] = [];
  const minutes = largestOf(draft.tiers);
  const taken = classes.flatMap((c) => {
    const entry = c.day?.entries.find((e) => e.subject === draft.subject && e.item !== draft.item);
    return entry ? [{ id: c.id, name: c.name, item: entry.item, personName: entry.personName }] : [];
  });
  const first = taken[0];
  if (first) problems.push(stop('homework.alreadyAssigned', { item: first.item, classes: taken }));

  const full = classes.filter((c) => subjectsFull(draft, c, rules));
  if (full.length > 0) {
    const rows = full.map((c) => ({
      id: c.id,
      name: c.name,
      subjects: writtenOn(c.day, draft.item).subjects,
      nextFree: nextFree(draft, c, later),
    }));
    problems.push(stop('homework.subjectsFull', { limit: rules.subjects, classes: rows }));
  }
  const long = classes.filter((c) => minutesFull(draft, c, rules));
  if (long.length > 0) {
    const rows = long.map((c) => ({
      id: c.id,
      name: c.name,
      used: writtenOn(c.day, draft.item).minutes,
      limit: dayMinutesOf(rules, c.grade),
      nextFree: nextFree(draft, c, later),
    }));
    problems.push(stop('homework.dayMinutesFull', { minutes, classes: rows }));
  }
  if (isOverMinutes(draft, rules)) {
    const details = { minutes, limit: rules.subjectMinutes };
    problems.push({ severity: 'flag', code: 'homework.overMinutes', details });
  }
  return problems;
}

export const firstStop = (problems: readonly DraftProblem[]): Stop | undefined =>
  problems.find((p): p is Stop => p.severity === 'stop');

/** The first later day on which this class could take the draft, or null when none of them can. */
export function nextFree(draft: Draft, cls: DraftClass, later: readonly LaterDay[]): Day | null {
  const fits = (l: LaterDay): boolean => {
    const there = { ...cls, day: l.dayOf(cls.id) };
    const same =
      there.day?.entries.some((e) => e.subject === draft.subject && e.item !== draft.item) ?? false;
    return !same && !subjectsFull(draft, there, l.rules) && !minutesFull(draft, there, l.rules);
  };
  return later.find(fits)?.date ?? null;
}

function subjectsFull(draft: Draft, cls: DraftClass, rules: Rules): boolean {
  if (draft.form !== 'written' || ownMinutes(draft, cls) !== null) return false;
  return writtenOn(cls.day, draft.item).subjects.length + 1 > rules.subjects;
}

function minutesFull(draft: Draft, cls: DraftClass, rules: Rules): boolean {
  if (draft.form !== 'written') return false;
  const minutes = largestOf(draft.tiers);
  if (minutes <= (ownMinutes(draft, cls) ?? 0)) return false;
  return writtenOn(cls.day, draft.item).minutes + minutes > dayMinutesOf(rules, cls.grade);
}

/** Written minutes the item already has in this class, or null when it holds no written place there. */
function ownMinutes(draft: Draft, cls: DraftClass): number | null {
  const own = cls.day?.entries.find((e) => e.item === draft.item && draft.item !== undefined && e.written);
  return own ? own.minutes : null;
}

const stop = (code: Stop['code'], details: Stop['details']): Stop => ({ severity: 'stop', code, details });
