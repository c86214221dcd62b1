import { defineCommand } from '@kernel/shared/command';
import { isRefusal, notFound, refuse } from '@kernel/shared/refusal';
import * as v from 'valibot';
import { OFFICE_ROLES, OVERSIGHT_ROLES } from '../duty-roles';
import { handOver, joined, without } from '../held';
import { personRecord } from '../records';
import { adminsOf, changeFacts, daysFrom, mustServe, rightsRefs, serviceOf } from '../rights';
import { days, grade, id } from './fields';
import { oneRemains } from './one-remains';

/** Roles that somebody is given by name; heads, teachers and group leaders are named where they work. */
export const GIVEN_ROLES = [...OVERSIGHT_ROLES, ...OFFICE_ROLES, 'gradeSupervisor', 'admin'] as const;
export type GivenRole = (typeof GIVEN_ROLES)[number];

/**
 * Somebody holds a role in these days, or does not; several may hold one, so a deputy is given it for the days they stand in.
 * Before and after those days it stays as it was. An administrator does not resign alone: `org.notOneself`; another one does
 * it, so there is always one who can sign in. `org.lastAdmin` when nobody would be left without an end.
 */
export const setRole = defineCommand({
  name: 'org.v1.setRole',
  kind: 'decision',
  args: v.strictObject({
    person: id,
    role: v.picklist(GIVEN_ROLES),
    /** For gradeSupervisor, and for nobody else. */
    grade: v.nullable(grade),
    held: v.boolean(),
    ...days,
  }),
  reads: (args, state) => rightsRefs(state, [args.person]),
  decide(state, args, env) {
    const { person, role, held } = args;
    if (!state.get(personRecord, person)) return notFound();
    if ((role === 'gradeSupervisor') !== (args.grade !== null))
      return refuse('kernel.badArguments', { at: 'grade', problem: 'only a grade supervisor has a grade' });
    const span = daysFrom(args, env);
    if (isRefusal(span)) return span;
    const gone = held ? mustServe(state, person, span) : null;
    if (gone) return gone;
    if (role === 'admin') {
      if (!held && person === env.actor.person) return refuse('org.notOneself');
      const { people } = adminsOf(state);
      const mine = people.filter((a) => a.person === person);
      const next = [
        ...people.filter((a) => a.person !== person),
        ...handOver(mine, span, held ? [{ person, ...span }] : []),
      ];
      if (!held && !oneRemains(next, env.today)) return refuse('org.lastAdmin');
      return changeFacts(state, env, [person], { admins: { people: next } });
    }
    const service = serviceOf(state, person);
    const same = (x: { role: string; grade: number | null }): boolean =>
      x.role === role && x.grade === args.grade;
    const rest = without(service.roles.filter(same), span);
    const roles = [
      ...service.roles.filter((x) => !same(x)),
      ...joined(held ? [...rest, { role, grade: args.grade, ...span }] : rest, () => role),
    ];
    return changeFacts(state, env, [person], { service: { ...service, roles } });
  },
});
