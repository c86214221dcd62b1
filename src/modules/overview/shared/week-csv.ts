import type { Sentence } from './sentences';
import { plainText } from './sentences';
import type { Week } from './week';

/**
 * What a spreadsheet would run as a formula, take for a command to itself, or read as something else than it is gets a leading
 * apostrophe (ASVS 1.2.10, with CR, LF and full-width forms). Some programs trim before they look, so blanks in front do not help.
 */
const RISKY = /^(?:[\t\r\n\0]|[\s\p{Cc}\p{Cf}\p{Z}]*(?:[=+\-@＝＋－＠﹦﹢﹣﹫]|sep=))/iu;
/** In quotes wherever any program may see the end of a cell. */
const ENDS_A_CELL = /[",;|\t\r\n]/;

/** One cell of a CSV file. Characters that no text has (NUL and the like) are left out: programs stop reading there. */
export function csvCell(text: string): string {
  const safe = RISKY.test(text) ? `'${text}` : text;
  const plain = safe.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '');
  return ENDS_A_CELL.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/**
 * The week as a table for a spreadsheet: what the page says first, then class by day in the page's own words. UTF-8 with the
 * mark that makes Excel read it so, lines end with CR LF (RFC 4180).
 */
export function weekCsv(week: Week, sentences: readonly Sentence[], head: readonly string[]): string {
  const rows: string[][] = [
    ...head.map((h) => [h]),
    ...sentences.map((s) => [plainText(s)]),
    [],
    ['班级', ...week.columns.map((c) => c.day)],
    ...week.grades.flatMap((g) => g.rows.map((r) => [r.name, ...r.cells.map((c) => c.words)])),
  ];
  return `\uFEFF${rows.map((r) => r.map(csvCell).join(',')).join('\r\n')}\r\n`;
}
