import type { GivenRole, Span } from '@modules/org';
import { GIVEN_ROLES, gradeName } from '@modules/org';
import type { Day } from '@kernel/shared/time';
import { dayWords } from '@kernel/client/ui/words';
import { roleWords } from '@kernel/client/ui/role-words';

/** 教务主任; 七年级主管 */
export function roleName(role: GivenRole, grade: number | null): string {
  if (role === 'gradeSupervisor') return grade === null ? '年级主管' : `${gradeName(grade)}主管`;
  return roleWords({ grants: [{ role, scope: '', tags: [], oversees: false, from: null, to: null }] });
}

export const ROLE_OPTIONS = GIVEN_ROLES.map((role) => ({ value: role, label: roleName(role, null) }));

/** 11月24日 周二 起，到 12月20日 周日; empty when it holds now and has no end. */
export function spanWords({ from, to }: Span, today: Day): string {
  const start = from !== null && from > today ? `${dayWords(from)}起` : '';
  const end = to === null ? '' : `到 ${dayWords(to)}为止`;
  return [start, end].filter(Boolean).join('，');
}

/** How far the days reach that somebody chose: 从今天起; 11月24日 周二到 12月20日 周日. */
export function daysWords(from: Day, to: Day | null, today: Day): string {
  const start = from <= today ? '今天' : dayWords(from);
  return to === null ? `从${start}起` : `${start}到 ${dayWords(to)}`;
}
