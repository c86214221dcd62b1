import { keyNamed } from '@modules/org';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eachCell, separatorOf, SEPARATORS } from '../../src/modules/org/server/csv';
import { decodeText } from '../../src/modules/org/server/text-file';
import { gbk } from './gbk';

function rowsOf(text: string): string[][] | number {
  const rows: string[][] = [];
  const { separator, start } = separatorOf(text);
  const open = eachCell(text, separator, start, (row, col, value) => ((rows[row] ??= [])[col] = value));
  return open ?? rows;
}

describe('cells', () => {
  test.each<[string, string, string[][] | number]>([
    [
      'commas',
      '姓名,学科\n张三,语文\n',
      [
        ['姓名', '学科'],
        ['张三', '语文'],
      ],
    ],
    [
      'semicolons, with commas in the cells',
      '姓名;班级\n张三;七1班,七2班',
      [
        ['姓名', '班级'],
        ['张三', '七1班,七2班'],
      ],
    ],
    [
      'tabs',
      '姓名\t班级\n张三\t七1班;七2班',
      [
        ['姓名', '班级'],
        ['张三', '七1班;七2班'],
      ],
    ],
    ['sep=', 'sep=;\na,b;c', [['a,b', 'c']]],
    ['quotes, a line break and a quote inside', '"体育\n武英","他说""好"""', [['体育\n武英', '他说"好"']]],
    ['signs after a closing quote', '"张"三,x', [['张三', 'x']]],
    ['a quote in the middle is a sign', '5"屏,x', [['5"屏', 'x']]],
    ['="…" around a number', '="013",x', [['013', 'x']]],
    ['a quote that never ends, with its row', 'a,b\n"c,d\n', 1],
  ])('%s', (_, text, expected) => expect(rowsOf(text)).toEqual(expected));

  test('whatever is written by the rules reads back, each cell where it was', () => {
    const cell = fc.stringMatching(/^[七班1-9 ,;\t"\n语文]{1,8}$/);
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(...SEPARATORS),
        (rows, separator) => {
          const text = rows
            .map((r) => r.map((c) => `"${c.replaceAll('"', '""')}"`).join(separator))
            .join('\n');
          expect(rowsOf(text)).toEqual(rows);
        },
      ),
    );
  });
});

test('bytes are read in the encoding they are in, and what is no text is none', () => {
  const text = '姓名,星期一,周一,岗位，七（3）班';
  expect(decodeText(new TextEncoder().encode(text))).toBe(text);
  expect(decodeText(new TextEncoder().encode(`\ufeff${text}`))).toBe(text);
  expect(decodeText(gbk(text))).toBe(text);
  expect(decodeText(Buffer.from(`\ufeff${text}`, 'utf16le'))).toBe(text);
  for (const bytes of [[0x89, 0x50, 0x4e, 0x47, 0, 1], [0xff], [0x81], [0x41, 0]])
    expect(decodeText(Uint8Array.from(bytes))).toBeNull();
});
test('a heading of ours in GBK is never valid UTF-8', () => {
  for (const word of ['姓', '星', '周', '岗'])
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(gbk(word))).toThrow();
});

test.each([
  ['七年级', { grade: 7 }],
  ['初二年级任课教师', { grade: 8 }],
  ['９年级', { grade: 9 }],
  ['2026级', { entryYear: 2026 }],
  ['七年级（7年级）', { grade: 7 }],
  ['2026—2027学年花名册', null],
  ['七、八年级', null],
  ['七八年级', null],
  ['初一、二年级', null],
  ['2025、2026级', null],
  ['学校2026级', { entryYear: 2026 }],
  ['七年级和八年级', null],
  ['教职工', null],
])('%s names %j', (text, key) => expect(keyNamed(text)).toEqual(key));
