import { covers, holds, makeActor } from '@kernel/shared/scope';
import type { OrgFacts } from '@modules/org';
import { adminGrant, alwaysHeld, findSubject, grantsFor, rolesOfDuty, SUBJECTS } from '@modules/org';
import { describe, expect, test } from 'vitest';

const ALWAYS = { from: null, to: null };
const cls = (grade: number, number: number, headTeacher: string | null, teachings: [string, string][]) => {
  const id = `c-${2033 - grade}-${number}`;
  return {
    id,
    body: {
      name: '',
      entryYear: 2033 - grade,
      number,
      grade,
      scope: `school/g${grade}/${id}`,
      heads: alwaysHeld(headTeacher),
      teachings: teachings.map(([subject, person]) => ({ subject, person, from: null, to: null })),
    },
  };
};
const FACTS: OrgFacts = {
  classes: [
    cls(7, 3, 'head', [
      ['math', 'lin'],
      ['chinese', 'head'],
      ['history', 'lin'],
    ]),
    cls(7, 4, null, [['math', 'lin']]),
    cls(8, 1, null, []),
  ],
  prepGroups: [
    {
      id: 'g7-math',
      body: {
        name: '',
        grade: 7,
        subject: 'math',
        leaders: alwaysHeld('leader'),
        members: ['leader', 'lin'],
      },
    },
  ],
  roles: [
    { person: 'dean', role: 'dean', grade: null, ...ALWAYS },
    { person: 'vp', role: 'vicePrincipal', grade: null, ...ALWAYS },
    { person: 'boss', role: 'principal', grade: null, ...ALWAYS },
    { person: 'party', role: 'secretary', grade: null, ...ALWAYS },
    { person: 'g7', role: 'gradeSupervisor', grade: 7, ...ALWAYS },
    { person: 'office', role: 'officeHead', grade: null, ...ALWAYS },
    { person: 'safety', role: 'vicePrincipalSafety', grade: null, ...ALWAYS },
    { person: 'branch', role: 'branchSecretary', grade: null, ...ALWAYS },
    { person: 'leader', role: 'groupLeader', grade: 7, ...ALWAYS },
  ],
};
const actor = (person: string) =>
  makeActor('s', { person, name: person, grants: grantsFor(person, FACTS) }, '2026-11-23');
const shown = (person: string) =>
  grantsFor(person, FACTS).map(
    (g) => `${g.role} ${g.scope} [${g.tags.join(' ')}]${g.oversees ? ' oversees' : ''}`,
  );

test.each([
  ['lin', ['teacher school/g7/c-2026-3 [class:c-2026-3]', 'teacher school/g7/c-2026-4 [class:c-2026-4]']],
  [
    'head',
    [
      'headTeacher school/g7/c-2026-3 [class:c-2026-3] oversees',
      'teacher school/g7/c-2026-3 [class:c-2026-3]',
    ],
  ],
  ['leader', ['groupLeader prep/g7-math [prep:g7-math board:g7]']],
  ['g7', ['gradeSupervisor school/g7 [grade:g7 board:g7] oversees']],
  ['dean', ['dean school [oversight role:dean] oversees']],
  ['vp', ['vicePrincipal school [oversight role:vicePrincipal] oversees']],
  ['boss', ['principal school [oversight role:principal] oversees']],
  ['party', ['secretary school [oversight role:secretary] oversees']],
  ['office', ['officeHead school [role:officeHead]']],
  ['safety', ['vicePrincipalSafety school [role:vicePrincipalSafety]']],
  ['branch', ['branchSecretary school [role:branchSecretary]']],
  ['guard', []],
])('%s', (person, grants) => expect(shown(person)).toEqual(grants));

describe('what nobody gets by accident', () => {
  test('only the administrator is one', () => {
    for (const p of [
      'lin',
      'head',
      'leader',
      'g7',
      'dean',
      'vp',
      'boss',
      'party',
      'office',
      'safety',
      'branch',
      'guard',
    ])
      expect(holds(actor(p), 'admin')).toBe(false);
    expect(adminGrant()).toEqual({
      role: 'admin',
      scope: 'school',
      tags: ['role:admin', 'oversight'],
      oversees: true,
      from: null,
      to: null,
    });
  });
  test('a teacher reads own classes and oversees none', () => {
    expect(actor('lin').tags).toEqual(['class:c-2026-3', 'class:c-2026-4', 'person:lin', 'school']);
    expect(actor('lin').oversees).toEqual([]);
    expect(holds(actor('lin'), 'teacher', 'school/g8/c-2025-1')).toBe(false);
  });
  test('a grade supervisor stays in the grade, a head teacher in the class', () => {
    expect(actor('g7').oversees.some((s) => covers(s, 'school/g8'))).toBe(false);
    expect(actor('head').oversees.some((s) => covers(s, 'school/g7/c-2026-4'))).toBe(false);
  });
  test('officers without oversight see no other’s boards', () => {
    for (const p of ['office', 'safety', 'branch']) {
      expect(actor(p).tags).not.toContain('oversight');
      expect(actor(p).oversees).toEqual([]);
    }
  });
  test('a leader by 职务 alone, without the group’s record, leads nothing', () => {
    expect(grantsFor('leader', { ...FACTS, prepGroups: [] })).toEqual([]);
  });
  test('a teaching that has ended gives nothing afterwards', () => {
    const ended = structuredClone(FACTS);
    ended.classes[1]!.body.teachings[0]!.to = '2026-10-31';
    const then = makeActor('s', { person: 'lin', name: '', grants: grantsFor('lin', ended) }, '2026-11-23');
    expect(then.tags).not.toContain('class:c-2026-4');
  });
});

describe('职务', () => {
  test.each([
    ['七年级语文备课组长', 'groupLeader 7 chinese'],
    ['九年级体育与健康备课组长', 'groupLeader 9 pe'],
    ['初一数学备课组长', 'groupLeader 7 math'],
    ['8年级道法备课组长', 'groupLeader 8 politics'],
    ['七年级主管', 'gradeSupervisor 7'],
    ['九年级组长', 'gradeSupervisor 9'],
    ['初二年级主任', 'gradeSupervisor 8'],
    ['教务主任', 'dean'],
    ['教导主任', 'dean'],
    ['校长', 'principal'],
    ['党总支书记', 'secretary'],
    ['副校长（教学）', 'vicePrincipal'],
    ['副校长', 'vicePrincipal'],
    ['副校长（安全）', 'vicePrincipalSafety'],
    ['德育处主任', 'moralDean'],
    ['办公室主任', 'officeHead'],
    ['总务主任', 'generalAffairs'],
    ['安全办主任', 'safetyHead'],
    ['文科支部书记', 'branchSecretary'],
    ['校长、党总支书记', 'principal, secretary'],
    ['教务主任兼七年级主管', 'dean, gradeSupervisor 7'],
    ['保安', ''],
    ['宿管', ''],
    ['会计', ''],
    ['', ''],
    ['教务副主任', ''],
    ['副校长（后勤）', ''],
    ['语文教研组长', ''],
    ['原校长', ''],
    ['校长助理', ''],
  ])('%s → %s', (text, expected) => {
    const roles = rolesOfDuty(text);
    if (!Array.isArray(roles)) throw new Error(JSON.stringify(roles));
    expect(
      (roles as { role: string; grade?: number; subject?: string }[])
        .map((r) => [r.role, r.grade, r.subject].filter((x) => x !== undefined).join(' '))
        .join(', '),
    ).toBe(expected);
  });
  test.each([
    ['语文备课组长', 'grade'],
    ['七年级备课组长', 'subject'],
    ['七年级魔法备课组长', 'subject'],
    ['年级主管', 'grade'],
    ['十年级主管', 'grade'],
  ])('%s is not understood: %s', (text, reason) => {
    expect(rolesOfDuty(text)).toMatchObject({ code: 'org.dutyNotUnderstood', details: { reason } });
  });
});

test('subjects are found by name and short name, and nothing else', () => {
  expect(['语文', '道法', '思品', '政治', '信息', '体 育', '生物学'].map((t) => findSubject(t)?.id)).toEqual([
    'chinese',
    'politics',
    'politics',
    'politics',
    'it',
    'pe',
    'biology',
  ]);
  expect(['', '语', '自习', '班会', '语文数学'].map((t) => findSubject(t))).toEqual([
    null,
    null,
    null,
    null,
    null,
  ]);
  expect(
    SUBJECTS.filter((s) => s.homework)
      .map((s) => s.name)
      .sort(),
  ).toEqual(['语文', '数学', '英语', '物理', '化学', '道德与法治', '历史', '地理', '生物', '科学'].sort());
  const names = SUBJECTS.flatMap((s) => [s.name, ...s.short]);
  expect(new Set(names).size).toBe(names.length);
});
