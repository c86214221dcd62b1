import type { Day } from '@kernel/shared/time';
import { addDays } from '@kernel/shared/time';
import { buildExamplePlan } from '@modules/org/server';
import type { Plan } from '@modules/org/server/plan';

export const ZONE = 'Asia/Shanghai';

/** The subjects with written homework in a bench school: with three a day for every class all of them are expected. */
export const CORE: ReadonlySet<string> = new Set(['chinese', 'math', 'english']);

/** The teacher who may also be made dean: somebody with lessons who reads the whole school. */
export const DEAN = { of: (teachers: readonly string[]): string => [...teachers].sort()[0] ?? '' } as const;

/**
 * The example school (24 classes, 100 people, by its real import) with three changes, so that few accounts have much to do:
 * written homework in the core subjects only, one teacher of each core subject in a grade, one long term without holidays.
 */
export async function planFor(
  day: Day,
  o: {
    withDean: boolean;
    /** One teacher has them all: somebody with very much to write. */
    alone?: boolean;
  },
): Promise<Plan> {
  const plan = await buildExamplePlan(day);
  const chosen = new Map<string, string>();
  const teacher = (grade: number, subject: string, person: string): string => {
    if (!CORE.has(subject)) return person;
    const key = o.alone ? '' : `${grade}|${subject}`;
    if (!chosen.has(key)) chosen.set(key, person);
    return chosen.get(key) ?? person;
  };
  const classes = plan.classes.map(({ id, body }) => ({
    id,
    body: {
      ...body,
      teachings: body.teachings.map((t) => ({ ...t, person: teacher(body.grade, t.subject, t.person) })),
    },
  }));
  const timetables = plan.timetables.map(({ id, body }) => ({
    id,
    body: {
      ...body,
      days: Object.fromEntries(
        Object.entries(body.days).map(([weekday, lessons]) => [
          weekday,
          lessons.map((l) =>
            l.subject !== null && l.person !== null
              ? { ...l, person: teacher(body.grade, l.subject, l.person) }
              : l,
          ),
        ]),
      ),
    },
  }));
  const dean = DEAN.of([...chosen.values()]);
  return {
    ...plan,
    classes,
    roles: o.withDean ? [...plan.roles, { person: dean, role: 'dean', grade: null }] : plan.roles,
    timetables,
    school: {
      ...plan.school,
      example: false,
      subjects: plan.school.subjects.map((s) => ({ ...s, homework: CORE.has(s.id) })),
    },
    calendar: longTerm(day),
  };
}

/** The example school as it is, with everybody's own lessons; only the term is long and without holidays. */
export async function wholePlan(day: Day): Promise<Plan> {
  const plan = await buildExamplePlan(day);
  return { ...plan, school: { ...plan.school, example: false }, calendar: longTerm(day) };
}

const longTerm = (day: Day): Plan['calendar'] => ({
  terms: [{ id: 'bench', name: 'bench', start: day, end: addDays(day, 700) }],
  coveredYears: [0, 1, 2].map((n) => Number(day.slice(0, 4)) + n),
  published: {},
  overrides: {},
});
