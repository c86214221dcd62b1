import { defineCommand } from '@kernel/shared/command';
import { accessRecord } from '@kernel/shared/kernel-records';
import type { StateReader } from '@kernel/shared/record';
import { notFound, refuse } from '@kernel/shared/refusal';
import { addDays } from '@kernel/shared/time';
import * as v from 'valibot';
import type { DatedSpan, Held } from '../held';
import { without } from '../held';
import { classRecord, personRecord, prepGroupRecord } from '../records';
import type { Class, PrepGroup } from '../rights';
import { adminsOf, changeFacts, placesOf, rightsRefs, serviceOf } from '../rights';
import { day, id } from './fields';
import { oneRemains } from './one-remains';

/**
 * Somebody leaves the school after a day (`last`; a day that is past means: is gone now). From the next day on they teach, lead
 * and hold nothing, read nothing of the school, and still sign in for what is their own: their work is their proof. `last` null
 * takes it back or has them return; what they taught and held is given to them anew. `org.notOneself`, `org.lastAdmin`.
 */
export const leave = defineCommand({
  name: 'org.v1.leave',
  kind: 'decision',
  args: v.strictObject({ person: id, last: v.nullable(day) }),
  reads: (args, state) => rightsRefs(state, [args.person]),
  decide(state, args, env) {
    const { person } = args;
    if (!state.get(personRecord, person)) return notFound();
    if (person === env.actor.person) return refuse('org.notOneself');
    const service = serviceOf(state, person);
    if (args.last === null)
      return changeFacts(state, env, [person], { service: { ...service, until: null } });
    const yesterday = addDays(env.today, -1);
    const until = args.last < yesterday ? yesterday : args.last;
    const after: DatedSpan = { from: addDays(until, 1), to: null };
    const { people } = adminsOf(state);
    const admins = withoutPerson(people, person, after);
    const isAdmin = people.some((a) => a.person === person);
    if (isAdmin && !oneRemains(admins, env.today)) return refuse('org.lastAdmin');
    return changeFacts(state, env, [person], {
      ...placesWithout(state, person, after),
      service: { ...service, until, roles: without(service.roles, after) },
      ...(isAdmin ? { admins: { people: admins } } : {}),
    });
  },
});

/** Every class and prep group the person holds something in, without them from a day on. */
function placesWithout(state: StateReader, person: string, after: DatedSpan) {
  const places = placesOf(state.get(accessRecord, person));
  const classes = new Map<string, Class>();
  for (const c of places.classes) {
    const body = state.get(classRecord, c);
    if (!body) continue;
    const teachings = withoutPerson(body.teachings, person, after);
    classes.set(c, { ...body, teachings, heads: withoutPerson(body.heads, person, after) });
  }
  const prepGroups = new Map<string, PrepGroup>();
  for (const g of places.prepGroups) {
    const body = state.get(prepGroupRecord, g);
    if (body) prepGroups.set(g, { ...body, leaders: withoutPerson(body.leaders, person, after) });
  }
  return { classes, prepGroups };
}

const withoutPerson = <T extends Held>(held: readonly T[], person: string, after: DatedSpan): T[] =>
  held.flatMap((h) => (h.person === person ? without([h], after) : [h]));
