import type { Day } from '@kernel/shared/time';
import { addDays } from '@kernel/shared/time';
import { buildExamplePlan } from '@modules/org/server';
import type { Plan } from '@modules/org';

export const ZONE = 'Asia/Shanghai';

/** The subjects with written homework in a bench school: with three a day for every class all of them are expected. */
export const CORE: ReadonlySet<string> = new Set(['chinese', 'math', 'english']);

/**
 * The example school (24 classes, its real import), with written homework in the core subjects only and one long term without
 * holidays, so that few accounts have much to do.
 */
export async function planFor(day: Day): Promise<Plan> {
  const plan = await buildExamplePlan(day);
  return {
    ...plan,
    school: {
      ...plan.school,
      example: false,
      subjects: plan.school.subjects.map((s) => ({ ...s, homework: CORE.has(s.id) })),
    },
    calendar: {
      terms: [{ id: 'bench', name: 'bench', start: day, end: addDays(day, 700) }],
      coveredYears: [0, 1, 2].map((n) => Number(day.slice(0, 4)) + n),
      published: {},
      overrides: {},
    },
  };
}
