import type { Term } from '../../shared/calendar';
import { schoolYearOf } from '../../shared/cohort';
import { squeeze } from '../../shared/text';
import type { ParsedTables } from './build-plan';
import type { Notes } from './report';

/** A file of another school year is easily picked by mistake: its title says so. */
export function titleYearNotice({ roster, timetable }: ParsedTables, term: Term, notes: Notes): void {
  const year = schoolYearOf(term.start);
  for (const sheet of [...roster.sheets, ...(timetable?.sheets ?? [])]) {
    const says = titleYear(sheet.title);
    if (says !== null && says !== year)
      notes.notice(
        'title.year',
        sheet.grid,
        { row: 0, col: 0 },
        `标题写的是 ${says}—${says + 1} 学年，这次导入的学期属于 ${year}—${year + 1} 学年。按所选学期导入，请确认没有拿错文件。`,
      );
  }
}

/** 2026—2027学年 or 2026年秋 → 2026; 2027年春 → 2026; else null. */
export function titleYear(title: string): number | null {
  const text = squeeze(title);
  const span = /(20\d{2})[-—–~至]+(20\d{2})学年/.exec(text)?.[1];
  if (span) return Number(span);
  const season = /(20\d{2})年?(秋|春)/.exec(text);
  return season ? Number(season[1]) - (season[2] === '春' ? 1 : 0) : null;
}
