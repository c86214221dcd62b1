import { test } from 'vitest';
import { readSheets } from '../../src/modules/org/server/sheets';
import { file, withSheetXml, xlsx, COLUMNS } from './tables';
import { unzip } from '../../src/modules/org/server/zip';
const time = (name: string, xml: string) =>
  test(
    name,
    () => {
      const b = withSheetXml(xlsx([COLUMNS]), (x) => x.replace('</sheetData>', xml + '</sheetData>'));
      const t = performance.now();
      const r = readSheets(file(new Uint8Array(b).slice(0, 1e9)));
      console.log(name, b.length, Math.round(performance.now() - t), JSON.stringify(r).slice(0, 100));
    },
    120000,
  );
import { SHEET_LIMITS } from '../../src/modules/org/server/sheets';
(SHEET_LIMITS as any).fileBytes = 1e9;
time(
  'cells',
  Array.from(
    { length: 4000 },
    (_, r) =>
      `<row r="${r + 2}">` +
      Array.from({ length: 120 }, (_, c) => `<c t="str"><v>甲${c}</v></c>`).join('') +
      '</row>',
  ).join(''),
);
time(
  'arrayf',
  Array.from(
    { length: 4000 },
    (_, r) =>
      `<row r="${r + 2}">` +
      `<c t="str"><f t="array" ref="A1:XFD1048576">A1</f><v>甲</v></c>` +
      Array.from({ length: 20 }, () => `<c><v>1</v></c>`).join('') +
      '</row>',
  ).join(''),
);
time(
  'shared',
  Array.from(
    { length: 4000 },
    (_, r) =>
      `<row r="${r + 2}">` +
      `<c><f t="shared" si="${r}" ref="A1:XFD1048576">A1+SUM(A1:B9)</f><v>1</v></c>`.repeat(20) +
      '</row>',
  ).join(''),
);
time('open tags', '<c '.repeat(3000000));
time('rows', '<row r="5">'.repeat(1000000));
time('is', '<row r="3"><c t="inlineStr"><is><t>' + '<'.repeat(2000000) + '</t></is></c></row>');
