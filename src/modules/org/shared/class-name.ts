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
const NUMERAL = '[一二三四五六七八九十]{1,3}';
const N = String.raw`(?:\((\d{1,2})\)|(\d{1,2})|\((${NUMERAL})\))`;
/** After 年级 and 级 a bare numeral can be nothing but the class: 七年级三班. */
const BARE = String.raw`(?:${N}班?|(${NUMERAL})班)`;

/** One pattern per way of writing. Group 1 is the grade or year, the later groups the number, whichever matched. */
const WAYS: readonly { readonly way: RegExp; readonly grade: (text: string) => ClassKey }[] = [
  // 七(3)班 七3班 七3
  { way: new RegExp(`^([${NUMERALS}])${N}班?$`), grade: (g) => ({ grade: gradeOfNumeral(g) }) },
  // 七年级3班 七年级(三)班 七年级三班 7年级3班 7年级(3)班
  { way: new RegExp(`^([${NUMERALS}1-9])年级${BARE}$`), grade: (g) => ({ grade: gradeOfNumeral(g) }) },
  // 初一3班 初一(3)班 初1(3)班
  {
    way: new RegExp(String.raw`^初([一二三]|[1-3](?!\d))${N}班?$`),
    grade: (g) => ({ grade: 6 + gradeOfNumeral(g) }),
  },
  // 初一年级3班 初一年级三班
  { way: new RegExp(`^初([一二三1-3])年级${BARE}$`), grade: (g) => ({ grade: 6 + gradeOfNumeral(g) }) },
  // 7(3)班
  { way: /^([1-9])\((\d{1,2})\)班?$/, grade: (g) => ({ grade: Number(g) }) },
  // 7.3
  { way: /^([1-9])\.(\d{1,2})班?$/, grade: (g) => ({ grade: Number(g) }) },
  // 703
  { way: /^([1-9])(\d{2})班?$/, grade: (g) => ({ grade: Number(g) }) },
  // 2026级3班 2026级(3)班 2026级三班 26级3班
  {
    way: new RegExp(String.raw`^((?:20)?\d{2})级${BARE}$`),
    grade: (g) => ({ entryYear: 2000 + (Number(g) % 1000) }),
  },
];
/** 3班 (3)班 三班 3: only where something else says which grade. */
const WITHIN = new RegExp(String.raw`^()(?:${N}班?|(${NUMERAL})班)$`);
/** A grade or cohort without a class. */
export type ClassKey = { readonly grade: number } | { readonly entryYear: number };

/** The one grade or cohort a title or a sheet's name speaks of (七年级花名册, 初一, 2026级); null for none or several (七、八年级). */
export function keyNamed(text: string): ClassKey | null {
  const list = (one: string): string => `((?:${one}[、,和及与至~/-]*)+)`;
  const ways = new RegExp(`${list(`[${NUMERALS}1-9]`)}年级|初${list('[一二三]')}|${list('20\\d{2}')}级`, 'g');
  const found = new Map<string, ClassKey>();
  const add = (key: ClassKey): void => void found.set(JSON.stringify(key), key);
  for (const [, grades = '', juniors = '', years = ''] of squeeze(text).slice(0, 100).matchAll(ways)) {
    for (const [g] of grades.matchAll(new RegExp(`[${NUMERALS}1-9]`, 'g'))) add({ grade: gradeOfNumeral(g) });
    for (const [g] of juniors.matchAll(/[一二三]/g)) add({ grade: 6 + gradeOfNumeral(g) });
    for (const [y] of years.matchAll(/20\d{2}/g)) add({ entryYear: Number(y) });
  }
  return found.size === 1 ? ([...found.values()][0] ?? null) : null;
}

/**
 * Reads one class. Full-width signs and blanks do not matter. Anything that is not exactly one of the ways above is
 * `org.classNotUnderstood {part, reason: 'empty' | 'notAClass' | 'number' |
 * 'twoReadings'}`: nothing is guessed. `twoReadings`: a blank between digits (`7.1 2`) could join or part.
 * `within`: the grade a bare `3班` belongs to, where the sheet says it.
 */
export function parseClass(text: string, within: ClassKey | null = null): ClassText | Refusal {
  const part = squeeze(text);
  if (part === '') return refuse('org.classNotUnderstood', { part, reason: 'empty' });
  const split = /\d\s+\d/.test(tidy(text));
  for (const { way, grade } of within ? [...WAYS, { way: WITHIN, grade: () => within }] : WAYS) {
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
