import type { Actor } from '@kernel/shared/scope';

/** Roles in the product's words (product.md §4), in the order a person would name them. */
const WORDS: readonly (readonly [string, string])[] = [
  ['principal', '校长'],
  ['secretary', '书记'],
  ['vicePrincipal', '副校长'],
  ['vicePrincipalSafety', '副校长（安全）'],
  ['dean', '教务主任'],
  ['moralDean', '德育主任'],
  ['officeHead', '办公室主任'],
  ['generalAffairs', '总务主任'],
  ['safetyHead', '安全办主任'],
  ['branchSecretary', '支部书记'],
  ['gradeSupervisor', '年级主管'],
  ['groupLeader', '备课组长'],
  ['headTeacher', '班主任'],
  ['teacher', '任课教师'],
  ['admin', '学校管理员'],
];

export function roleWords(actor: Pick<Actor, 'grants'>): string {
  const held = new Set(actor.grants.map((g) => g.role));
  return WORDS.filter(([role]) => held.has(role))
    .map(([, words]) => words)
    .join(' · ');
}
