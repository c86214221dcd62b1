import type { Refusal } from '@kernel/shared/refusal';
import { tidy } from '../shared/text';
import { eachCell, separatorOf } from './csv';
import { Grid } from './grid';
import { decodeText } from './text-file';

const ERROR = /^#(REF!|N\/A|VALUE!|NAME\?|DIV\/0!|NULL!|NUM!|SPILL!)$/;

/** A .csv as one sheet without a name; `bad` makes the refusal. */
export function csvSheet(
  file: string,
  bytes: Uint8Array,
  limits: { readonly rows: number; readonly cols: number },
  bad: (code: string, words: string) => Refusal,
): Grid | Refusal {
  const text = decodeText(bytes)?.replace(/\r\n?/g, '\n');
  if (text === undefined)
    return bad('NotXlsx', '这不是 .xlsx 或 .csv 表格。请用 Excel 或 WPS 另存为 .xlsx 再试。');
  if (/^\s*<(!doctype|html|\?xml|table)/i.test(text))
    return bad(
      'NotXlsx',
      '这其实是网页格式（有些系统导出的 .xls 是这样）。请用 Excel 或 WPS 打开，另存为 .xlsx 再试。',
    );
  const grid = new Grid(file, '');
  let far: string | null = null;
  const { separator, start } = separatorOf(text);
  const open = eachCell(text, separator, start, (row, col, raw) => {
    const shown = tidy(raw);
    if (shown === '') return;
    if (row >= limits.rows || col >= limits.cols) far ??= `第 ${row + 1} 行第 ${col + 1} 列`;
    else
      grid.put(row, col, {
        text: shown,
        raw,
        merged: false,
        broken: ERROR.test(shown),
        numeric: /^\d+(\.\d+)?$/.test(shown),
      });
  });
  if (open !== null)
    return bad('Damaged', `第 ${open + 1} 行有一个引号没有成对，后面的内容分不清。请改好再试。`);
  if (far !== null)
    return bad('TooWide', `${String(far)}还有内容；最多读 ${limits.rows} 行、${limits.cols} 列。`);
  return grid;
}
