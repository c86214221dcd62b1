import type { Grant } from '@kernel/shared/scope';
import type { OrgFacts } from '@modules/org';
import {
  SUBJECTS,
  alwaysHeld,
  calendarRecord,
  classRecord,
  prepGroupRecord,
  schoolRecord,
  timetableRecord,
} from '@modules/org';

/** Three classes of grade 7, one of grade 8, one of grade 2; who teaches and leads what is in `TEACHES` and `LEADS`. */
export const PEOPLE: Readonly<Record<string, string>> = {
  lin: '林晓梅',
  wang: '王建国',
  zhao: '赵海燕',
  sun: '孙立',
  qian: '钱进',
  zhou: '周敏',
  he: '何文',
  dean: '杜主任',
  vice: '傅校长',
  vice2: '马校长',
  boss: '郑校长',
  admin: '管理员',
};

const MON = '2026-11-23';
export const MONDAY = MON;
export const C1 = 'c-2026-1';
export const C2 = 'c-2026-2';
export const C3 = 'c-2026-3';
export const C8 = 'c-2025-1';
export const C2ND = 'c-2025-21';

type Body = { kind: string; id: string; body: unknown };
type Triple = readonly [kind: string, id: string, body: unknown];
export interface School {
  readonly records: readonly Triple[];
  readonly facts: OrgFacts;
  readonly grants: Readonly<Record<string, readonly Grant[]>>;
}

const G7: Readonly<Record<string, string>> = {
  chinese: 'lin',
  math: 'wang',
  english: 'zhao',
  politics: 'sun',
  history: 'qian',
  pe: 'zhou',
};
const LEADS: Readonly<Record<string, string | null>> = {
  'g7-chinese': 'he',
  'g7-math': 'he',
  'g7-english': 'zhao',
  'g7-politics': 'he',
  'g7-history': null,
  'g8-chinese': 'he',
  'g2-chinese': 'he',
};

const role = (name: string): Grant => ({
  role: name,
  scope: 'school',
  tags: ['oversight', `role:${name}`],
  oversees: true,
  from: null,
  to: null,
});

export function aSchool(): School {
  const teachings = (who: Readonly<Record<string, string>>) =>
    Object.entries(who).map(([subject, person]) => ({ subject, person, from: null, to: null }));
  const cls = (id: string, name: string, grade: number, who: Readonly<Record<string, string>>) => ({
    id,
    body: {
      name,
      entryYear: Number(id.slice(2, 6)),
      number: Number(id.split('-')[2]),
      grade,
      scope: `school/g${grade}/${id}`,
      heads: alwaysHeld('lin'),
      teachings: teachings(who),
    },
  });
  const classes = [
    cls(C1, '七(1)班', 7, G7),
    cls(C2, '七(2)班', 7, G7),
    cls(C3, '七(3)班', 7, G7),
    cls(C8, '八(1)班', 8, { chinese: 'lin', math: 'wang' }),
    cls(C2ND, '二(1)班', 2, { chinese: 'lin' }),
  ];
  const prepGroups = Object.entries(LEADS).map(([id, leader]) => {
    const [grade = 'g7', subject = ''] = id.split('-');
    return {
      id,
      body: { name: id, grade: Number(grade.slice(1)), subject, leaders: alwaysHeld(leader), members: [] },
    };
  });
  const lesson = (subject: string, period: number) => ({
    period,
    subject,
    activity: null,
    person: G7[subject] ?? null,
  });
  const days = Object.fromEntries(
    ['1', '2', '3', '4', '5'].map((d) => [
      d,
      ['chinese', 'math', 'english', 'politics', 'history', 'pe'].map(lesson),
    ]),
  );
  const records: Body[] = [
    {
      kind: schoolRecord.kind,
      id: 'school',
      body: { name: '测试初中', zone: 'Asia/Shanghai', example: false, subjects: SUBJECTS },
    },
    {
      kind: calendarRecord.kind,
      id: 'school',
      body: {
        terms: [{ id: 't1', name: '2026秋', start: '2026-09-01', end: '2027-01-22' }],
        coveredYears: [2026],
        published: { '2026-12-01': { kind: 'holiday', name: '某节' } },
        overrides: { '2026-11-27': { kind: 'off', follows: null, reason: '运动会' } },
      },
    },
    ...classes.map((c) => ({ kind: classRecord.kind, ...c })),
    ...prepGroups.map((g) => ({ kind: prepGroupRecord.kind, ...g })),
    ...classes.map((c) => ({
      kind: timetableRecord.kind,
      id: c.id,
      body: { class: c.id, grade: c.body.grade, days },
    })),
  ];
  return {
    records: records.map((r) => [r.kind, r.id, r.body] as const),
    facts: { classes, prepGroups, roles: [] },
    grants: {
      dean: [role('dean')],
      vice: [role('vicePrincipal')],
      vice2: [role('vicePrincipal')],
      boss: [role('principal')],
      admin: [role('admin')],
    },
  };
}

/** Arguments of `assign` with everything usual filled in. */
export const anItem = (over: Record<string, unknown> = {}) => ({
  classes: [C1],
  subject: 'chinese',
  date: MON,
  form: 'written',
  tiers: [{ tier: 'A', content: '默写第12课词语', minutes: 15 }],
  copiedFrom: null,
  ...over,
});
export const minutes = (n: number) => [{ tier: 'A', content: '练习', minutes: n }];
