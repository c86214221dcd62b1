import type { BodyOf } from '@kernel/shared/record';
import type { Grant } from '@kernel/shared/scope';
import { classScope, gradeScope, prepGroupScope } from './cohort';
import type { DutyRole } from './duty-roles';
import { OVERSIGHT_ROLES } from './duty-roles';
import type { Held, Span } from './held';
import type { classRecord, prepGroupRecord } from './records';

/** A role that somebody was given by name. `grade` for gradeSupervisor only. */
export interface PersonRole extends Span {
  readonly person: string;
  readonly role: DutyRole | 'admin';
  readonly grade: number | null;
}
/** What rights follow from. Heads, teachings and group leaders are read from their own records, nowhere else. */
export interface OrgFacts {
  readonly classes: readonly { readonly id: string; readonly body: BodyOf<typeof classRecord> }[];
  readonly prepGroups: readonly { readonly id: string; readonly body: BodyOf<typeof prepGroupRecord> }[];
  readonly roles: readonly PersonRole[];
}

const grant = (
  role: string,
  scope: string,
  tags: readonly string[],
  { from, to }: Span,
  oversees = false,
): Grant => ({ role, scope, tags, oversees, from, to });

/** 学校管理员 */
export const adminGrant = (span: Span = { from: null, to: null }): Grant =>
  grant('admin', 'school', ['role:admin', 'oversight'], span, true);

/** Every right a person has, in a fixed order. Somebody with nothing here still reads what the whole school may read. */
export function grantsFor(person: string, facts: OrgFacts): Grant[] {
  const grants: Grant[] = [];
  for (const { id, body } of facts.classes) grants.push(...classGrants(person, id, body));
  for (const { id, body } of facts.prepGroups)
    for (const span of spansOf(person, body.leaders))
      grants.push(grant('groupLeader', prepGroupScope(id), [`prep:${id}`, `board:g${body.grade}`], span));
  for (const r of facts.roles) if (r.person === person) grants.push(...roleGrants(r));
  return grants;
}

function classGrants(person: string, id: string, body: BodyOf<typeof classRecord>): Grant[] {
  const scope = classScope(body.grade, id);
  const tags = [`class:${id}`];
  return [
    ...spansOf(person, body.heads).map((span) => grant('headTeacher', scope, tags, span, true)),
    ...spansOf(person, body.teachings).map((span) => grant('teacher', scope, tags, span)),
  ];
}

/** Somebody who teaches two subjects to a class in the same days teaches the class once. */
function spansOf(person: string, held: readonly Held[]): Span[] {
  const spans = new Map<string, Span>();
  for (const h of held) if (h.person === person) spans.set(`${h.from}|${h.to}`, h);
  return [...spans.values()];
}

function roleGrants(r: PersonRole): Grant[] {
  if (r.role === 'groupLeader') return [];
  if (r.role === 'admin') return [adminGrant(r)];
  if (r.role === 'gradeSupervisor')
    return r.grade === null
      ? []
      : [grant(r.role, gradeScope(r.grade), [`grade:g${r.grade}`, `board:g${r.grade}`], r, true)];
  if ((OVERSIGHT_ROLES as readonly string[]).includes(r.role))
    return [grant(r.role, 'school', ['oversight', `role:${r.role}`], r, true)];
  return [grant(r.role, 'school', [`role:${r.role}`], r)];
}
