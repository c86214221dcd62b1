import { defineCommand } from '@kernel/shared/command';
import { accessRecord } from '@kernel/shared/kernel-records';
import type { Write } from '@kernel/shared/record';
import { put, ref } from '@kernel/shared/record';
import { refuse } from '@kernel/shared/refusal';
import type { Plan } from '../plan';
import { planFault, planSchema } from '../plan';
import * as r from '../../shared/records';
import type { Service } from '../../shared/rights';
import { accessFrom, rolesOf } from '../../shared/rights';

/**
 * Sets a school up in one step, or not at all. Refuses `org.alreadyImported` when the school has been set up (coming
 * back with changes is another command), `org.planInconsistent {at}` when the plan points at nobody.
 */
export const applyImport = defineCommand({
  name: 'org.v1.applyImport',
  kind: 'decision',
  args: planSchema,
  reads: (plan) => [ref(r.schoolRecord, 'school'), ...plan.persons.map((p) => ref(r.personRecord, p.id))],
  decide(state, plan) {
    if (state.get(r.schoolRecord, 'school') || plan.persons.some((p) => state.get(r.personRecord, p.id)))
      return refuse('org.alreadyImported');
    const fault = planFault(plan);
    if (fault !== null) return refuse('org.planInconsistent', { at: fault });
    const services = servicesOf(plan);
    const roles = [...services.values()].flatMap((s) => rolesOf(s, { people: [] }));
    const facts = { classes: plan.classes, prepGroups: plan.prepGroups, roles };
    const writes: Write[] = [
      put(r.schoolRecord, 'school', plan.school),
      put(r.calendarRecord, 'school', plan.calendar),
    ];
    for (const { id, body } of plan.classes) writes.push(put(r.classRecord, id, body));
    for (const { id, body } of plan.persons)
      writes.push(
        put(r.personRecord, id, body),
        put(accessRecord, id, accessFrom(id, body.name, null, facts)),
      );
    for (const [id, service] of services) writes.push(put(r.serviceRecord, id, service));
    for (const { id, body } of plan.contacts) writes.push(put(r.contactRecord, id, body));
    for (const { id, body } of plan.prepGroups) writes.push(put(r.prepGroupRecord, id, body));
    for (const { id, body } of plan.timetables) writes.push(put(r.timetableRecord, id, body));
    for (const { id, body } of plan.dutyTables) writes.push(put(r.dutyTableRecord, id, body));
    return writes;
  },
});

/** What 职务 say, without dates; a group leader's stands in the prep group. */
function servicesOf(plan: Plan): Map<string, Service> {
  const services = new Map<string, Service>();
  for (const { person, role, grade } of plan.roles) {
    if (role === 'groupLeader') continue;
    const before = services.get(person) ?? { person, until: null, roles: [] };
    if (before.roles.some((x) => x.role === role && x.grade === grade)) continue;
    const roles = [...before.roles, { role, grade, from: null, to: null }];
    services.set(person, { ...before, roles });
  }
  return services;
}
