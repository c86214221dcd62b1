import { describe, expect, test } from 'vitest';
import { isAway, readName, readPhone } from '../../src/modules/org/server/import/roster-cells';
import { file, preview, roster, timetable, told, xlsx } from './tables';

const row = (
  name: string,
  over: Partial<Record<'duty' | 'subject' | 'classes' | 'head' | 'phone' | 'note', string>> = {},
) => [
  name,
  over.duty ?? '',
  over.subject ?? '语文',
  over.classes ?? '',
  over.head ?? '',
  over.phone ?? '13800000001',
  over.note ?? '',
];
const heads = (result: ReturnType<typeof preview>) =>
  Object.fromEntries(
    (result.plan?.classes ?? []).map((c) => [
      c.body.name,
      result.plan?.persons.find((p) => p.id === c.body.heads[0]?.person)?.body.name,
    ]),
  );

test.each([
  ['尹  波', '尹波'],
  ['王　芳', '王芳'],
  [' 张三 ', '张三'],
  ['买买提·艾力', '买买提·艾力'],
  ['买买提•艾力', '买买提·艾力'],
  ['欧阳修文', '欧阳修文'],
  ['John  Smith', 'John Smith'],
])('name %j is %s', (text, name) => expect(readName(text)).toEqual({ name }));
test.each(['待定', '待聘', '空缺', '/', '100人', '张3', '', '张三、李四', '王', 'x'.repeat(60)])(
  '%j is nobody',
  (text) => expect(readName(text)).toHaveProperty('wrong'),
);

test.each([
  ['13936855903', '13936855903'],
  ['188-8376-0827', '18883760827'],
  ['１３８６８３９３１６８', '13868393168'],
  ['15052543498（微信同号）', '15052543498'],
  ['138 0000 0001', '13800000001'],
  ['+86 13800000001', '13800000001'],
])('phone %j is %s', (text, phone) => expect(readPhone(text)).toEqual({ phone }));
test.each(['1380000', '138000000012', '23800000001', '0851-1234567', '见通讯录', '13800000001、13800000002'])(
  '%j is no mobile number',
  (t) => expect(readPhone(t)).toBe('wrong'),
);
test('no number is none', () => expect(readPhone(' ')).toBe('none'));
test('away notes', () => {
  expect(['产假', '借调至县局', '支教', '病休'].every(isAway)).toBe(true);
  expect(['', '重复行', '党员'].some(isAway)).toBe(false);
});

describe('rows', () => {
  test('a row with any error stays out whole, with the cell of each error', () => {
    const result = preview([
      roster(
        row('张三', { classes: '七1班' }),
        row('李四', { classes: '七1班、X', phone: '123' }),
        row('王五', { duty: '语文备课组长' }),
        row('赵六', { head: '好' }),
      ),
    ]);
    expect(result.report.people).toBe(1);
    expect(told(result).filter((t) => t.startsWith('error'))).toEqual([
      'error roster.class D3',
      'error roster.phone F3',
      'error roster.duty B4',
      'error roster.headClass E5',
    ]);
  });
  test('every message ends with what happens', () => {
    const result = preview([roster(row('待定'), row('李四', { phone: '1' }), row('张三'))]);
    for (const p of result.report.problems.filter((x) => x.level === 'error'))
      expect(p.message).toContain('这一行没有导入。');
  });
  test('same name and phone is one person, and the second row says what it lost', () => {
    const result = preview([roster(row('张三'), row('张 三', { classes: '七1班' }))]);
    expect(result.report.people).toBe(1);
    expect(result.report.problems.find((p) => p.code === 'roster.duplicate')).toMatchObject({
      cell: 'A3',
      row: 3,
    });
    expect(result.report.problems.find((p) => p.code === 'roster.duplicate')?.message).toContain(
      '任教班级也没有导入',
    );
  });
  test('same name and another phone is another person', () => {
    const result = preview([roster(row('张三'), row('张三', { phone: '13800000002' }))]);
    expect(result.report.people).toBe(2);
    expect(told(result)).toContain('notice roster.sameName A3');
  });
  test('no phone is said and harmless', () => {
    const result = preview([roster(row('张三', { phone: '' }))]);
    expect([result.plan?.persons.length, result.plan?.contacts.length]).toEqual([1, 0]);
    expect(told(result)).toContain('notice roster.noPhone F2');
  });
  test('classes without a subject stay out, the person comes in', () => {
    const result = preview([
      roster(
        row('张三', { subject: '', classes: '七1班' }),
        row('李四', { classes: '七1班', phone: '13800000002' }),
      ),
    ]);
    expect(result.report).toMatchObject({ people: 2, teaching: 1 });
    expect(told(result)).toContain('error roster.subject C2');
  });
  test('a name merged over two rows is one person with two subjects', () => {
    const rows = [
      ['姓名', '任教学科', '任教班级', '联系电话'],
      ['张三', '语文', '七1班', '13800000001'],
      ['', '历史', '七1班、七2班', ''],
    ];
    const result = preview([file(xlsx(rows, ['A2:A3', 'D2:D3']))]);
    expect(result.report).toMatchObject({ people: 1, teaching: 3 });
  });
  test('columns are found by name, wherever the header stands', () => {
    const rows = [
      ['某校花名册'],
      ['填报单位：某校'],
      [],
      ['手机号码', '任教班级', '姓　名', '学科'],
      ['13800000001', '703', '张三', '数学'],
      ['', '', '', ''],
      ['合计：2人'],
    ];
    const result = preview([file(xlsx(rows))]);
    expect(result.plan?.classes[0]?.body).toMatchObject({
      name: '七(3)班',
      teachings: [{ subject: 'math' }],
    });
    expect(told(result)).toContain('notice roster.totalDiffers -');
  });
  test('a class the timetable does not have is left out, the others come in', () => {
    const result = preview([
      roster(row('张三', { classes: '七1班、七9班' })),
      timetable(['七1班', '语文\n张三']),
    ]);
    expect(result.report).toMatchObject({ people: 1, classes: 1, teaching: 1 });
    expect(told(result)).toContain('error roster.classUnknown D2');
  });
  test('a file of another school year is noticed', () => {
    const rows = [['某校2025—2026学年花名册'], ['姓名', '任教学科', '任教班级'], ['张三', '语文', '七1班']];
    expect(told(preview([file(xlsx(rows))]))).toContain('notice title.year A1');
  });
});

describe('head teachers', () => {
  const two = (a: string, b: string, classes = '七1、2班') =>
    roster(
      row('张三', { classes, head: a }),
      row('李四', { subject: '数学', classes, head: b, phone: '13800000002' }),
    );
  test('one class taught is that one', () => {
    expect(heads(preview([roster(row('张三', { classes: '七1班', head: '是' }))]))).toEqual({
      '七(1)班': '张三',
    });
  });
  test('several are asked', () => {
    const result = preview([two('是', '是')]);
    expect(result.report.questions.map((q) => q.id)).toEqual(['head:张三:E2', 'head:李四:E3']);
    expect(heads(result)).toEqual({ '七(1)班': undefined, '七(2)班': undefined });
    expect(told(result)).toContain('question head.which E2');
  });
  test('an answer is taken and settles the rest; 不是班主任 too', () => {
    expect(heads(preview([two('是', '是')], { answers: { 'head:张三:E2': '七(2)班' } }))).toEqual({
      '七(1)班': '李四',
      '七(2)班': '张三',
    });
    expect(
      preview([two('是', '是')], { answers: { 'head:张三:E2': 'none' } }).report.questions.map((q) => q.id),
    ).toEqual(['head:李四:E3']);
  });
  test('an answer that is no choice is not taken', () => {
    const result = preview([two('是', '是')], { answers: { 'head:张三:E2': '七(7)班' } });
    expect(told(result)).toContain('error question.badAnswer E2');
    expect(result.report.questions).toHaveLength(2);
  });
  test('two for one class: neither, both named', () => {
    const result = preview([two('七1班', '701')]);
    expect(heads(result)).toMatchObject({ '七(1)班': undefined });
    expect(told(result).filter((t) => t.includes('head.twice'))).toEqual([
      'error head.twice E2',
      'error head.twice E3',
    ]);
  });
  test('three claims on two classes contradict each other: all are asked, none is guessed', () => {
    const third = row('王五', { subject: '英语', classes: '七1、2班', head: '是', phone: '13800000003' });
    const result = preview([
      roster(
        row('张三', { classes: '七1、2班', head: '是' }),
        row('李四', { subject: '数学', classes: '七1、2班', head: '是', phone: '13800000002' }),
        third,
      ),
    ]);
    expect(result.report.questions).toHaveLength(3);
    expect(result.report.headTeachers).toBe(0);
  });
});
