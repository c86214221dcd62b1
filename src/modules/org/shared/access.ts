import type { BodyOf } from '@kernel/shared/record';
import type { Grant } from '@kernel/shared/scope';
import { classScope, gradeScope, prepGroupScope } from './cohort';
import type { DutyRole } from './duty-roles';
import { OVERSIGHT_ROLES } from './duty-roles';
import type { classRecord, prepGroupRecord } from './records';

/** A role a person's 职务 gives. `grade` for gradeSupervisor only. */
export interface PersonRole {
  readonly person: string;
  readonly role: DutyRole;
  readonly grade: number | null;
}
/** What rights follow from. Heads, teachings and group leaders are read from their own records, nowhere else. */
export interface OrgFacts {
  readonly classes: readonly { readonly id: string; readonly body: BodyOf<typeof classRecord> }[];
  readonly prepGroups: readonly { readonly id: string; readonly body: BodyOf<typeof prepGroupRecord> }[];
  readonly roles: readonly PersonRole[];
}

const grant = (role: string, scope: string, tags: readonly string[], oversees = false): Grant => ({
  role,
  scope,
  tags,
  oversees,
  from: null,
  to: null,
});

/** 学校管理员 */
export const adminGrant = (): Grant => grant('admin', 'school', ['role:admin', 'oversight'], true);

/** Every right a person has, in a fixed order. Somebody with nothing here still reads what the whole school may read. */
export function grantsFor(person: string, facts: OrgFacts): Grant[] {
  const grants: Grant[] = [];
  for (const { id, body } of facts.classes) grants.push(...classGrants(person, id, body));
  for (const { id, body } of facts.prepGroups)
    if (body.leader === person)
      grants.push(grant('groupLeader', prepGroupScope(id), [`prep:${id}`, `board:g${body.grade}`]));
  for (const r of facts.roles) if (r.person === person) grants.push(...roleGrants(r));
  return grants;
}

function classGrants(person: string, id: string, body: BodyOf<typeof classRecord>): Grant[] {
  const scope = classScope(body.grade, id);
  const tags = [`class:${id}`];
  const grants: Grant[] = [];
  if (body.headTeacher === person) grants.push(grant('headTeacher', scope, tags, true));
  const spans = new Set<string>();
  for (const t of body.teachings) {
    const span = `${t.from}|${t.to}`;
    if (t.person !== person || spans.has(span)) continue;
    spans.add(span);
    grants.push({ ...grant('teacher', scope, tags), from: t.from, to: t.to });
  }
  return grants;
}

function roleGrants(r: PersonRole): Grant[] {
  if (r.role === 'groupLeader') return [];
  if (r.role === 'gradeSupervisor')
    return r.grade === null
      ? []
      : [grant(r.role, gradeScope(r.grade), [`grade:g${r.grade}`, `board:g${r.grade}`], true)];
  if ((OVERSIGHT_ROLES as readonly string[]).includes(r.role))
    return [grant(r.role, 'school', ['oversight', `role:${r.role}`], true)];
  return [grant(r.role, 'school', [`role:${r.role}`])];
}
