import { utils, write } from '@e965/xlsx';
import type { Plan } from '@modules/org/server/plan';
import type { Preview } from '../../src/modules/org/server/import/preview';

/** A small school as it really is; the layouts only write it down differently, so what is imported is compared with this alone. */
export type Cls = readonly [grade: number, number: number];
export interface Staff {
  readonly name: string;
  readonly duty: string;
  readonly subject: string;
  readonly id: string | null;
  readonly classes: readonly Cls[];
  readonly head: Cls | null;
  readonly phone: string;
  readonly note: string;
  readonly away: boolean;
}
export const CLASSES: readonly Cls[] = [7, 8, 9].flatMap((g) => [1, 2, 3].map((n): Cls => [g, n]));
const SUBJECTS = [
  ['语文', 'chinese'],
  ['数学', 'math'],
  ['英语', 'english'],
  ['道法', 'politics'],
] as const;
const SURNAMES = '赵钱孙李周吴郑王冯陈褚卫';
const gradeOf = (g: number): Cls[] => CLASSES.filter(([grade]) => grade === g);

const teachers = [7, 8, 9].flatMap((g) =>
  SUBJECTS.map(([subject, id], i): Staff => {
    const n = (g - 7) * 4 + i;
    return {
      name: `${SURNAMES[n]!}晓${'东南西北'[i]!}`,
      duty: i === 0 ? `${'七八九'[g - 7]!}年级语文备课组长` : '',
      subject,
      id,
      classes: gradeOf(g),
      head: i < 3 ? [g, i + 1] : null,
      phone: `1380000${String(1000 + n)}`,
      note: n === 5 ? '产假' : n === 9 ? '借调至县教育局' : '',
      away: n === 5 || n === 9,
    };
  }),
);
const both = (name: string, subject: string, id: string, phone: string, grades: number[]): Staff => ({
  name,
  duty: '',
  subject,
  id,
  classes: grades.flatMap(gradeOf),
  head: null,
  phone,
  note: '',
  away: false,
});
const none = { subject: '', id: null, classes: [], head: null, note: '', away: false };
export const STAFF: readonly Staff[] = [
  ...teachers,
  both('武英', '体育', 'pe', '13900000001', [7, 8]),
  both('尹波', '体育', 'pe', '13900000002', [9]),
  both('凌云', '信息', 'it', '13900000003', [7, 8, 9]),
  { ...none, name: '买买提·艾力', duty: '副校长（教学）', phone: '13900000004' },
  { ...none, name: '戚安', duty: '保安', phone: '13900000005' },
];
const teacherOf = (id: string, [g, n]: Cls): Staff =>
  STAFF.find((s) => s.id === id && s.classes.some(([a, b]) => a === g && b === n))!;

export const PERIODS = 4;
const WEEK = ['chinese', 'math', 'english', 'politics', 'pe', 'it'] as const;
const WRITTEN = {
  chinese: '语文',
  math: '数学',
  english: '英语',
  politics: '道法',
  pe: '体育',
  it: '信息',
} as const;
export const NOBODY = '路人甲';
/** The one lesson whose teacher nobody knows. */
export const PLANTED_LESSON = { cls: [8, 2] as Cls, weekday: 2, period: 3 };
export function lessonOf(cls: Cls, weekday: number, period: number) {
  const id = WEEK[(weekday * PERIODS + period + cls[1]) % WEEK.length]!;
  const planted =
    cls[0] === PLANTED_LESSON.cls[0] &&
    cls[1] === PLANTED_LESSON.cls[1] &&
    weekday === PLANTED_LESSON.weekday &&
    period === PLANTED_LESSON.period;
  return { id, subject: WRITTEN[id], teacher: planted ? NOBODY : teacherOf(id, cls).name, planted };
}

export type Column = 'name' | 'duty' | 'subject' | 'classes' | 'head' | 'phone' | 'note';
export type Row = Readonly<Record<Column, string>>;
/** Rows that are wrong, with what must be said about which cell. They stand after the row of `after`. */
export const PLANTED: readonly { after: string; row: Partial<Row>; errors: readonly [string, Column][] }[] = [
  {
    after: '钱晓南',
    row: { name: '待定', subject: '语文', phone: '13811112222' },
    errors: [['roster.name', 'name']],
  },
  { after: '孙晓西', row: { name: '史短', phone: '1380000' }, errors: [['roster.phone', 'phone']] },
  {
    after: '吴晓南',
    row: { name: '唐班', subject: '数学', classes: '十(9)班', phone: '13811113333' },
    errors: [['roster.class', 'classes']],
  },
  { after: '吴晓南', row: { name: '吴晓南', phone: '13800001005' }, errors: [['roster.duplicate', 'name']] },
  {
    after: '褚晓西',
    row: { name: '任职', duty: '语文备课组长', phone: '13811114444' },
    errors: [['roster.duty', 'duty']],
  },
];

/** The rows of some staff and of what is planted among them, with the errors by index of their row. */
export function rosterRows(
  staff: readonly Staff[],
  words: { list: (classes: readonly Cls[]) => string; one: (cls: Cls) => string },
): { rows: Row[]; errors: { code: string; column: Column; at: number }[] } {
  const rows: Row[] = [];
  const errors: { code: string; column: Column; at: number }[] = [];
  for (const s of staff) {
    rows.push({
      name: s.name,
      duty: s.duty,
      subject: s.subject,
      classes: s.classes.length > 0 ? words.list(s.classes) : '',
      head: s.head ? words.one(s.head) : '',
      phone: s.phone,
      note: s.note,
    });
    for (const p of PLANTED)
      if (p.after === s.name) {
        for (const [code, column] of p.errors) errors.push({ code, column, at: rows.length });
        rows.push({ name: '', duty: '', subject: '', classes: '', head: '', phone: '', note: '', ...p.row });
      }
  }
  return { rows, errors };
}

export type Line = readonly (string | number)[];
export interface SheetSpec {
  readonly name: string;
  readonly rows: readonly Line[];
  readonly merges?: readonly string[];
  readonly hidden?: boolean;
}
/** An .xlsx with these sheets. */
export function book(sheets: readonly SheetSpec[]): Uint8Array {
  const wb = utils.book_new();
  for (const s of sheets) {
    const sheet = utils.aoa_to_sheet(s.rows.map((r) => [...r]));
    sheet['!merges'] = (s.merges ?? []).map((m) => utils.decode_range(m));
    utils.book_append_sheet(wb, sheet, s.name);
  }
  wb.Workbook = { Sheets: sheets.map((s) => ({ Hidden: s.hidden ? 1 : 0 })) };
  return new Uint8Array(write(wb, { type: 'buffer', bookType: 'xlsx' }) as Buffer);
}

/** What a plan says, in names: comparable with `truth`. */
export function factsOf(plan: Plan) {
  const name = new Map(plan.persons.map((p) => [p.id, p.body.name]));
  const who = (id: string | null | undefined): string | null => (id ? (name.get(id) ?? '?') : null);
  const phone = new Map(plan.contacts.map((c) => [c.id, c.body.phone]));
  return {
    people: plan.persons
      .map((p) => [
        p.body.name,
        phone.get(p.id),
        p.body.duties.join(),
        p.body.subject,
        p.body.note,
        p.body.onLeave,
      ])
      .sort(),
    classes: plan.classes.map((c) => [
      c.id,
      c.body.name,
      who(c.body.heads[0]?.person),
      c.body.teachings.map((t) => `${t.subject} ${who(t.person)}`).sort(),
    ]),
    leaders: plan.prepGroups.map((g) => [g.id, who(g.body.leaders[0]?.person)]).sort(),
    roles: plan.roles.map((r) => `${r.role} ${who(r.person)}`).sort(),
    lessons: plan.timetables
      .flatMap((t) =>
        Object.entries(t.body.days).flatMap(([day, list]) =>
          list.map((l) => `${t.id} ${day}.${l.period} ${l.subject} ${who(l.person)}`),
        ),
      )
      .sort(),
    duties: plan.dutyTables.map((d) => [
      d.id,
      d.body.rows.map((r) => [
        r.post,
        r.from,
        r.to,
        Object.entries(r.people).map(([day, ids]) => `${day} ${ids.map(who).join()}`),
      ]),
    ]),
  };
}

const idOf = ([g, n]: Cls): string => `c-${2033 - g}-${n}`;
export const DUTY_MONDAY = '2026-11-23';
export const DUTY_ROWS = [
  ['校门口', '06:50', '07:30', ['武英、尹波', '戚安']],
  ['桥东', '11:40', '12:10', ['凌云', `武英、${NOBODY}`]],
] as const;
export function truth(): ReturnType<typeof factsOf> {
  return {
    people: STAFF.map((s) => [s.name, s.phone, s.duty, s.id, s.note || null, s.away]).sort(),
    classes: CLASSES.map((c) => [
      idOf(c),
      `${'七八九'[c[0] - 7]!}(${c[1]})班`,
      STAFF.find((s) => s.head?.join() === c.join())?.name ?? null,
      STAFF.flatMap((s) =>
        s.classes.some((x) => x.join() === c.join()) ? [`${s.id} ${s.name}`] : [],
      ).sort(),
    ]),
    leaders: [7, 8, 9]
      .flatMap((g) => WEEK.map((id) => [`g${g}-${id}`, id === 'chinese' ? teacherOf(id, [g, 1]).name : null]))
      .sort(),
    roles: [
      ...STAFF.filter((s) => s.duty.endsWith('备课组长')).map((s) => `groupLeader ${s.name}`),
      'vicePrincipal 买买提·艾力',
    ].sort(),
    lessons: CLASSES.flatMap((c) =>
      [1, 2, 3, 4, 5].flatMap((day) =>
        [1, 2, 3, 4].map((period) => {
          const l = lessonOf(c, day, period);
          return `${idOf(c)} ${day}.${period} ${l.id} ${l.planted ? null : l.teacher}`;
        }),
      ),
    ).sort(),
    duties: [
      [
        DUTY_MONDAY,
        DUTY_ROWS.map(([post, from, to, cells]) => [
          post,
          from,
          to,
          cells.map((names, i) => `${i + 1} ${names.replace(`、${NOBODY}`, '').replace('、', ',')}`),
        ]),
      ],
    ],
  };
}

/** `roster.phone 七年级 G7` for every error, sorted. */
export const errorsOf = ({ report }: Preview): string[] =>
  report.problems
    .filter((p) => p.level === 'error')
    .map((p) => `${p.code} ${p.file} ${p.sheet} ${p.cell} ${p.row}`)
    .sort();
