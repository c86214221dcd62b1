import { defineCommand } from '@kernel/shared/command';
import { accessRecord } from '@kernel/shared/kernel-records';
import type { Write } from '@kernel/shared/record';
import { put, ref } from '@kernel/shared/record';
import { refuse } from '@kernel/shared/refusal';
import { grantsFor } from '../access';
import { planFault, planSchema } from '../plan';
import * as r from '../records';

/**
 * Sets a school up in one step, or not at all. Refuses `org.alreadyImported` when the school has been set up (coming
 * back with changes is another command), `org.planInconsistent {at}` when the plan points at nobody.
 */
export const applyImport = defineCommand({
  name: 'org.v1.applyImport',
  kind: 'decision',
  args: planSchema,
  reads: (plan) => [
    ref(r.schoolRecord, 'school'),
    ...plan.persons.flatMap((p) => [ref(r.personRecord, p.id), ref(accessRecord, p.id)]),
  ],
  decide(state, plan) {
    if (state.get(r.schoolRecord, 'school') || plan.persons.some((p) => state.get(r.personRecord, p.id)))
      return refuse('org.alreadyImported');
    const fault = planFault(plan);
    if (fault !== null) return refuse('org.planInconsistent', { at: fault });
    const facts = { classes: plan.classes, prepGroups: plan.prepGroups, roles: plan.roles };
    const writes: Write[] = [
      put(r.schoolRecord, 'school', plan.school),
      put(r.calendarRecord, 'school', plan.calendar),
    ];
    for (const { id, body } of plan.classes) writes.push(put(r.classRecord, id, body));
    for (const { id, body } of plan.persons) {
      const before = state.get(accessRecord, id)?.grants ?? [];
      const grants = [...before, ...grantsFor(id, facts)].map((g) => ({ ...g, tags: [...g.tags] }));
      writes.push(
        put(r.personRecord, id, body),
        put(accessRecord, id, { person: id, name: body.name, grants }),
      );
    }
    for (const { id, body } of plan.contacts) writes.push(put(r.contactRecord, id, body));
    for (const { id, body } of plan.prepGroups) writes.push(put(r.prepGroupRecord, id, body));
    for (const { id, body } of plan.timetables) writes.push(put(r.timetableRecord, id, body));
    for (const { id, body } of plan.dutyTables) writes.push(put(r.dutyTableRecord, id, body));
    return writes;
  },
});
