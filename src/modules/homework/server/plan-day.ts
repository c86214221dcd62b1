import type { Day } from '@kernel/shared/time';
import { dayKind } from '@modules/org';
import { deadlineOf, expectedOf, rulesOn } from '../shared';
import type { PlannedClass } from './args';
import type { Inputs } from './inputs';

/**
 * What the inputs say about one day: every class with what is expected of it (nothing on a day off), or null when nobody
 * knows yet what the day is — then what was made ready stays as it is.
 * @param nameOf a person's name
 */
export function planDay(
  inputs: Inputs,
  date: Day,
  zone: string,
  nameOf: (person: string) => string,
): { readonly school: boolean; readonly classes: PlannedClass[] } | null {
  const kind = dayKind(inputs.calendar, date);
  if (kind.kind === 'unknown') return null;
  const rules = rulesOn(inputs.rules, date);
  const deadline = deadlineOf(rules, date, zone);
  const classes = inputs.classes.map(({ id, body }): PlannedClass => {
    const timetable = inputs.timetables.find((t) => t.id === id)?.body;
    const expected =
      kind.kind === 'school' && timetable
        ? expectedOf(timetable, body, kind.follows, date, inputs.school.subjects, rules)
        : [];
    return {
      id,
      name: body.name,
      grade: body.grade,
      scope: body.scope,
      deadline,
      expected: expected.map((e) => ({ ...e, personName: nameOf(e.person) })),
    };
  });
  return { school: kind.kind === 'school', classes };
}
