export const NUMERALS = '一二三四五六七八九';
/** 七 → 7, `7` → 7, anything else 0. */
export const gradeOfNumeral = (text: string): number =>
  /^[1-9]$/.test(text) ? Number(text) : text.length === 1 ? NUMERALS.indexOf(text) + 1 : 0;
/** 七 */
export const gradeNumeral = (grade: number): string => NUMERALS[grade - 1] ?? String(grade);
/** 七年级 */
export const gradeName = (grade: number): string => `${gradeNumeral(grade)}年级`;
/** 七(3)班: the one way the product writes it. */
export const formatClass = (grade: number, number: number): string => `${gradeNumeral(grade)}(${number})班`;
