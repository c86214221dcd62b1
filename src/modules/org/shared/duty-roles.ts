import type { Refusal } from '@kernel/shared/refusal';
import { refuse } from '@kernel/shared/refusal';
import { gradeOfNumeral } from './grades';
import { findSubject } from './subjects';
import { squeeze } from './text';

/** Roles a 职务 can give, beside those that come from the class and prep-group records. */
export const OVERSIGHT_ROLES = ['dean', 'vicePrincipal', 'principal', 'secretary'] as const;
export const OFFICE_ROLES = [
  'vicePrincipalSafety',
  'moralDean',
  'officeHead',
  'generalAffairs',
  'safetyHead',
  'branchSecretary',
] as const;
export const DUTY_ROLES = [...OVERSIGHT_ROLES, ...OFFICE_ROLES, 'gradeSupervisor', 'groupLeader'] as const;
export type DutyRole = (typeof DUTY_ROLES)[number];

export interface RoleOfDuty {
  readonly role: DutyRole;
  readonly grade?: number;
  readonly subject?: string;
}

/** Whole texts. Any other bracket after 副校长 (德育, 后勤 …) is a plain duty: rights are never guessed. */
const FIXED: readonly (readonly [RegExp, DutyRole])[] = [
  [/^校长$/, 'principal'],
  [/^(常务)?副校长(\((分管|主管)?教学\))?$|^(分管|主管)?教学(的)?副校长$/, 'vicePrincipal'],
  [/^副校长\((分管|主管)?安全\)$|^(分管|主管)?安全(的)?副校长$/, 'vicePrincipalSafety'],
  [/^(学校)?党(总支|委)书记$/, 'secretary'],
  [/^\S*支部书记$/, 'branchSecretary'],
  [/^(教务|教导)处?主任$/, 'dean'],
  [/^(德育|政教)处?主任$/, 'moralDean'],
  [/^(党政)?办公室主任$/, 'officeHead'],
  [/^(总务|后勤)处?主任$/, 'generalAffairs'],
  [/^安全(办公室|办|处)主任$/, 'safetyHead'],
];
const SUPERVISOR = /(年级部?|^初[一二三])(主管|组长|主任)$/;
const LEADER = /^(.*)备课组长$/;

/**
 * Reads a 职务: 七年级语文备课组长, 七年级主管, 教务主任, several joined by 、 , / ; 兼. A duty without rights (保安, 会计,
 * 教研组长) gives none. A 备课组长 or 年级主管 whose grade or subject is missing: `org.dutyNotUnderstood {part, reason: 'grade' | 'subject'}`.
 */
export function rolesOfDuty(text: string): readonly RoleOfDuty[] | Refusal {
  const roles: RoleOfDuty[] = [];
  for (const part of dutyParts(text)) {
    const fixed = FIXED.find(([way]) => way.test(part));
    const leads = LEADER.exec(part)?.[1];
    if (fixed) roles.push({ role: fixed[1] });
    else if (leads !== undefined) {
      const about = splitGrade(leads);
      if (!about) return refuse('org.dutyNotUnderstood', { part, reason: 'grade' });
      const subject = findSubject(about.rest.replace(/组$/, ''));
      if (!subject) return refuse('org.dutyNotUnderstood', { part, reason: 'subject' });
      roles.push({ role: 'groupLeader', grade: about.grade, subject: subject.id });
    } else if (SUPERVISOR.test(part)) {
      const about = splitGrade(part);
      if (!about || !/^部?(主管|组长|主任)$/.test(about.rest))
        return refuse('org.dutyNotUnderstood', { part, reason: 'grade' });
      roles.push({ role: 'gradeSupervisor', grade: about.grade });
    }
  }
  return roles;
}

/** The single duties of a 职务 text, as written but without blanks. */
export function dutyParts(text: string): string[] {
  return squeeze(text)
    .split(/[、,/;兼]/)
    .filter((p) => p !== '');
}

/** `七年级语文` → grade 7 and 语文; `初一数学`, `7年级英语` likewise; null without a grade. */
function splitGrade(text: string): { grade: number; rest: string } | null {
  const found = /^(?:初([一二三])(?:年级)?|([一二三四五六七八九1-9])年级)(.*)$/.exec(text);
  if (!found) return null;
  const [, initial = '', grade = '', rest = ''] = found;
  return { grade: initial ? 6 + gradeOfNumeral(initial) : gradeOfNumeral(grade), rest };
}
