import { describe, expect, test } from 'vitest';
import type { UploadedFile } from '../../src/modules/org/server/sheets';
import { gbk } from './gbk';
import { preview } from './tables';
import type { Cls, Column, Line, Row, SheetSpec } from './town-school';
import {
  book,
  CLASSES,
  DUTY_ROWS,
  errorsOf,
  factsOf,
  lessonOf,
  NOBODY,
  PLANTED_LESSON,
  rosterRows,
  STAFF,
  truth,
} from './town-school';

/** One school, written down as five schools would; every fact must come back, and every planted error with its sheet, row and cell. */
interface Layout {
  readonly files: UploadedFile[];
  readonly errors: string[];
}
const letter = (col: number): string => String.fromCharCode(65 + col);
const said = (code: string, file: string, sheet: string, row: number, col: number): string =>
  `${code} ${file} ${sheet} ${letter(col)}${row + 1} ${row + 1}`;
const NUMERAL = (g: number): string => '七八九'[g - 7]!;
const csvCell = (text: string | number, separator: string): string =>
  /["\n]/.test(String(text)) || String(text).includes(separator)
    ? `"${String(text).replaceAll('"', '""')}"`
    : String(text);
const csv = (rows: readonly Line[], separator: string): string =>
  rows.map((r) => r.map((c) => csvCell(c, separator)).join(separator)).join('\r\n');
const asBytes = (name: string, bytes: Uint8Array): UploadedFile => ({ name, bytes });

const line = (row: Row, columns: readonly (Column | null)[]): Line =>
  columns.map((c) => (c === null ? '' : row[c]));
function timetableRows(
  classes: readonly Cls[],
  name: (cls: Cls) => string,
  cell: (s: string, t: string) => string,
) {
  return classes.map((c): Line => [
    name(c),
    ...[1, 2, 3, 4, 5].flatMap((day) =>
      [1, 2, 3, 4].map((period) => {
        const l = lessonOf(c, day, period);
        return cell(l.subject, l.teacher);
      }),
    ),
  ]);
}
/** Column of the planted lesson, when the lessons begin in `first`. */
const lessonCol = (first: number): number =>
  first + (PLANTED_LESSON.weekday - 1) * 4 + PLANTED_LESSON.period - 1;
const WEEKDAYS = ['一', '二', '三', '四', '五'];
const spread = (words: readonly string[]): string[] => words.flatMap((w) => [w, '', '', '']);
const PERIOD_ROW = WEEKDAYS.flatMap(() => [1, 2, 3, 4]);
const dutyLines = DUTY_ROWS.map(([post, from, to, cells]): Line => [post, `早 ${from}-${to}`, ...cells]);

/** CSV in GBK, cells parted by semicolons, quoted, with a line break inside; an export's ="…" around numbers. */
function gbkCsv(): Layout {
  const columns: (Column | null)[] = [null, 'name', 'phone', 'duty', 'subject', 'classes', 'head', 'note'];
  const { rows, errors } = rosterRows(STAFF, {
    list: (cs) => cs.map(([g, n]) => `${NUMERAL(g)}年级${n}班`).join(';'),
    one: ([g, n]) => `${NUMERAL(g)}（${n}）班`,
  });
  const roster = [
    ['青河县第一中学\n教职工花名册'],
    ['序号', '姓 名', '手机号码', '职务', '任教学科', '任教班级', '班主任', '备注'],
    ...rows.map((r) => {
      const cells = line(r, columns);
      return cells.map((c, i) => (i === 2 && r.name !== '史短' ? `="${c}"` : c));
    }),
    ['合计：21人'],
  ];
  // `="138…"` is written without a further quote, as such exports do.
  const text = roster
    .map((r) => r.map((c) => (String(c).startsWith('="') ? c : csvCell(c, ';'))).join(';'))
    .join('\r\n');
  const timetable = [
    ['青河县第一中学总课表'],
    ['班级', ...spread(WEEKDAYS.map((d) => `星期${d}`))],
    ['', ...PERIOD_ROW],
    ...timetableRows(
      CLASSES,
      ([g, n]) => `${NUMERAL(g)}(${n})班`,
      (s, t) => `${s}\n${t}`,
    ),
    ['甲班', '语文'],
  ];
  const duty = [['护学岗值班（第13周 11.23—11.27）'], ['岗位', '时段', '周一', '周二'], ...dutyLines];
  return {
    files: [
      asBytes('花名册.csv', gbk(text)),
      asBytes('课表.csv', gbk(csv(timetable, ','))),
      asBytes('值班.csv', gbk(csv(duty, '\t'))),
    ],
    errors: [
      ...errors.map((e) => said(e.code, '花名册.csv', '', 2 + e.at, columns.indexOf(e.column))),
      said('timetable.class', '课表.csv', '', 3 + CLASSES.length, 0),
      said('timetable.personUnknown', '课表.csv', '', 3 + 4, lessonCol(1)),
      said('duty.person', '值班.csv', '', 3, 3),
    ],
  };
}

/** Two heading rows, cells merged across and down, a title, the sheet's signature lines, weekdays over dates. */
function twoRowHeaders(): Layout {
  const columns: (Column | null)[] = [
    null,
    'name',
    'subject',
    'classes',
    'head',
    'phone',
    null,
    'duty',
    'note',
  ];
  const { rows, errors } = rosterRows(STAFF, {
    list: (cs) => cs.map(([g, n]) => `${g}.${n}`).join('、'),
    one: ([g, n]) => `${g}0${n}`,
  });
  const roster: SheetSpec = {
    name: '花名册',
    rows: [
      ['2026—2027学年教职工花名册'],
      ['填报单位：青河县第一中学'],
      ['序号', '姓名', '任教情况', '', '', '联系方式', '', '职务', '备注'],
      ['', '', '学科', '班级', '是否班主任', '手机', '短号', '', ''],
      ...rows.map((r, i) => [i + 1, ...line(r, columns).slice(1)]),
      ['校长签字：'],
    ],
    merges: ['A1:I1', 'A2:I2', 'A3:A4', 'B3:B4', 'C3:E3', 'F3:G3', 'H3:H4', 'I3:I4'],
  };
  const body = timetableRows(
    CLASSES,
    ([g, n]) => `${g}${'0'}${n}`,
    (s, t) => `${s}(${t})`,
  );
  const timetable: SheetSpec = {
    name: '课表',
    rows: [
      ['总课表'],
      ['年级', '班级', ...spread(WEEKDAYS.map((d) => `周${d}`))],
      ['', '', ...WEEKDAYS.flatMap(() => ['上午', '', '下午', ''])],
      ['', '', ...PERIOD_ROW.map((p) => `第${'一二三四'[p - 1]!}节`)],
      ...body.map((r, i) => [i % 3 === 0 ? `${NUMERAL(CLASSES[i]![0])}年级` : '', ...r]),
    ],
    merges: [
      'A1:V1',
      'A2:A4',
      'B2:B4',
      ...[0, 1, 2, 3, 4].map((d) => `${letter(2 + d * 4)}2:${letter(5 + d * 4)}2`),
      ...[0, 1, 2, 3, 4].flatMap((d) => [
        `${letter(2 + d * 4)}3:${letter(3 + d * 4)}3`,
        `${letter(4 + d * 4)}3:${letter(5 + d * 4)}3`,
      ]),
      'A5:A7',
      'A8:A10',
      'A11:A13',
    ],
  };
  const duty: SheetSpec = {
    name: '值班',
    rows: [
      ['护学岗值班（11月23日至11月27日）'],
      ['岗位', '时段', '周一', '周二'],
      ['', '', '11.23', '11.24'],
      ...dutyLines,
    ],
    merges: ['A1:D1', 'A2:A3', 'B2:B3'],
  };
  return {
    files: [
      asBytes('花名册.xlsx', book([roster])),
      asBytes('课表.xlsx', book([timetable])),
      asBytes('值班.xlsx', book([duty])),
    ],
    errors: [
      ...errors.map((e) => said(e.code, '花名册.xlsx', '花名册', 4 + e.at, columns.indexOf(e.column))),
      said('timetable.personUnknown', '课表.xlsx', '课表', 4 + 4, lessonCol(2)),
      said('duty.person', '值班.xlsx', '值班', 4, 3),
    ],
  };
}

/** One workbook: a cover, a sheet for each grade that writes only 3班, the rest of the staff, an empty and a hidden sheet. */
function severalSheets(): Layout {
  const columns: (Column | null)[] = ['name', 'subject', 'classes', 'head', 'phone', 'note', 'duty'];
  const head = ['教师姓名', '科目', '任课班级', '班主任班级', '联系电话（手机）', '说明', '行政职务'];
  const errors: string[] = [];
  const gradeSheet = (g: number): SheetSpec => {
    const staff = STAFF.filter((s) => s.classes.some(([grade]) => grade === g)).map((s) => ({
      ...s,
      classes: s.classes.filter(([grade]) => grade === g),
    }));
    const { rows, errors: planted } = rosterRows(staff, {
      list: (cs) => `${cs.map(([, n]) => n).join('、')}班`,
      one: ([, n]) => `(${n})班`,
    });
    const name = `${NUMERAL(g)}年级`;
    for (const e of planted)
      errors.push(said(e.code, '全校.xlsx', name, 2 + e.at, columns.indexOf(e.column)));
    return {
      name,
      rows: [[`${name}任课教师`], head, ...rows.map((r) => line(r, columns))],
      merges: ['A1:G1'],
    };
  };
  const rest = rosterRows(
    STAFF.filter((s) => s.classes.length === 0),
    { list: () => '', one: () => '' },
  ).rows;
  const roster = book([
    { name: '封面', rows: [['青河县第一中学'], ['教职工花名册'], [], ['二〇二六年九月']] },
    gradeSheet(7),
    { name: '空', rows: [] },
    gradeSheet(8),
    gradeSheet(9),
    { name: '旧', rows: [head, ['不该读', '语文', '七1班', '', '13700000000', '', '']], hidden: true },
    { name: '职员', rows: [head, ...rest.map((r) => line(r, columns))] },
  ]);
  const timetable = book(
    [7, 8, 9].map((g) => ({
      name: `初${'一二三'[g - 7]!}`,
      rows: [
        ['班级', ...spread(WEEKDAYS.map((d) => `礼拜${d}`))],
        ['', ...PERIOD_ROW],
        ...timetableRows(
          CLASSES.filter(([grade]) => grade === g),
          ([, n]) => `${n}班`,
          (s, t) => `${s} ${t}`,
        ),
      ],
    })),
  );
  const duty = book([{ name: '第13周', rows: [['岗位', '时段', '周一', '周二'], ...dutyLines] }]);
  return {
    files: [asBytes('全校.xlsx', roster), asBytes('课表.xlsx', timetable), asBytes('值班.xlsx', duty)],
    errors: [
      ...errors,
      said('timetable.personUnknown', '课表.xlsx', '初二', 3, lessonCol(1)),
      said('duty.person', '值班.xlsx', '第13周', 2, 3),
    ],
  };
}

/** Classes named by cohort, in every way that is written, with full-width digits. */
function cohorts(): Layout {
  const columns: (Column | null)[] = ['duty', 'name', 'subject', 'classes', 'head', 'phone', 'note'];
  const year = (g: number): number => 2033 - g;
  const ways = [
    ([g, n]: Cls) => `${year(g)}级${n}班`,
    ([g, n]: Cls) => `${year(g)}级(${n})班`,
    ([g, n]: Cls) => `${String(year(g)).slice(2)}级${'一二三'[n - 1]!}班`,
    ([g, n]: Cls) => `２０${String(year(g)).slice(2)}级（${n}）班`,
  ];
  const { rows, errors } = rosterRows(STAFF, {
    list: (cs) => cs.map((c, i) => ways[i % 4]!(c)).join('，'),
    one: (c) => ways[2]!(c),
  });
  const head = ['岗位', '姓名', '学科', '任教班级', '担任班主任', '电话', '备注'];
  const roster = book([{ name: 'Sheet1', rows: [head, ...rows.map((r) => line(r, columns))] }]);
  const timetable = book([
    {
      name: 'Sheet1',
      rows: [
        ['班级', ...spread(WEEKDAYS.map((d) => `星期${d}`))],
        ['', ...PERIOD_ROW],
        ...timetableRows(
          CLASSES,
          (c) => ways[c[1] - 1]!(c),
          (s, t) => `${s}\n${t[0]!} ${t.slice(1)}`,
        ),
        ['2020级1班', '语文'],
      ],
    },
  ]);
  const duty = book([
    { name: 'Sheet1', rows: [['值班（11.23—11.27）'], ['岗位', '时段', '周一', '周二'], ...dutyLines] },
  ]);
  return {
    files: [asBytes('a.xlsx', roster), asBytes('b.xlsx', timetable), asBytes('c.xlsx', duty)],
    errors: [
      ...errors.map((e) => said(e.code, 'a.xlsx', 'Sheet1', 1 + e.at, columns.indexOf(e.column))),
      said('timetable.cohort', 'b.xlsx', 'Sheet1', 2 + CLASSES.length, 0),
      // A name with a blank in it is the same name; nobody's name too.
      said('timetable.personUnknown', 'b.xlsx', 'Sheet1', 2 + 4, lessonCol(1)),
      said('duty.person', 'c.xlsx', 'Sheet1', 3, 3),
    ],
  };
}

/** UTF-8 with a mark and tabs; two heading rows where nothing can be merged; 初一1班. */
function utf8Tabs(): Layout {
  const columns: (Column | null)[] = ['name', 'subject', 'classes', 'head', 'phone', 'duty', 'note'];
  const junior = ([g, n]: Cls): string => `初${'一二三'[g - 7]!}${n}班`;
  const { rows, errors } = rosterRows(STAFF, { list: (cs) => cs.map(junior).join(' '), one: junior });
  const roster = [
    ['姓名', '任课情况', '', '班主任', '联系电话', '职务', '备注'],
    ['', '学科', '班级', '', '', '', ''],
    ...rows.map((r) => line(r, columns)),
  ];
  const timetable = [
    ['', ...spread(WEEKDAYS.map((d) => `周${d}`))],
    ['', ...PERIOD_ROW],
    ...timetableRows(
      CLASSES,
      ([g, n]) => `${g}年级${n}班`,
      (s, t) => `${s}（${t}）`,
    ),
  ];
  const duty = [
    ['值班（11.23—11.27）', '', '', ''],
    ['岗位', '时段', '周一', '周二'],
    ['', '', '11.23', '11.24'],
    ...dutyLines,
  ];
  const bom = (rows: readonly Line[]) => new TextEncoder().encode(`\ufeff${csv(rows, '\t')}\n`);
  return {
    files: [
      asBytes('a.csv', bom(roster)),
      asBytes('b.csv', bom(timetable)),
      asBytes('c.csv', new TextEncoder().encode(csv(duty, ','))),
    ],
    errors: [
      ...errors.map((e) => said(e.code, 'a.csv', '', 2 + e.at, columns.indexOf(e.column))),
      said('timetable.personUnknown', 'b.csv', '', 2 + 4, lessonCol(1)),
      said('duty.person', 'c.csv', '', 4, 3),
    ],
  };
}

const LAYOUTS = { gbkCsv, twoRowHeaders, severalSheets, cohorts, utf8Tabs };
describe.each(Object.entries(LAYOUTS))('%s', (_, layout) => {
  const { files, errors } = layout();
  const result = preview(files);
  test('every fact comes back', () => {
    expect(result.report.questions).toEqual([]);
    expect(factsOf(result.plan!)).toEqual(truth());
  });
  test('every planted error has its sheet, row and cell, and nothing else is an error', () => {
    expect(errorsOf(result)).toEqual([...errors].sort());
  });
});

test('the comparison notices one changed cell', () => {
  const { files } = cohorts();
  const plan = preview(files).plan!;
  plan.timetables[4]!.body.days['2']![0]!.person = null;
  expect(factsOf(plan)).not.toEqual(truth());
  expect(JSON.stringify(factsOf(plan))).not.toContain(NOBODY);
});

test('what was not read of a workbook is said, and the hidden sheet stays out', () => {
  const { report } = preview(severalSheets().files);
  const notices = report.problems
    .filter((p) => p.code.startsWith('sheet.'))
    .map((p) => `${p.code} ${p.sheet}`);
  expect(notices.sort()).toEqual(['sheet.hidden 旧', 'sheet.unknown 封面']);
  expect(report.persons.some((p) => p.name === '不该读')).toBe(false);
  expect(report.tables.map((t) => [t.sheet, t.kind, t.asks])).toContainEqual(['封面', null, false]);
  // A bare 3班 was read in the sheet's grade: that is shown.
  expect(report.tables.map((t) => [t.sheet, t.within])).toContainEqual(['初二', '八年级']);
});
