import * as v from 'valibot';
import { DUTY_ROLES } from '../shared/duty-roles';
import * as r from '../shared/records';

const id = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/));
const listOf = <S extends v.GenericSchema>(body: S, max: number) =>
  v.pipe(v.array(v.strictObject({ id, body })), v.maxLength(max));

/** A whole school as `org.v1.applyImport` writes it: normalised, with ids, every reference by id. */
export const planSchema = v.strictObject({
  school: r.schoolRecord.schema,
  calendar: r.calendarRecord.schema,
  classes: listOf(r.classRecord.schema, 300),
  persons: listOf(r.personRecord.schema, 5_000),
  contacts: listOf(r.contactRecord.schema, 5_000),
  prepGroups: listOf(r.prepGroupRecord.schema, 300),
  timetables: listOf(r.timetableRecord.schema, 300),
  dutyTables: listOf(r.dutyTableRecord.schema, 10),
  /** Roles that 职务 give; heads, teachings and group leaders stand in the records. */
  roles: v.array(v.strictObject({ person: id, role: v.picklist(DUTY_ROLES), grade: v.nullable(v.number()) })),
});
export type Plan = v.InferOutput<typeof planSchema>;

/** The first reference of a plan that leads nowhere, or an id said twice, in words for the log; null when all is well. */
export function planFault(plan: Plan): string | null {
  const persons = ids(plan.persons);
  const classes = ids(plan.classes);
  for (const [name, list] of Object.entries(plan))
    if (Array.isArray(list) && name !== 'roles' && ids(list as Plan['persons']).size !== list.length)
      return `${name}: an id twice`;
  const known = (person: string | null): boolean => person === null || persons.has(person);
  for (const { id: c, body } of plan.classes)
    if (![...body.heads, ...body.teachings].every((t) => known(t.person))) return `classes/${c}`;
  for (const { id: c, body } of plan.contacts)
    if (!known(body.person) || c !== body.person) return `contacts/${c}`;
  for (const { id: g, body } of plan.prepGroups)
    if (!body.leaders.every((l) => known(l.person)) || !body.members.every(known)) return `prepGroups/${g}`;
  for (const { id: t, body } of plan.timetables)
    if (
      !classes.has(t) ||
      body.class !== t ||
      !Object.values(body.days)
        .flat()
        .every((c) => known(c.person))
    )
      return `timetables/${t}`;
  for (const { id: d, body } of plan.dutyTables)
    if (d !== body.monday || !body.rows.every((row) => Object.values(row.people).flat().every(known)))
      return `dutyTables/${d}`;
  return plan.roles.every((role) => known(role.person)) ? null : 'roles';
}

const ids = (list: readonly { readonly id: string }[]): Set<string> => new Set(list.map((x) => x.id));
