import { describe, expect, test } from 'vitest';
import type { Layouts } from '../../src/modules/org/server/import/table-read';
import { file, preview, roster, timetable, told, xlsx } from './tables';
import { book } from './town-school';

const row = (name: string, subject: string, classes: string | number, phone = '13800000001', note = '') => [
  name,
  '',
  subject,
  classes,
  '',
  phone,
  note,
];
const taught = (result: ReturnType<typeof preview>): string[] =>
  (result.plan?.classes ?? []).flatMap((c) =>
    c.body.teachings.map(
      (t) => `${c.body.name} ${t.subject} ${result.plan?.persons.find((p) => p.id === t.person)?.body.name}`,
    ),
  );
const questions = (result: ReturnType<typeof preview>): string[] =>
  result.report.questions.map((q) => `${q.id} ${q.cell}`);

describe('what only the school can say is asked once, and nothing is guessed meanwhile', () => {
  test('a word that is no subject: one question for all its cells, in roster and timetable', () => {
    const files = [
      roster(row('张三', '科技', '七1班'), row('李四', '科技', '七1班', '13800000002')),
      timetable(['七1班', '科技\n张三', '语文']),
    ];
    const asked = preview(files);
    expect(questions(asked)).toEqual(['subject:科技 C2']);
    expect([asked.report.people, taught(asked)]).toEqual([2, []]);
    expect(asked.plan?.timetables[0]?.body.days['1']).toBeUndefined();
    const answered = preview(files, { answers: { 'subject:科技': '科学' } });
    expect(questions(answered)).toEqual([]);
    expect(answered.report.answered.map((q) => q.id)).toEqual(['subject:科技']);
    expect(taught(answered)).toEqual(['七(1)班 science 张三', '七(1)班 science 李四']);
    expect(answered.plan?.timetables[0]?.body.days['1']).toMatchObject([{ subject: 'science' }]);
    const none = preview(files, { answers: { 'subject:科技': 'none' } });
    expect(told(none)).toContain('error roster.subject C2');
    expect(none.plan?.timetables[0]?.body.days['1']).toMatchObject([{ subject: null, activity: '科技' }]);
  });

  test('a blank that could join or part', () => {
    const files = [roster(row('张三', '语文', '七1 2班'))];
    expect(questions(preview(files))).toEqual(['classes:表:D2 D2']);
    expect(preview(files).report.people).toBe(0);
    const ask = (answer: string) => taught(preview(files, { answers: { 'classes:表:D2': answer } }));
    expect(ask('七(12)班')).toEqual(['七(12)班 chinese 张三']);
    expect(ask('七(1)班、七(2)班')).toEqual(['七(1)班 chinese 张三', '七(2)班 chinese 张三']);
    expect(ask('七(3)班')).toEqual([]);
  });

  test('the number 7.1 where the school has both 七(1)班 and 七(10)班, unless the timetable settles it', () => {
    const people = roster(row('张三', '语文', 7.1), row('李四', '数学', '七1班', '13800000002'));
    const open = [people, timetable(['七1班', '数学'], ['七10班', '数学'])];
    expect(questions(preview(open))).toEqual(['typed:张三:表:D2 D2']);
    expect(taught(preview(open))).toEqual(['七(1)班 math 李四']);
    expect(taught(preview(open, { answers: { 'typed:张三:表:D2': '七(10)班' } }))).toContain(
      '七(10)班 chinese 张三',
    );
    const settled = preview([people, timetable(['七1班', '数学'], ['七10班', '语文\n张三'])]);
    expect([questions(settled), taught(settled)]).toEqual([
      [],
      ['七(1)班 math 李四', '七(10)班 chinese 张三'],
    ]);
    const only = preview([people, timetable(['七1班', '语文'])]);
    expect([questions(only), taught(only)[0]]).toEqual([[], '七(1)班 chinese 张三']);
  });

  test('the same name where one has no phone', () => {
    const files = [roster(row('张三', '语文', '七1班'), row('张三', '数学', '七2班', ''))];
    expect(questions(preview(files))).toEqual(['same:张三:表:A3 A3']);
    expect(preview(files).report.people).toBe(1);
    const ask = (answer: string) => preview(files, { answers: { 'same:张三:表:A3': answer } });
    expect([ask('other').report.people, taught(ask('other'))[1]]).toEqual([2, '七(2)班 math 张三']);
    expect([ask('same').report.people, taught(ask('same'))]).toEqual([
      1,
      ['七(1)班 chinese 张三', '七(2)班 math 张三'],
    ]);
  });

  test('a note that could speak of somebody else’s leave or of one that is over', () => {
    const files = [
      roster(
        row('张三', '语文', '七1班', '13800000001', '产假'),
        row('李四', '语文', '七1班', '13800000002', '代王五产假'),
        row('王六', '语文', '七1班', '13800000003', '借调结束，已返校'),
      ),
    ];
    const result = preview(files);
    expect(questions(result)).toEqual(['away:李四:表:G3 G3', 'away:王六:表:G4 G4']);
    expect(result.report.onLeaveNotes).toBe(1);
    expect(preview(files, { answers: { 'away:李四:表:G3': 'away' } }).report.onLeaveNotes).toBe(2);
  });

  test('a duty table of no week', () => {
    const duty = file(xlsx([['值班'], ['岗位', '时段', '周一'], ['桥东', '早 6:50-7:30', '张三']]));
    const files = [roster(row('张三', '语文', '七1班')), duty];
    expect(preview(files).plan?.dutyTables).toEqual([]);
    const [question] = preview(files).report.questions;
    expect(question?.choices.map((c) => c.value)).toEqual([
      '2026-11-16',
      '2026-11-23',
      '2026-11-30',
      '2026-12-07',
      'none',
    ]);
    const said = preview(files, { answers: { [question!.id]: '2026-11-30' } });
    expect(said.plan?.dutyTables.map((d) => d.id)).toEqual(['2026-11-30']);
  });

  test('the same name in two sheets with one phone is one person; a second head class is told', () => {
    const head = ['姓名', '任教学科', '任教班级', '班主任', '联系电话'];
    const sheets = (second: string) =>
      file(
        book([
          { name: '七年级', rows: [head, ['张三', '体育', '1班', '1班', '13800000001']] },
          { name: '八年级', rows: [head, ['张三', '体育', '2班', second, '13800000001']] },
        ]),
      );
    const one = preview([sheets('')]);
    expect([one.report.people, taught(one)]).toEqual([1, ['七(1)班 pe 张三', '八(2)班 pe 张三']]);
    expect(told(one)).toContain('notice roster.again A2');
    expect(told(preview([sheets('2班')]))).toContain('error roster.headTwice D2');
  });
});

describe('how the columns were read is shown, and can be put right', () => {
  const odd = file(
    xlsx([
      ['某校教师情况'],
      ['教职工', '教什么', '带哪些班', '联系'],
      ['张三', '语文', '七1班', '13800000001'],
      ['李四', '数学', '七1班', '13800000002'],
    ]),
    'a.xlsx',
  );
  const read = (layouts: Layouts) => preview([odd], { layouts });
  const shown = (result: ReturnType<typeof preview>) =>
    result.report.tables.map((t) => [t.kind, t.head, t.columns.map((c) => `${c.name} ${c.head} ${c.as}`)]);

  test('a table nobody recognised is no plan, and asks', () => {
    const result = read({});
    expect([result.plan, told(result)]).toEqual([null, ['error file.unknownTable -']]);
    expect(result.report.tables).toMatchObject([{ id: '0#表', kind: null, asks: true }]);
    expect(result.report.tables[0]?.rows[1]).toEqual({ row: 2, text: '教职工 教什么 带哪些班 联系' });
  });
  test('told what it is and where its heading stands, it shows its columns; told what they mean, it is read', () => {
    const half = read({ '0#表': { kind: 'roster', head: 2, columns: null } });
    expect(half.plan).toBeNull();
    expect(told(half)).toEqual(['error file.noTable -']);
    expect(shown(half)).toEqual([
      ['roster', { from: 2, to: 2 }, ['A 教职工 null', 'B 教什么 null', 'C 带哪些班 null', 'D 联系 null']],
    ]);
    expect(half.report.tables[0]?.columns[0]?.sample).toBe('张三、李四');
    const whole = read({
      '0#表': { kind: 'roster', head: 2, columns: { name: 0, subject: 1, classes: 2, phone: 3 } },
    });
    expect(taught(whole)).toEqual(['七(1)班 chinese 张三', '七(1)班 math 李四']);
    expect(whole.plan?.contacts).toHaveLength(2);
  });
  test('a column that was taken wrongly is another one', () => {
    const rows = [
      ['姓名', '学科', '任教班级', '电话', '手机'],
      ['张三', '语文', '七1班', '0851-1234567', '13800000001'],
    ];
    const files = [file(xlsx(rows))];
    expect(told(preview(files))).toContain('error roster.columnTwice E1');
    const columns = { name: 0, subject: 1, classes: 2, phone: 4 };
    const said = preview(files, { layouts: { '0#表': { kind: 'roster', head: 1, columns } } });
    expect(said.plan?.contacts.map((c) => c.body.phone)).toEqual(['13800000001']);
    const none = preview(files, {
      layouts: { '0#表': { kind: 'roster', head: 1, columns: { name: 0, subject: 1, classes: 2 } } },
    });
    expect([none.report.people, none.plan?.contacts]).toEqual([1, []]);
  });
  test('a sheet said to be none is not read and not asked about', () => {
    const both = [roster(row('张三', '语文', '七1班')), { ...odd, name: 'b.xlsx' }];
    expect(preview(both).plan).toBeNull();
    const result = preview(both, { layouts: { '1#表': { kind: 'skip', head: null, columns: null } } });
    expect([result.report.people, result.report.tables[1]?.kind]).toEqual([1, 'skip']);
    expect(result.report.problems.filter((p) => p.level === 'error')).toEqual([]);
  });
  test('rosters in two files are not mixed', () => {
    const two = [roster(row('张三', '语文', '七1班')), roster(row('李四', '数学', '七1班'))];
    expect([preview(two).plan, told(preview(two))]).toEqual([null, ['error file.twoTables -']]);
  });
  test('a timetable and a duty table show what they were read as', () => {
    const duty = file(
      xlsx([
        ['岗位', '时段', '周一'],
        ['桥东', '早 6:50-7:30', '张三'],
      ]),
      '值班.xlsx',
    );
    const { report } = preview([roster(row('张三', '语文', '七1班')), timetable(['七1班', '语文']), duty]);
    expect(report.tables.map((t) => [t.kind, t.lessonColumns, t.columns.map((c) => c.as)])).toEqual([
      ['roster', 0, ['name', 'duty', 'subject', 'classes', 'head', 'phone', 'note']],
      ['timetable', 3, ['class']],
      ['duty', 1, ['post', 'time']],
    ]);
  });
  test('names of a prototype and columns that are not there do no harm', () => {
    for (const id of ['__proto__', 'constructor', '0#表'])
      for (const columns of [{ name: 199, subject: 199, classes: 199 }, { constructor: 1 }, {}] as Record<
        string,
        number
      >[])
        expect(read({ [id]: { kind: 'roster', head: 4_999, columns } }).plan).toBeNull();
  });
});
