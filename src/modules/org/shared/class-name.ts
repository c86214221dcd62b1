import type { Refusal } from '@kernel/shared/refusal';
import { refuse } from '@kernel/shared/refusal';
import { NUMERALS, gradeOfNumeral } from './grades';
import { squeeze, tidy } from './text';

/** A class as a text names it: by grade (1–9) or by the year the cohort entered; `number` is 1–40. */
export type ClassText = GradeClass | EntryClass;
export interface GradeClass {
  readonly grade: number;
  readonly number: number;
}
export interface EntryClass {
  readonly entryYear: number;
  readonly number: number;
}
export const byGrade = (c: ClassText): c is GradeClass => 'grade' in c;

export const MAX_CLASS_NUMBER = 40;
const N = String.raw`(?:\((\d{1,2})\)|(\d{1,2})|\(([一二三四五六七八九十]{1,3})\))`;

/** One pattern per way of writing. Group 1 is the grade or year, the later groups the number, whichever matched. */
const WAYS: readonly { readonly way: RegExp; readonly grade: (text: string) => ClassKey }[] = [
  // 七(3)班 七3班 七年级3班 七年级(三)班 七3
  { way: new RegExp(`^([${NUMERALS}])(?:年级)?${N}班?$`), grade: (g) => ({ grade: gradeOfNumeral(g) }) },
  // 初一3班 初一(3)班 初1(3)班
  {
    way: new RegExp(String.raw`^初([一二三]|[1-3](?!\d))(?:年级)?${N}班?$`),
    grade: (g) => ({ grade: 6 + gradeOfNumeral(g) }),
  },
  // 7年级3班 7年级(3)班
  { way: new RegExp(`^([1-9])年级${N}班?$`), grade: (g) => ({ grade: Number(g) }) },
  // 7(3)班
  { way: /^([1-9])\((\d{1,2})\)班?$/, grade: (g) => ({ grade: Number(g) }) },
  // 7.3
  { way: /^([1-9])\.(\d{1,2})班?$/, grade: (g) => ({ grade: Number(g) }) },
  // 703
  { way: /^([1-9])(\d{2})班?$/, grade: (g) => ({ grade: Number(g) }) },
  // 2026级3班 2026级(3)班
  { way: new RegExp(String.raw`^(20\d{2})级${N}班?$`), grade: (g) => ({ entryYear: Number(g) }) },
];
type ClassKey = { grade: number } | { entryYear: number };

/**
 * Reads one class. Full-width signs and blanks do not matter. Anything that is not exactly one of the ways above is
 * `org.classNotUnderstood {part, reason: 'empty' | 'notAClass' | 'number' |
 * 'twoReadings'}`: nothing is guessed. `twoReadings`: a blank between digits (`7.1 2`) could join or part.
 */
export function parseClass(text: string): ClassText | Refusal {
  const part = squeeze(text);
  if (part === '') return refuse('org.classNotUnderstood', { part, reason: 'empty' });
  const split = /\d\s+\d/.test(tidy(text));
  for (const { way, grade } of WAYS) {
    const found = way.exec(part);
    if (!found) continue;
    if (split) return refuse('org.classNotUnderstood', { part: tidy(text), reason: 'twoReadings' });
    const number = readNumber(found.slice(2).find((x) => x !== undefined) ?? '');
    if (number < 1 || number > MAX_CLASS_NUMBER)
      return refuse('org.classNotUnderstood', { part, reason: 'number' });
    return { ...grade(found[1] ?? ''), number };
  }
  return refuse('org.classNotUnderstood', { part, reason: 'notAClass' });
}

/** `3`, `03`, `三`, `十二`, `二十一` → a number; anything else 0. */
export function readNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const tens = /^([二三四五六七八九]?)十([一二三四五六七八九]?)$/.exec(text);
  if (!tens) return gradeOfNumeral(text);
  return (tens[1] ? gradeOfNumeral(tens[1]) : 1) * 10 + (tens[2] ? gradeOfNumeral(tens[2]) : 0);
}
