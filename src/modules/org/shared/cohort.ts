import type { Day } from '@kernel/shared/time';
import type { ClassText } from './class-name';
import { byGrade } from './class-name';

/** The year a school year begins in: it turns on 1 August, so 2027-02-22 belongs to 2026. */
export const schoolYearOf = (day: Day): number => Number(day.slice(0, 4)) - (day.slice(5, 7) < '08' ? 1 : 0);

/** First grade of the stage a grade belongs to: 小学 from 1, 初中 from 7. */
const stageStart = (grade: number): number => (grade >= 7 ? 7 : 1);

export const entryYearOf = (grade: number, schoolYear: number): number =>
  schoolYear - (grade - stageStart(grade));

/** `c-2026-3`; 小学 cohorts are `p-2026-3`, so that a nine-year school's two cohorts of one year stay apart. */
export const classId = (grade: number, entryYear: number, number: number): string =>
  `${grade >= 7 ? 'c' : 'p'}-${entryYear}-${number}`;

export const gradeScope = (grade: number): string => `school/g${grade}`;
export const classScope = (grade: number, id: string): string => `${gradeScope(grade)}/${id}`;
export const prepGroupId = (grade: number, subject: string): string => `g${grade}-${subject}`;
export const prepGroupScope = (id: string): string => `prep/${id}`;

/** The grade a text means this school year, or null: 初中 unless the text names a grade; a cohort outside 7–9 is null. */
export function gradeOf(c: ClassText, schoolYear: number): number | null {
  if (byGrade(c)) return c.grade;
  const grade = 7 + schoolYear - c.entryYear;
  return grade >= 7 && grade <= 9 ? grade : null;
}
