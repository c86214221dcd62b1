import { describe, expect, test } from 'vitest';
import { readLesson } from '../../src/modules/org/server/import/lesson';
import { dutyMonday, dutyTitle } from '../../src/modules/org/server/import/duty-week';
import { file, preview, roster, TERM, timetable, told, xlsx } from './tables';

const PEOPLE = roster(
  ['张三', '', '语文', '七1班', '', '13800000001'],
  ['李四', '', '数学', '七1班', '', '13800000002'],
  ['王五', '', '', '', '', '13800000003'],
  ['王五', '', '', '', '', '13800000004'],
);

test.each([
  ['体育\n武英', 'pe 武英'],
  ['体育(武英)', 'pe 武英'],
  ['体育 武英', 'pe 武英'],
  ['语文\n尹  波', 'chinese 尹波'],
  ['语文', 'chinese -'],
  ['自习', '自习 -'],
  ['社团', '社团 -'],
  ['种菜', '种菜 -'],
  ['自习\n张三', '自习 张三'],
])('lesson %j', (text, expected) => {
  const lesson = readLesson(text);
  if (lesson === null || lesson === 'unknown') throw new Error('unread');
  expect(`${lesson.subject ?? lesson.activity} ${lesson.teacher ?? '-'}`).toBe(expected);
});
test('an empty lesson is none, a teacher of nothing known is unknown', () => {
  expect([readLesson(' '), readLesson('—'), readLesson('语闻\n张三')]).toEqual([null, null, 'unknown']);
});

describe('against the roster', () => {
  const check = (...row: string[]) => preview([PEOPLE, timetable(row)]);
  const persons = (result: ReturnType<typeof preview>) =>
    Object.values(result.plan?.timetables[0]?.body.days ?? {})
      .flat()
      .map((l) => l.person);

  test('agreement gives the person; a lesson without a name takes the roster’s', () => {
    const result = check('七1班', '语文\n张三', '数学');
    expect(persons(result)).toEqual(['p-1', 'p-2']);
    expect(told(result).filter((t) => t.includes('timetable'))).toEqual([]);
  });
  test('another teacher than the roster’s is an error with its first cell, said once', () => {
    const result = check('七1班', '语文\n李四', '语文\n李四', '数学');
    expect(persons(result)).toEqual([null, null, 'p-2']);
    const said = result.report.problems.filter((p) => p.code === 'timetable.teacherDiffers');
    expect(said).toMatchObject([{ level: 'error', cell: 'B3', row: 3 }]);
    expect(said[0]?.message).toContain('2 节');
    expect(result.plan?.classes[0]?.body.teachings.map((t) => t.person)).toEqual(['p-1', 'p-2']);
  });
  test('somebody nobody knows; one of two with the same name; a subject the roster leaves out', () => {
    expect(told(check('七1班', '语文\n陈七'))).toContain('error timetable.personUnknown B3');
    expect(told(check('七1班', '历史\n王五'))).toContain('error timetable.sameName B3');
    const extra = check('七1班', '历史\n张三');
    expect(told(extra)).toContain('notice timetable.notInRoster B3');
    expect(persons(extra)).toEqual(['p-1']);
    expect(extra.report.teaching).toBe(2);
  });
  test('a taught subject without a lesson is noticed', () => {
    expect(told(check('七1班', '语文\n张三'))).toContain('notice timetable.noLesson -');
  });
  test('unread classes, classes twice and unread lessons have their cells', () => {
    const result = preview([
      PEOPLE,
      timetable(['七1班', '语闻\n张三', '种菜'], ['甲班', '语文'], ['701', '数学']),
    ]);
    expect(told(result)).toEqual(
      expect.arrayContaining([
        'question subject.which B3',
        'notice timetable.activity C3',
        'error timetable.class A4',
        'error timetable.classTwice A5',
      ]),
    );
  });
});

describe('the duty table', () => {
  const duty = (title: string, monday: string) =>
    file(
      xlsx(
        [
          [title],
          ['岗位', '时段', '周一', '周二'],
          ['桥东', '早 6:50-7:30', monday, '张 三'],
          ['', '午', '张三'],
          ['后门', '早 7:50-7:30', '张三'],
          ['备注：戴红袖章，提前到岗。'],
        ],
        ['A3:A4'],
      ),
      '值班.xlsx',
    );

  test('people the roster has come in; others are named by cell', () => {
    const result = preview([PEOPLE, duty('某校值班安排（第13周 11.23—11.27）', '李四、陈七、王五')]);
    expect(result.plan?.dutyTables).toEqual([
      {
        id: '2026-11-23',
        body: {
          title: '某校值班安排',
          monday: '2026-11-23',
          note: '戴红袖章，提前到岗。',
          rows: [
            { post: '桥东', label: '早', from: '06:50', to: '07:30', people: { '1': ['p-2'], '2': ['p-1'] } },
          ],
        },
      },
    ]);
    expect(told(result).filter((t) => t.startsWith('error duty'))).toEqual([
      'error duty.shift B4',
      'error duty.shift B5',
      'error duty.person C3',
      'error duty.person C3',
    ]);
  });
  test('a title without a week leaves the table out, unless the person says the week', () => {
    const table = duty('值班安排', '李四');
    expect(told(preview([PEOPLE, table]))).toContain('question duty.week A1');
    expect(preview([PEOPLE, table], { dutyMonday: '2026-11-30' }).report.dutyMonday).toBe('2026-11-30');
  });
  test.each([
    ['（第13周 11.23—11.27）', '2026-11-23'],
    ['（11月30日至12月4日）', '2026-11-30'],
    ['第1周', '2026-08-31'],
    ['（第２周）', '2026-09-07'],
    ['11.24—11.27', null],
    ['值班表', null],
    ['2.30—3.4', null],
    ['1.4-1.8', '2027-01-04'],
  ])('%s is the week of %s', (title, monday) => expect(dutyMonday(title, TERM, '2026-11-23')).toBe(monday));
  test('the title keeps what is not the week', () =>
    expect(dutyTitle('某校(东区)值班安排(第13周 11.23—11.27)')).toBe('某校(东区)值班安排'));
});
