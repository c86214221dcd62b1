import { isRefusal } from '@kernel/shared/refusal';
import { byGrade, formatClass, gradeNumeral, parseClass, parseClassList } from '@modules/org';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const list = (text: string): string => {
  const got = parseClassList(text);
  if (isRefusal(got)) return `✗ ${String(got.details.part)} ${String(got.details.reason)}`;
  return got.map((c) => (byGrade(c) ? `${c.grade}.${c.number}` : `${c.entryYear}#${c.number}`)).join(' ');
};

const wide = (text: string): string =>
  text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
const WAYS: Record<string, (g: number, n: number) => string> = {
  '七(3)班': formatClass,
  '七（3）班': (g, n) => `${gradeNumeral(g)}（${n}）班`,
  七3班: (g, n) => `${gradeNumeral(g)}${n}班`,
  七年级3班: (g, n) => `${gradeNumeral(g)}年级${n}班`,
  '七年级(3)班': (g, n) => `${gradeNumeral(g)}年级(${n})班`,
  '7年级3班': (g, n) => `${g}年级${n}班`,
  '7(3)班': (g, n) => `${g}(${n})班`,
  '7.3': (g, n) => `${g}.${n}`,
  '703': (g, n) => `${g}${String(n).padStart(2, '0')}`,
  '703班': (g, n) => `${g}${String(n).padStart(2, '0')}班`,
};
const JUNIOR: Record<string, (g: number, n: number) => string> = {
  初一3班: (g, n) => `初${gradeNumeral(g - 6)}${n}班`,
  '初一(3)班': (g, n) => `初${gradeNumeral(g - 6)}(${n})班`,
};
const grades = fc.integer({ min: 1, max: 9 });
const numbers = fc.integer({ min: 1, max: 40 });

describe('one class', () => {
  test.each(Object.entries(WAYS))('%s reads back, also full-width and with blanks', (_, write) => {
    fc.assert(
      fc.property(grades, numbers, fc.boolean(), fc.boolean(), (grade, number, isWide, spaced) => {
        const text = isWide ? wide(write(grade, number)) : write(grade, number);
        expect(
          parseClass(spaced ? ` ${text.replace(/(?<=\P{Nd})(?=.)|(?<=.)(?=\P{Nd})/gu, ' ')}　` : text),
        ).toEqual({
          grade,
          number,
        });
      }),
    );
  });

  test.each(Object.entries(JUNIOR))('%s reads back', (_, write) => {
    fc.assert(
      fc.property(fc.integer({ min: 7, max: 9 }), numbers, (grade, number) => {
        expect(parseClass(write(grade, number))).toEqual({ grade, number });
      }),
    );
  });

  test('a cohort is named by its entry year', () => {
    expect(parseClass('2026级3班')).toEqual({ entryYear: 2026, number: 3 });
    expect(parseClass('２０２６级（12）班')).toEqual({ entryYear: 2026, number: 12 });
    expect(parseClass('26级三班')).toEqual({ entryYear: 2026, number: 3 });
    expect(parseClass('七年级三班')).toEqual({ grade: 7, number: 3 });
    expect(parseClass('初一年级(十一)班')).toEqual({ grade: 7, number: 11 });
    expect(parseClass('七(十二)班')).toEqual({ grade: 7, number: 12 });
  });

  test.each([
    '十(9)班',
    '1380000',
    '',
    '  ',
    '班',
    '七',
    '七班',
    '73班',
    '高一3班',
    '7-3',
    '7.',
    '.3',
    '7003',
    '70',
    '初四1班',
    '初13班',
    '七(3',
    '七3)班',
    '七(0)班',
    '700',
    '七(41)班',
    '79.1',
    '2026级',
    '1999级3班',
    '体育',
    '是',
    '七3班物理',
    '7.1 2',
    '70 3',
    '七1-4班',
    '3-Jul',
    '45000',
    '七(3)班七(4)班',
    '7.3.1',
  ])('%j is not a class, and says so', (text) => {
    expect(parseClass(text)).toMatchObject({ refused: true, code: 'org.classNotUnderstood' });
  });

  test('whatever is typed, it answers and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[七八7\d().班级年、 ]{0,12}$/)),
        (text) => {
          const one = parseClass(text);
          if (!isRefusal(one)) expect(one.number).toBeGreaterThan(0);
          parseClassList(text);
        },
      ),
    );
  });
});

describe('lists', () => {
  test.each([
    ['七1班、7.2', '7.1 7.2'],
    ['803 八4班', '8.3 8.4'],
    ['8.5/八（6）班', '8.5 8.6'],
    ['九5、6班', '9.5 9.6'],
    ['九1、2、3、4班', '9.1 9.2 9.3 9.4'],
    ['7.5，7.6', '7.5 7.6'],
    ['七 (3) 班', '7.3'],
    ['七年级 3班', '7.3'],
    ['７０１　７０２', '7.1 7.2'],
    ['七1班\n七2班', '7.1 7.2'],
    ['七1班、七(1)班', '7.1'],
    ['2026级3、4班', '2026#3 2026#4'],
    ['七1班、2班', '7.1 7.2'],
  ])('%j', (text, expected) => expect(list(text)).toBe(expected));

  test.each([
    ['七1班、十(9)班', '✗ 十(9)班 notAClass'],
    ['1380000', '✗ 1380000 notAClass'],
    ['九1、2', '✗ 2 notAClass'],
    ['七1 2班', '✗ 七1 2班 twoReadings'],
    ['7.1 2', '✗ 7.1 2 twoReadings'],
    ['70 3', '✗ 70 3 twoReadings'],
    ['九1、99班', '✗ 99班 number'],
    ['3班', '✗ 3班 notAClass'],
    ['、', '✗ 、 empty'],
  ])('%j is not understood', (text, expected) => expect(list(text)).toBe(expected));

  test('any mixture of ways and separators reads back in order', () => {
    const way = fc.constantFrom(...Object.values(WAYS));
    const one = fc.record({ grade: grades, number: numbers, way });
    const many = fc.uniqueArray(one, {
      minLength: 1,
      maxLength: 8,
      selector: (c) => `${c.grade}.${c.number}`,
    });
    fc.assert(
      fc.property(
        many,
        fc.constantFrom('、', '，', ',', '/', ' ', '　', '；', '和'),
        (classes, separator) => {
          const text = classes.map((c) => c.way(c.grade, c.number)).join(separator);
          expect(list(text)).toBe(classes.map((c) => `${c.grade}.${c.number}`).join(' '));
        },
      ),
    );
  });
});
