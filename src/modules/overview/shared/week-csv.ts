import type { Sentence } from './sentences';
import { plainText } from './sentences';
import type { Week } from './week';

/** What a spreadsheet would run as a formula gets a leading apostrophe (ASVS 1.2.10, with CR, LF and full-width forms). */
const RISKY = /^[=+\-@\t\r\n\0＝＋－＠]/;

export function csvCell(text: string): string {
  const safe = RISKY.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
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
