import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unzip } from '../../src/modules/org/server/zip';
import { zipStored } from '../../src/modules/org/server/zip';
import { readSheets } from '../../src/modules/org/server/sheets';
import { exampleFiles } from '../../src/modules/org/server/example-files';
import { COLUMNS, file, preview, roster, told, withSheetXml, xlsx } from './tables';

const PERSON = ['张三', '', '语文', '七1班', '', '13800000001', ''];
const bytes = (...texts: string[]): Uint8Array => new TextEncoder().encode(texts.join(''));

describe('a file that cannot be read gives a reason, and no plan', () => {
  test.each([
    ['nothing at all', new Uint8Array(), 'org.fileEmpty'],
    ['random bytes', Uint8Array.from({ length: 999 }, (_, i) => (i * 7919) % 256), 'org.fileNotXlsx'],
    ['a web page called .xls', bytes('\ufeff<html><table><tr><td>姓名'), 'org.fileNotXlsx'],
    [
      'a CSV with a quote that never ends',
      bytes(COLUMNS.join(','), '\n"张三,', 'x'.repeat(99)),
      'org.fileDamaged',
    ],
    ['a CSV far too long', bytes(COLUMNS.join(','), '\n'.repeat(6_000), 'x'), 'org.fileTooWide'],
    [
      'an old .xls',
      Uint8Array.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ...new Array<number>(600).fill(0)]),
      'org.fileNotXlsx',
    ],
    ['a zip that is no workbook', zipStored(new Map([['a.txt', bytes('hello')]])), 'org.fileNotXlsx'],
    ['half a workbook', xlsx([COLUMNS, PERSON]).slice(0, 2_000), 'org.fileNotXlsx'],
    ['6 MB', new Uint8Array(6 * 1024 * 1024), 'org.fileTooLarge'],
    [
      'wrong columns',
      xlsx([
        ['品名', '数量'],
        ['粉笔', 3],
      ]),
      'file.unknownTable',
    ],
    ['an empty sheet', xlsx([]), 'file.unknownTable'],
    ['headers only', xlsx([COLUMNS]), 'roster.empty'],
    [
      'too many columns',
      xlsx([[...COLUMNS, ...new Array<string>(300).fill('x')], PERSON]),
      'org.fileTooWide',
    ],
    [
      'content far below',
      xlsx([COLUMNS, PERSON], [], (s) => {
        s['A9000'] = { t: 's', v: 'x' };
        s['!ref'] = 'A1:G9000';
      }),
      'org.fileTooWide',
    ],
    ['a column named twice', xlsx([[...COLUMNS, '姓名'], PERSON]), 'roster.columnTwice'],
    [
      'a timetable with a period twice',
      xlsx([
        ['班级', '周一', '周二', '周三', '周一'],
        ['', 1, 1, 1, 1],
        ['七1班', '语文'],
      ]),
      'timetable.columnTwice',
    ],
  ])('%s', (_, content, code) => {
    const result = preview([file(content)]);
    expect(result.plan).toBeNull();
    expect(result.report.problems.map((p) => p.code)).toContain(code);
    expect(result.report.problems.every((p) => p.message.length > 5)).toBe(true);
  });

  test('one unreadable file spoils the whole preview, though the roster is good', () => {
    expect(preview([roster(PERSON)]).plan).not.toBeNull();
    expect(preview([roster(PERSON), file(bytes('x'), '课表.xlsx')]).plan).toBeNull();
    expect(preview([roster(PERSON), roster(PERSON)]).plan).toBeNull();
    expect(preview([]).plan).toBeNull();
  });

  test('any bytes behind a zip signature are answered, never thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (tail) => {
        expect(readSheets(file(Uint8Array.from([0x50, 0x4b, 3, 4, ...tail])))).toHaveProperty(
          'refused',
          true,
        );
      }),
    );
  });

  test('a good file with any few bytes changed is read or refused, never thrown', () => {
    const good = xlsx([COLUMNS, PERSON]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (changes) => {
          const bad = good.slice();
          for (const [at, value] of changes) bad[at] = value;
          preview([file(bad)]);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('a zip bomb', () => {
  const limits = { entries: 10, bytes: 100_000 };
  test('is refused by what it declares', () => {
    const zip = zipStored(new Map([['a', new Uint8Array(200_000)]]));
    expect(unzip(zip, () => true, limits)).toMatchObject({ details: { reason: 'tooLargeInside' } });
  });
  test('is refused by what it holds when it lies about its size', async () => {
    const { deflateRawSync } = await import('node:zlib');
    const packed = deflateRawSync(new Uint8Array(50_000_000));
    const zip = Buffer.from(zipStored(new Map([['a', packed]])));
    const central = zip.indexOf(Buffer.from('PK\u0001\u0002'));
    zip.writeUInt16LE(8, central + 10);
    zip.writeUInt32LE(10, central + 24);
    expect(unzip(zip, () => true, limits)).toMatchObject({ details: { reason: 'tooLargeInside' } });
  });
  test('is refused by its number of entries', () => {
    const zip = zipStored(new Map(Array.from({ length: 11 }, (_, i) => [`f${i}`, new Uint8Array(1)])));
    expect(unzip(zip, () => true, limits)).toMatchObject({ details: { reason: 'tooManyEntries' } });
  });
  test('our own zips read back', () => {
    const files = new Map([
      ['中文.txt', bytes('甲')],
      ['b/c', bytes('')],
    ]);
    expect(unzip(zipStored(files), () => true, limits)).toEqual(
      new Map([
        ['中文.txt', Buffer.from('甲')],
        ['b/c', Buffer.from('')],
      ]),
    );
  });
});

describe('a sheet that claims a million rows and columns', () => {
  const claims = (xml: string) =>
    xml
      .replace(/<dimension ref="[^"]*"/, '<dimension ref="A1:XFD1048576"')
      .replace(
        '</sheetData>',
        '</sheetData><mergeCells><mergeCell ref="A5:XFD1048576"/><mergeCell ref="A4:XFD1048575"/></mergeCells>',
      );
  test('is read by what it holds, at once', () => {
    const started = performance.now();
    expect(preview([file(withSheetXml(xlsx([COLUMNS, PERSON]), claims))]).report.people).toBe(1);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
  test('is refused at once when something stands in its last cell', () => {
    const far = (xml: string) =>
      claims(xml).replace(
        '</sheetData>',
        '<row r="1048576"><c r="XFD1048576" t="str"><v>x</v></c></row></sheetData>',
      );
    const started = performance.now();
    expect(told(preview([file(withSheetXml(xlsx([COLUMNS, PERSON]), far))]))).toEqual([
      'error org.fileTooWide -',
    ]);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

test('thousands of array formulas, which the reader would compare with every cell, are refused at once', () => {
  const many =
    '<row r="3">' + '<c><f t="array" ref="A1:XFD1048576">A1</f><v>1</v></c>'.repeat(9_000) + '</row>';
  const bytes = withSheetXml(xlsx([COLUMNS, PERSON]), (xml) =>
    xml.replace('</sheetData>', `${many}</sheetData>`),
  );
  expect(told(preview([file(bytes)]))).toEqual(['error org.fileDamaged -']);
});

test('NUL and other control characters never reach a record', () => {
  const text = (xml: string) =>
    xml
      .replace(/X(?=三|b)/g, '_x0000_')
      .replace('Y', '_x0007_')
      .replace('Z', '\u200b')
      .replace('W', '_xD800_');
  const rows = [COLUMNS, ['张X三', '保Y安', '', '', '', '1380000Z0001', 'aXbW']];
  const nul = preview([file(withSheetXml(xlsx(rows), text))]);
  expect(nul.report.people).toBe(1);

  expect(JSON.stringify(nul.plan)).not.toMatch(/\\u0000|\\u0007|\\u200b|\\ud800|[\u0000-\u001f]/i);
});

test('a formula is read by its result; one without a result is an error of its row', () => {
  const result = preview([
    file(
      xlsx([COLUMNS, PERSON, PERSON], [], (s) => {
        s['A2'] = { t: 's', v: '李四', f: 'B9' };
        s['F3'] = { t: 'e', v: 0x17, w: '#REF!', f: 'A0' };
      }),
    ),
  ]);
  expect(result.plan?.persons.map((p) => p.body.name)).toEqual(['李四']);
  expect(told(result)).toContain('error roster.broken F3');
});

test('the files are known by what they hold: any order, any name', async () => {
  const { files } = await exampleFiles();
  const result = preview([...files].reverse().map((f, i) => ({ ...f, name: `${i}.xlsx` })));
  expect(result.report).toMatchObject({ people: 100, classes: 24, dutyCells: 60 });
});
