import type { Plan } from '@modules/org/server/plan';
import { SUBJECTS, alwaysHeld } from '@modules/org';

/**
 * A small invented school for stories: three classes of grade 7, five subject teachers, the three signers, a head teacher, a
 * principal and an administrator. Names are family names in pinyin; nobody real is meant.
 */
export const PEOPLE = {
  lin: '林老师',
  mei: '梅老师',
  gao: '高老师',
  bai: '白老师',
  hua: '华老师',
  zhao: '赵组长',
  song: '宋主任',
  qin: '秦校长',
  he: '何班主任',
  tang: '唐校长',
  xu: '许管理员',
} as const;
export type Who = keyof typeof PEOPLE;

export const C1 = 'c-2026-1';
export const C2 = 'c-2026-2';
export const C3 = 'c-2026-3';

/** Who teaches what; zhao leads every prep group so that stories need one leader. */
const TEACHES: readonly { person: Who; subject: string; classes: readonly string[] }[] = [
  { person: 'lin', subject: 'math', classes: [C1, C2] },
  { person: 'mei', subject: 'chinese', classes: [C1, C2] },
  { person: 'gao', subject: 'english', classes: [C1, C2] },
  { person: 'bai', subject: 'history', classes: [C1, C2] },
  { person: 'hua', subject: 'biology', classes: [C1, C2] },
  { person: 'zhao', subject: 'math', classes: [C3] },
];

export function smallSchool(): Plan {
  const classes = [1, 2, 3].map((number) => {
    const id = `c-2026-${number}`;
    return {
      id,
      body: {
        name: `七(${number})班`,
        entryYear: 2026,
        number,
        grade: 7,
        scope: `school/g7/${id}`,
        heads: alwaysHeld(number === 1 ? 'he' : null),
        teachings: TEACHES.filter((t) => t.classes.includes(id)).map((t) => ({
          subject: t.subject,
          person: t.person as string,
          from: null,
          to: null,
        })),
      },
    };
  });
  const groups = [...new Set(TEACHES.map((t) => t.subject))];
  return {
    school: { name: '小小中学', zone: 'Asia/Shanghai', example: false, subjects: [...SUBJECTS] },
    calendar: {
      terms: [{ id: '2026-autumn', name: '2026 年秋季学期', start: '2026-08-31', end: '2026-12-31' }],
      coveredYears: [2026],
      published: {
        '2026-10-01': { kind: 'holiday', name: '国庆节' },
        '2026-10-10': { kind: 'makeup', name: '国庆节' },
      },
      overrides: {},
    },
    classes,
    persons: Object.entries(PEOPLE).map(([id, name]) => ({
      id,
      body: {
        name,
        pinyin: id,
        initials: id.slice(0, 1),
        duties: [],
        subject: TEACHES.find((t) => t.person === id)?.subject ?? null,
        note: null,
        onLeave: false,
        active: true,
      },
    })),
    contacts: [],
    prepGroups: groups.map((subject) => ({
      id: `g7-${subject}`,
      body: {
        name: `七年级${SUBJECTS.find((s) => s.id === subject)!.name}备课组`,
        grade: 7,
        subject,
        leaders: alwaysHeld('zhao'),
        members: TEACHES.filter((t) => t.subject === subject).map((t) => t.person as string),
      },
    })),
    // Math, Chinese and English have a lesson every day: those three are what every board expects.
    timetables: [C1, C2, C3].map((id) => ({
      id,
      body: {
        class: id,
        grade: 7,
        days: Object.fromEntries(
          ['1', '2', '3', '4', '5'].map((weekday) => [
            weekday,
            TEACHES.filter(
              (t) => t.classes.includes(id) && ['math', 'chinese', 'english'].includes(t.subject),
            ).map((t, i) => ({
              period: i + 1,
              subject: t.subject,
              activity: null,
              person: t.person as string,
            })),
          ]),
        ),
      },
    })),
    dutyTables: [],
    roles: [
      { person: 'song', role: 'dean', grade: null },
      { person: 'qin', role: 'vicePrincipal', grade: null },
      { person: 'tang', role: 'principal', grade: null },
    ],
  };
}
